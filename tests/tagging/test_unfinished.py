"""A tagging that is interrupted or killed leaves what was done, and is resumed."""

import csv
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mner.errors import InputError
from mner.posts.reading import RECOGNISED, ReadingOptions
from mner.tagging import tag_results as module
from mner.tagging.batching import CHUNK
from mner.tagging.explain import Explained
from mner.tagging.least import LeastProbability
from mner.tagging.lettering.step import WordsInPictures
from mner.tagging.output import Output
from mner.tagging.tag_file import tag_file
from mner.tagging.unfinished import unfinished_output

POSTS = 2 * CHUNK + 7


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    path = tmp_path / "posts.jsonl"
    words = ["saw", "Rome", "Ann", "and", "Oslo", "today"]
    texts = [" ".join(words[n % 3 : 3 + n % 4]) for n in range(POSTS)]
    lines = [json.dumps({"id": str(n), "text": text}) for n, text in enumerate(texts)]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def model(exported_model: Path) -> Path:
    return exported_model


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def interrupt(
    model: Path,
    posts: Path,
    output: Output,
    *,
    after: int,
    reading: ReadingOptions = RECOGNISED,
) -> None:
    """Tag posts, and press Ctrl-C after some of them."""
    done: list[Explained] = []

    def stop() -> None:
        if len(done) == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        watched(model, posts, output, done=done, before=stop, reading=reading)


def watched(
    model: Path,
    posts: Path,
    output: Output,
    *,
    done: list[Explained],
    before: Callable[[], None] = lambda: None,
    reading: ReadingOptions = RECOGNISED,
) -> None:
    """Tag posts, and note each that is tagged."""
    original = module.without_improbable

    def note(explained: Explained, least: LeastProbability) -> Explained:
        before()
        done.append(explained)
        return original(explained, least)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "without_improbable", note)
        tag_file(model, str(posts), reading=reading, output=output)


@pytest.mark.parametrize(
    "output",
    [
        Output(style="jsonl"),
        Output(style="conll", with_model=True),
        Output(style="csv"),
        Output(style="tsv", rows="posts", with_model=True),
        Output(style="text", explain=True),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:--explain")
def test_what_was_done_is_kept_and_resumed_to_the_same_bytes(
    model: Path, posts: Path, tmp_path: Path, output: Output
) -> None:
    whole, out = tmp_path / "whole", tmp_path / "out"
    tag_file(model, str(posts), output=replace(output, path=whole))
    for after in (1, CHUNK + 1, POSTS - 1):
        interrupt(model, posts, replace(output, path=out), after=after)
        assert names(tmp_path) == {"posts.jsonl", "whole", "out.part", "out.part.json"}
        part = (tmp_path / "out.part").read_bytes()
        assert part.endswith(b"\n")
        assert whole.read_bytes().startswith(part)

        done: list[Explained] = []
        watched(model, posts, replace(output, path=out, resume=True), done=done)
        assert out.read_bytes() == whole.read_bytes()
        assert len(done) == POSTS - after // CHUNK * CHUNK
        assert names(tmp_path) == {"posts.jsonl", "whole", "out"}
        out.unlink()


@pytest.mark.filterwarnings("ignore:.* posts have fields that the first post does not have")
def test_kept_columns_are_not_misaligned_by_resuming(
    model: Path, posts: Path, tmp_path: Path
) -> None:
    records = [json.loads(line) for line in posts.read_text().splitlines()]
    for number, record in enumerate(records):
        record |= {key: f"{key}{number}" for key in ("label", "b", "c")[: 1 + number % 3]}
    records[0]["b"] = "b0"
    posts.write_text("".join(json.dumps(record) + "\n" for record in records))
    keep = ReadingOptions(keep=True)
    whole, out = tmp_path / "whole.csv", tmp_path / "out.csv"
    tag_file(model, str(posts), reading=keep, output=Output(whole))
    interrupt(model, posts, Output(out), after=CHUNK + 1, reading=keep)
    tag_file(model, str(posts), reading=keep, output=Output(out, resume=True))
    assert out.read_bytes() == whole.read_bytes()
    with out.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0])[-2:] == ["label_kept", "b"]
    for row in rows:
        number = int(row["id"])
        assert row["label_kept"] == f"label{number}"
        assert row["b"] == (f"b{number}" if number % 3 or not number else "")


@pytest.mark.parametrize("name", ["out.xlsx", "out.parquet", "out.html"])
def test_nothing_is_left_of_a_file_that_is_written_as_a_whole(
    model: Path, posts: Path, tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    interrupt(model, posts, Output(tmp_path / name), after=CHUNK + 3)
    assert names(tmp_path) == {"posts.jsonl"}
    assert f"{name}: is not written, since its format is written as a whole" in caplog.text
    (tmp_path / name).write_text("old")
    interrupt(model, posts, Output(tmp_path / name), after=CHUNK + 3)
    assert (tmp_path / name).read_text() == "old"
    assert f"{name}: is as it was, since" in caplog.text


def test_an_interruption_says_what_is_kept(
    model: Path, posts: Path, out: Path, caplog: pytest.LogCaptureFixture
) -> None:
    interrupt(model, posts, Output(out), after=CHUNK + 3)
    assert caplog.messages == [
        f"{out}.part: holds the first {CHUNK + 3} posts; with --resume the same command goes on "
        f"after the first {CHUNK}"
    ]
    caplog.clear()
    interrupt(model, posts, Output(out.with_name("short.jsonl")), after=3)
    assert caplog.messages[0].endswith("holds the first 3 posts; the same command begins again")


def test_a_run_is_not_started_again_by_mistake(model: Path, posts: Path, out: Path) -> None:
    interrupt(model, posts, Output(out), after=CHUNK + 1)
    part = Path(f"{out}.part").read_bytes()
    with pytest.raises(InputError, match=rf"part: holds {CHUNK} posts of an interrupted run: go"):
        tag_file(model, str(posts), output=Output(out))
    assert Path(f"{out}.part").read_bytes() == part


@pytest.mark.filterwarnings("ignore:the model looks at text only")
def test_only_the_same_is_resumed(
    model: Path, posts: Path, out: Path, tmp_path: Path, other_model: Path
) -> None:
    interrupt(model, posts, Output(out), after=CHUNK + 1)
    part = Path(f"{out}.part").read_bytes()
    resumed = Output(out, resume=True)
    other_posts = tmp_path / "other.jsonl"
    other_posts.write_text(posts.read_text() + '{"id": "x", "text": "saw Rome"}\n')
    message = "the interrupted run had another {}: resume with the same"
    for given_model, given_posts, output, differing in (
        (model, other_posts, resumed, "input"),
        (other_model, posts, resumed, "model"),
        (model, posts, replace(resumed, min_probability=0.5), "choice of options"),
        (model, posts, replace(resumed, with_model=True), "choice of options"),
    ):
        with pytest.raises(InputError, match=message.format(differing)):
            tag_file(given_model, str(given_posts), output=output)
    unread = WordsInPictures(wanted=False)
    further = {
        "captions": (tmp_path / "captions.jsonl", "file of captions"),
        "pictures": (tmp_path / "images", "folder of pictures"),
        "features": (tmp_path / "features.npy", "store of features"),
    }
    further["captions"][0].write_text('{"id": "1", "short": "a man"}\n')
    further["pictures"][0].mkdir()
    further["features"][0].touch()
    for option, (path, differing) in further.items():
        given: dict[str, Any] = {option: path}
        with pytest.raises(InputError, match=message.format(differing)):
            tag_file(model, str(posts), output=resumed, words=unread, **given)
    assert Path(f"{out}.part").read_bytes() == part


@pytest.fixture
def other_model(model: Path, tmp_path: Path) -> Path:
    """A model that differs from `model` in its card alone."""
    copy = shutil.copytree(model, tmp_path / "copy")
    (copy / "README.md").write_text("another card\n")
    return copy


def test_a_file_of_somebody_else_is_not_touched(model: Path, posts: Path, out: Path) -> None:
    Path(f"{out}.part").write_text("dear diary")
    for resume in (False, True):
        with pytest.raises(InputError, match="is not the file of an interrupted tagging"):
            tag_file(model, str(posts), output=Output(out, resume=resume))
    assert Path(f"{out}.part").read_text() == "dear diary"


def test_a_second_writer_is_refused(out: Path) -> None:
    made_of = {"input": "1"}
    with unfinished_output(out, made_of=made_of, resume=False) as unfinished:
        for resume in (False, True):
            with (
                pytest.raises(InputError, match="another process writes this file"),
                unfinished_output(out, made_of=made_of, resume=resume),
            ):
                raise AssertionError
        unfinished.stream.write("a line\n")
    assert out.read_text() == "a line\n"


def test_resuming_nothing_is_beginning(model: Path, posts: Path, out: Path, tmp_path: Path) -> None:
    tag_file(model, str(posts), output=Output(out, resume=True))
    assert len(out.read_text().splitlines()) == POSTS
    assert names(tmp_path) == {"posts.jsonl", "out.jsonl"}


def test_a_wrong_input_leaves_nothing(model: Path, posts: Path, out: Path, tmp_path: Path) -> None:
    posts.write_text(posts.read_text() + "{\n")
    with pytest.raises(InputError, match="expected one JSON object per line"):
        tag_file(model, str(posts), output=Output(out))
    assert names(tmp_path) == {"posts.jsonl"}


def test_links_and_permissions_stay(model: Path, posts: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    target, link = tmp_path / "disk" / "out.jsonl", tmp_path / "link.jsonl"
    target.touch(mode=0o640)
    target.chmod(0o640)
    link.symlink_to(target)
    interrupt(model, posts, Output(link), after=3)
    assert stat.S_IMODE((tmp_path / "disk" / "out.jsonl.part").stat().st_mode) == 0o600
    tag_file(model, str(posts), output=Output(link))
    assert link.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert len(target.read_text().splitlines()) == POSTS


def started(model: Path, posts: str, out: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "mner", "tag", "--model", str(model), "--input", posts]
    return subprocess.Popen(
        [*command, "--output", str(out), *more], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def has_a_checkpoint(out: Path) -> bool:
    description = Path(f"{out}.part.json")
    return description.is_file() and json.loads(description.read_text())["posts"] > 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_what_a_rerun_finishes(
    model: Path, posts: Path, tmp_path: Path, number: signal.Signals
) -> None:
    many = tmp_path / "many.jsonl"
    many.write_text(posts.read_text() * 6)
    whole, out = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    tag_file(model, str(many), output=Output(whole))
    with started(model, str(many), out) as process:
        wait_for(lambda: has_a_checkpoint(out) or process.poll() is not None)
        process.send_signal(number)
        stderr = process.communicate()[1].decode()
    assert process.returncode in {-9, 143, 130}
    assert not out.exists()
    assert ("out.jsonl.part: holds the first" in stderr) == (number != signal.SIGKILL)
    with started(model, str(many), out, "--resume") as process:
        process.communicate()
    assert process.returncode == 0
    assert out.read_bytes() == whole.read_bytes()
    assert not list(tmp_path.glob("*.part*"))


def test_a_stream_is_kept_but_not_resumed(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with started(model, "-", out) as process:
        assert process.stdin is not None
        process.stdin.write(b'{"text": "saw Rome"}\n' * 3)
        process.stdin.flush()
        wait_for(lambda: Path(f"{out}.part").is_file() and Path(f"{out}.part").stat().st_size > 0)
        process.send_signal(signal.SIGINT)
        stderr = process.communicate()[1].decode()
    assert process.returncode == 130
    assert stderr.endswith("posts\n")
    with started(model, "-", out, "--resume") as process:
        assert b"a stream cannot be read again" in process.communicate(b"")[1]
    with started(model, "-", out) as process:
        process.communicate(b'{"text": "saw Oslo"}\n')
    assert process.returncode == 0
    assert "Oslo" in out.read_text()
    assert os.listdir(tmp_path) == ["out.jsonl"]  # noqa: PTH208
