"""No command replaces a file that it was told to read."""

import shutil
from pathlib import Path

import pytest

from mner.recipe.read import to_toml
from tests.cli.test_commands import fails, mner
from tests.tiny import tiny_recipe


@pytest.fixture(scope="module")
def run(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("apart")
    (folder / "recipe.toml").write_text(to_toml(tiny_recipe(corpus)))
    changes = ("--set", "training.epochs=1")
    assert mner("train", folder / "recipe.toml", "--out", folder / "run", *changes).exit_code == 0
    return folder / "run"


@pytest.fixture
def files(corpus: Path, tmp_path: Path) -> Path:
    for name in ("dev.txt", "captions.jsonl"):
        shutil.copy(corpus / name, tmp_path / name)
    (tmp_path / "soft").symlink_to("dev.txt")
    (tmp_path / "hard").hardlink_to(tmp_path / "dev.txt")
    (tmp_path / "folder").mkdir()
    return tmp_path


TAG = "tag --model RUN --input dev.txt"
REPORT = "report RUN --gold dev.txt"


@pytest.mark.parametrize(
    "command",
    [
        f"{TAG} --format jsonl --output dev.txt",
        f"{TAG} --format jsonl --output soft",
        f"{TAG} --format jsonl --output hard",
        f"{TAG} --format jsonl --output folder/../dev.txt",
        f"{TAG} --format jsonl --output dev.txt --resume",
        f"{TAG} --output dev.txt --format html",
        f"{TAG} --captions captions.jsonl --output captions.jsonl",
        f"{TAG} --format jsonl --output RUN/model/vocabulary.json",
        "tag Rome --model RUN --picture dev.txt --format text --output dev.txt",
        "rank --model RUN dev.txt --to jsonl --output dev.txt",
        f"{REPORT} --out dev.txt",
        f"{REPORT} --out soft",
        f"{REPORT} --out RUN/log.jsonl",
        f"{REPORT} --out RUN/model/mner.json",
        "features export hard --encoder onnx --weights dev.txt "
        "--mean 0 0 0 --deviation 1 1 1 --size 8",
        "features extract dev.txt --pictures folder --out folder",
        "features extract dev.txt --pictures folder --out dev.txt",
        "data sample dev.txt",
        "data sample folder",
        "train text-only --set text.vectors= --set data.train=dev.txt --set data.dev=dev.txt "
        "--out .",
        "train text-only --set text.vectors= --set data.train=RUN/log.jsonl --set data.dev=dev.txt "
        "--out RUN --resume",
    ],
)
def test_an_output_that_is_an_input_is_refused(
    run: Path, files: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(files)
    watched = [path for folder in (files, run) for path in folder.rglob("*") if path.is_file()]
    before = {path: path.read_bytes() for path in watched}
    message = fails(*command.replace("RUN", str(run)).split())
    assert "name another" in message or "choose another" in message
    assert {path: path.read_bytes() for path in watched} == before
    after = {path for folder in (files, run) for path in folder.rglob("*") if path.is_file()}
    assert after - {run / ".lock"} == set(watched) - {run / ".lock"}
