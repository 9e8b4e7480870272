"""Pictures looked at by workers of their own; oracle is the run in which those who tag do it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image, ImageDraw, ImageFont

from mner.batch.engines import LocalEngine
from mner.batch.flow import Flow
from mner.batch.job import Done, Job
from mner.batch.plan import Part
from mner.batch.run import Batch, tag_archive
from mner.batch.stages import WORKERS, Needs
from mner.cli import app
from mner.errors import MnerError
from mner.tagging.lettering.step import WordsInPictures
from mner.tagging.starter import starter_model
from tests.batch.test_batch import InProcess

needs_engine = pytest.mark.skipif(find_spec("rapidocr") is None, reason="rapidocr not installed")
NAMES = ["Selina Alko", "Barack Obama", "Berlin"]


class InTurn(InProcess):
    """All stages in this process, of one part after another; may stop in front of tagging."""

    def __init__(self, *stages: str, parts: int | None = None) -> None:
        super().__init__(parts)
        self.apart = {name: Needs(1) for name in WORKERS if name in stages}

    def run(self, job: Job, parts: Sequence[Part]) -> Iterator[Done]:
        workers = [WORKERS[name](job) for name in job.apart]
        for part in parts:
            for worker in workers:
                worker(part)
        yield from super().run(job, parts)


def write_archive(folder: Path, posts: int = 12) -> Path:
    pictures = folder / "pictures"
    pictures.mkdir()
    font = ImageFont.load_default(32)
    for number, name in enumerate(NAMES):
        image = Image.new("RGB", (320, 96), "white")
        ImageDraw.Draw(image).text((20, 24), name, fill="black", font=font)
        image.save(pictures / f"{number}.png")
    pictures.joinpath("3.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    # Every fifth picture is missing, and every sixth post has none.
    lines = []
    for number in range(posts):
        post: dict[str, object] = {"id": f"p{number}", "text": f"Ann in Rome, day {number}"}
        if number % 6:
            post["picture"] = str(number % 5)
        lines.append(json.dumps(post) + "\n")
    source = folder / "posts.jsonl"
    source.write_text("".join(lines))
    return source


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def batch_of(source: Path, target: Path, *, model: Path | None = None, words: bool) -> Batch:
    return Batch(
        str(source),
        str(target),
        model or starter_model(),
        part_rows=5,
        pictures=source.parent / "pictures",
        words=WordsInPictures(wanted=words),
    )


@needs_engine
def test_words_that_others_have_read_give_the_same_bytes(tmp_path: Path) -> None:
    source = write_archive(tmp_path)
    manifest = tag_archive(batch_of(source, tmp_path / "one", words=True), InProcess())
    assert manifest["picture_entities"]
    tag_archive(batch_of(source, tmp_path / "apart", words=True), InTurn("lettering"))
    assert contents(tmp_path / "apart") == contents(tmp_path / "one")


def test_pictures_that_others_have_encoded_give_the_same_bytes(
    pixel_model: Path, tmp_path: Path
) -> None:
    source = write_archive(tmp_path)
    one = batch_of(source, tmp_path / "one", model=pixel_model, words=False)
    manifest = tag_archive(one, InProcess())
    assert manifest["pictures"] == {"absent": 4, "present": 6, "unreadable": 2}
    apart = replace(one, target=str(tmp_path / "apart"))
    tag_archive(apart, InTurn("encoding"))
    assert contents(tmp_path / "apart") == contents(tmp_path / "one")


@needs_engine
def test_both_stages_in_processes_of_their_own(pixel_model: Path, tmp_path: Path) -> None:
    source = write_archive(tmp_path)
    one = batch_of(source, tmp_path / "one", model=pixel_model, words=True)
    tag_archive(one, InProcess())
    engine = LocalEngine(1, apart={"encoding": Needs(1), "lettering": Needs(2)})
    tag_archive(replace(one, target=str(tmp_path / "apart")), engine)
    assert contents(tmp_path / "apart") == contents(tmp_path / "one")


def test_what_a_stage_has_finished_is_not_done_again(pixel_model: Path, tmp_path: Path) -> None:
    source = write_archive(tmp_path)
    one = batch_of(source, tmp_path / "one", model=pixel_model, words=False)
    tag_archive(one, InProcess())
    apart = replace(one, target=str(tmp_path / "apart"))
    with pytest.raises(MnerError, match="stopped"):
        tag_archive(apart, InTurn("encoding", parts=1))
    looked = sorted(path.name for path in (tmp_path / "apart").glob("*.encoding"))
    assert looked == ["_part-000001.encoding", "_part-000002.encoding"]
    # Pictures that are gone since show that nobody looks again.
    for picture in (tmp_path / "pictures").iterdir():
        picture.unlink()
    tag_archive(apart, InTurn("encoding"))
    assert contents(tmp_path / "apart") == contents(tmp_path / "one")


@needs_engine
@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the processes")
@pytest.mark.parametrize("victim", [0, 1, 2])
def test_killed_workers_of_any_stage_lose_and_double_nothing(victim: int, tmp_path: Path) -> None:
    source = write_archive(tmp_path, posts=60)
    tag_archive(batch_of(source, tmp_path / "calm", words=True), InProcess())
    out = tmp_path / "out"
    command = [sys.executable, "-m", "mner", "batch", str(source), str(out), "--part-rows=5"]
    command += [f"--pictures={tmp_path / 'pictures'}", "--ocr"]
    command += ["--workers=1", "--workers=lettering=2"]
    with subprocess.Popen(command) as process:
        while not list(out.glob("part-*.parquet")):
            assert process.poll() is None
            time.sleep(0.01)
        workers = workers_of(process.pid)
        assert len(workers) == 3
        os.kill(workers[victim], signal.SIGKILL)
        assert process.wait() == 0
    assert contents(out) == contents(tmp_path / "calm")


def workers_of(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [
        int(child)
        for child in children
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


class Noted:
    """A crew whose parts end when a test says so."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.begun: deque[Part] = deque()

    @property
    def has_room(self) -> bool:
        return len(self.begun) <= self.size

    def put(self, part: Part) -> object:
        self.begun.append(part)
        return id(self), part.number

    def take(self, ticket: tuple[int, int]) -> Done:
        part = self.begun.popleft()
        assert part.number == ticket[1]
        return Done(part.number, "", 0, {}, {}, {}, [])


def test_a_fast_stage_waits_for_a_slow_one() -> None:
    parts = [Part(number, "a", 0, 1, 1, 0, 1) for number in range(50)]
    flow = Flow(parts, stages=2)
    fast, slow = Noted(2), Noted(1)
    most = 0

    def wait(tickets: list[tuple[int, int]]) -> Iterable[tuple[int, int]]:
        """End what the fast crew does as long as it does anything."""
        nonlocal most
        most = max(most, len(flow.queues[1]) + len(flow.under_way[0]) + len(flow.under_way[1]))
        of_fast = [ticket for ticket in tickets if ticket[0] == id(fast)]
        return (of_fast or tickets)[:1]

    done = [each.part for each in flow.run([fast, slow], wait)]
    assert done == list(range(50))
    # Two that the slow crew has, and as many before it as both crews have workers, and one.
    assert most == 2 + 4


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--workers", "lettering=2", "--no-ocr"], 1, "lettering needs no workers: use --ocr"),
        (["--workers", "encoding=2", "--no-ocr"], 1, "does not look at pictures"),
        (["--workers", "painting=2"], 2, "stage 'painting' is not known"),
        (["--workers", "lettering=0"], 2, "expected a whole number, 1 or more"),
        (["--workers", "2", "--workers", "3"], 2, "--workers was given twice for one stage"),
        (["--cpus", "many"], 2, "expected a number, 0 or more"),
        (["--cpus", "2"], 2, "go with --engine ray"),
        (
            ["--engine", "ray", "--gpus", "encoding=1"],
            2,
            "encoding has no workers of its own: use --workers encoding=N",
        ),
    ],
)
def test_numbers_of_workers_that_make_no_sense(
    options: list[str], code: int, message: str, tmp_path: Path
) -> None:
    source = write_archive(tmp_path, posts=2)
    result = CliRunner().invoke(app, ["batch", str(source), str(tmp_path / "out"), *options])
    assert (result.exit_code, message in result.output) == (code, True), result.output


def test_an_archive_that_changed_after_its_pictures_were_looked_at(
    pixel_model: Path, tmp_path: Path
) -> None:
    source = write_archive(tmp_path)
    apart = batch_of(source, tmp_path / "apart", model=pixel_model, words=False)

    class Changing(InTurn):
        def run(self, job: Job, parts: Sequence[Part]) -> Iterator[Done]:
            for part in parts:
                WORKERS["encoding"](job)(part)
            text = source.read_text()
            source.write_text(text.replace('"picture": "1"', '"picture": "9"'))
            yield from InProcess.run(self, job, parts)

    manifest = tag_archive(apart, Changing("encoding"))
    assert manifest["failed"] == text_count(source)
    letters = (tmp_path / "apart" / "_dead-letters.jsonl").read_text()
    assert "picture '9' was not named when its part was looked at" in letters


def text_count(source: Path) -> int:
    return source.read_text().count('"picture": "9"')
