"""Programs that write the same file or folder at the same time: each does its job or is refused."""

import json
import multiprocessing
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from mner.corpora.sample import write_sample
from mner.recipe.read import to_toml
from tests.tiny import tiny_recipe


def at_once(*commands: Sequence[object]) -> list[tuple[int, str]]:
    """Run commands at the same time; return exit code and last line of each."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "mner", *map(str, command)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for command in commands
    ]
    errors = [process.communicate()[1] for process in processes]
    assert "Traceback" not in "".join(errors)
    last = [error.splitlines()[-1] if error else "" for error in errors]
    return [(process.returncode, line) for process, line in zip(processes, last, strict=True)]


def write_posts(folder: Path, *, writers: int, posts: int) -> list[Path]:
    """Write a file for each writer; no two have a post of the same id."""
    files = []
    for writer in range(writers):
        file = folder / f"{writer}.jsonl"
        lines = [
            json.dumps({"id": f"{writer}-{number}", "text": "saw Rome"}) for number in range(posts)
        ]
        file.write_text("\n".join(lines) + "\n")
        files.append(file)
    return files


@pytest.mark.parametrize("is_there", [False, True])
def test_two_that_write_one_brat_folder_lose_nothing(tmp_path: Path, is_there: bool) -> None:
    files = write_posts(tmp_path, writers=3, posts=200)
    out = tmp_path / "brat"
    if is_there:
        out.mkdir()
    ended = at_once(
        *(["tag", "--input", file, "--format", "brat", "--output", out] for file in files)
    )
    done = [number for number, (code, _) in enumerate(ended) if code == 0]
    assert len(done) == 1
    expected = {f"{done[0]}-{post}.{ending}" for post in range(200) for ending in ("txt", "ann")}
    assert {path.name for path in out.iterdir()} == expected | {"annotation.conf"}
    for code, line in ended:
        assert code == 0 or (code == 1 and str(out) in line and "name another" in line)
    assert {path.name for path in tmp_path.iterdir()} == {"brat", *(file.name for file in files)}


def write_small_sample(folder: Path) -> None:
    assert write_sample(folder, sizes={"train": 30, "valid": 1, "test": 1}) in {True, False}


def test_a_sample_corpus_is_there_for_all(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    out = tmp_path / "sample"
    processes = [context.Process(target=write_small_sample, args=(out,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert [path.name for path in tmp_path.iterdir()] == ["sample"]
    assert {"train.txt", "valid.txt", "test.txt", "images", "sample.json"} == {
        path.name for path in out.iterdir()
    }


def test_one_of_two_trainings_is_refused(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(to_toml(tiny_recipe(corpus)))
    command = ["train", tmp_path / "recipe.toml", "--out", tmp_path / "run"]
    ended = at_once(command, command)
    assert sorted(code for code, _ in ended) == [0, 1]
    refusal = next(line for code, line in ended if code)
    assert "another process is training" in refusal or "is not empty" in refusal
    assert at_once(["evaluate", tmp_path / "run", corpus / "dev.txt"])[0][0] == 0


def test_files_of_vectors_are_converted_for_all(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNER_CACHE", str(tmp_path / "cache"))
    (tmp_path / "recipe.toml").write_text(to_toml(tiny_recipe(corpus)))
    runs = [tmp_path / "a", tmp_path / "b"]
    commands = [
        ["train", tmp_path / "recipe.toml", "--set", "training.epochs=1", "--out", run]
        for run in runs
    ]
    assert [code for code, _ in at_once(*commands)] == [0, 0]
    first, second = [
        {file.name: file.read_bytes() for file in (run / "model" / "vectors").iterdir()}
        for run in runs
    ]
    assert first == second
    (vectors,) = (path for path in (tmp_path / "cache" / "vectors").iterdir() if path.is_dir())
    assert not vectors.name.startswith(".")
