"""Archives: parts, results, resuming, failures; oracle is the tagger on the whole file."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from mner.batch.engines import NOTHING_APART, LocalEngine
from mner.batch.job import Done, Job
from mner.batch.plan import Part, make_plan
from mner.batch.run import Batch, tag_archive
from mner.batch.storage import Storage
from mner.batch.work import Worker
from mner.errors import InputError, MnerError
from mner.posts.read import read_posts
from mner.tagging.lettering.step import WordsInPictures
from mner.tagging.load import load
from mner.tagging.starter import starter_model
from mner.types import Post

NO_WORDS = WordsInPictures(wanted=False)
TEXTS = [
    "Ann Lee landed in Lisbon",
    'She said "hi, all"\nfrom Rome',
    "",
    "RT @bob: Barack Obama in #Paris",
    "nothing to see",
    "Google buys a flat in Berlin",
    "日本 and 🙂 London",
]


class InProcess:
    """An engine without processes, which may stop after some parts."""

    apart = NOTHING_APART

    def __init__(self, parts: int | None = None) -> None:
        self.parts = parts
        self.done: list[int] = []

    def run(self, job: Job, parts: Sequence[Part]) -> Iterator[Done]:
        worker = Worker(job)
        for part in parts[: self.parts]:
            self.done.append(part.number)
            yield worker(part)
        if self.parts is not None:
            raise MnerError("stopped")


def write_jsonl(path: Path, texts: Sequence[str] = TEXTS) -> Path:
    lines = [
        json.dumps({"id": f"p{number}", "text": text, "likes": number})
        for number, text in enumerate(texts)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_csv(path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["tweet_id", "text", "likes"])
        writer.writerows((f"p{number}", text, number) for number, text in enumerate(TEXTS))
    return path


def write_parquet(path: Path) -> Path:
    ids = [f"p{number}" for number in range(len(TEXTS))]
    table = pa.table({"id": ids, "text": TEXTS, "likes": pa.array(range(len(TEXTS)), pa.int32())})
    pq.write_table(table, path, row_group_size=3)
    return path


def batch(source: Path, target: Path, **options: Any) -> Batch:
    return Batch(str(source), str(target), starter_model(), words=NO_WORDS, **options)


def rows_of(target: Path) -> list[dict[str, Any]]:
    parts = sorted(target.glob("part-*.parquet"))
    return [row for part in parts for row in pq.read_table(part).to_pylist()]


def expected(posts: Sequence[Post]) -> list[tuple[str, list[tuple[str, str]]]]:
    found = []
    for post in load(threads=1).tag(posts):
        names = [
            (" ".join(post.tokens[entity.start : entity.end]), entity.label)
            for entity in post.entities
        ]
        found.append((post.id, names))
    return found


def names(row: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    return row["id"], [(entity["text"], entity["label"]) for entity in row["entities"]]


@pytest.mark.parametrize("write", [write_jsonl, write_csv, write_parquet])
@pytest.mark.parametrize("part_rows", [1, 2, 3, 100])
def test_every_post_comes_once_with_what_the_tagger_finds_in_the_whole_file(
    write: Any, part_rows: int, tmp_path: Path
) -> None:
    ending = write.__name__.partition("_")[2]
    source = write(tmp_path / f"archive.{ending}")
    manifest = tag_archive(batch(source, tmp_path / "out", part_rows=part_rows), InProcess())
    rows = rows_of(tmp_path / "out")
    assert list(map(names, rows)) == expected(list(read_posts(source, on_problem=lambda _: None)))
    assert sum(map(len, (row["entities"] for row in rows))) >= 4
    assert [row["text"] for row in rows] == TEXTS
    for row in rows:
        for entity in row["entities"]:
            assert row["text"][entity["start_char"] : entity["end_char"]] == entity["text"]
    assert manifest["posts"] == len(TEXTS)
    assert manifest["failed"] == 0
    assert len(manifest["parts"]) == -(-len(TEXTS) // part_rows)
    assert json.loads((tmp_path / "out" / "_manifest.json").read_text()) == manifest


def test_other_columns_are_kept_parquet_with_its_types(tmp_path: Path) -> None:
    for write, ending in ((write_parquet, "parquet"), (write_csv, "csv"), (write_jsonl, "jsonl")):
        source = write(tmp_path / f"archive.{ending}")
        tag_archive(batch(source, tmp_path / ending, part_rows=3), InProcess())
    likes = pq.read_table(tmp_path / "parquet")["likes"]
    assert likes.type == pa.int32()
    assert likes.to_pylist() == list(range(len(TEXTS)))
    assert pq.read_table(tmp_path / "csv")["likes"].to_pylist() == list(map(str, range(len(TEXTS))))
    others = pq.read_table(tmp_path / "jsonl")["other"].to_pylist()
    assert [json.loads(other)["likes"] for other in others] == list(range(len(TEXTS)))


def test_posts_without_ids_are_counted_over_the_parts(tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_text("text\n" + "".join(f"to Rome {n}\n" for n in range(5)))
    lines = tmp_path / "a.jsonl"
    lines.write_text("".join(f'{{"text": "to Rome {n}"}}\n' for n in range(5)))
    for file in (source, lines):
        out = tmp_path / file.suffix
        tag_archive(batch(file, out, part_rows=2), InProcess())
        assert [row["id"] for row in rows_of(out)] == ["1", "2", "3", "4", "5"]
    assert [row["line"] for row in rows_of(tmp_path / ".csv")] == [2, 3, 4, 5, 6]


def test_what_was_done_is_not_done_again_and_the_results_are_the_same(tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "a.jsonl", TEXTS * 3)
    whole = tmp_path / "whole"
    tag_archive(batch(source, whole, part_rows=4), InProcess())
    resumed = tmp_path / "resumed"
    with pytest.raises(MnerError, match="stopped"):
        tag_archive(batch(source, resumed, part_rows=4), InProcess(parts=2))
    assert not (resumed / "_manifest.json").exists()
    # A worker that is killed leaves a file under a temporary name, or results without a record.
    (resumed / ".part-000004.parquet.1-2.part").write_bytes(b"half")
    (resumed / "part-000003.parquet").write_bytes(b"half")
    engine = InProcess()
    tag_archive(batch(source, resumed, part_rows=4), engine)
    assert engine.done == [2, 3, 4, 5]
    assert {path.name: path.read_bytes() for path in whole.iterdir()} == {
        path.name: path.read_bytes() for path in resumed.iterdir()
    }


def test_rows_that_fail_are_named_and_the_others_tagged(tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    good = [json.dumps({"id": str(n), "text": f"Ann in Rome {n}"}) for n in range(5)]
    source.write_text("\n".join([good[0], "{broken", good[1], '{"id": "x"}', *good[2:]]) + "\n")
    manifest = tag_archive(batch(source, tmp_path / "out", part_rows=2), InProcess())
    assert [row["id"] for row in rows_of(tmp_path / "out")] == list("01234")
    letters = [
        json.loads(line)
        for line in (tmp_path / "out" / "_dead-letters.jsonl").read_text().splitlines()
    ]
    assert [(letter["line"], letter["part"]) for letter in letters] == [
        (2, "part-000000.parquet"),
        (4, "part-000001.parquet"),
    ]
    assert "a post needs `tokens` or `text`" in letters[1]["reason"]
    assert manifest["failed"] == 2


@pytest.mark.parametrize(
    "rows",
    [
        ['1,a 5" pipe', '2,"two\nlines in Rome"', "3,Paris", '4,"Ann ""in"" Rome"', "5,x"],
        ['1,"Ann" in Rome', "2,Paris", '3,"not closed', "4,Rome", "5,x"],
        ["1,a,b", "2,Paris", "", "3,Rome", '4,"a\n\nb"', "5,x"],
    ],
)
@pytest.mark.parametrize("part_rows", [1, 2, 3])
def test_tables_are_cut_where_the_reader_of_the_whole_ends_its_rows(
    rows: list[str], part_rows: int, tmp_path: Path
) -> None:
    source = tmp_path / "a.csv"
    source.write_text("\n".join(["id,text", *rows]) + "\n", encoding="utf-8")
    refused: list[InputError] = []
    whole = read_posts(source, on_error=refused.append, on_problem=lambda _: None)
    expected_rows = [(post.id, post.text) for post in whole]
    manifest = tag_archive(batch(source, tmp_path / "out", part_rows=part_rows), InProcess())
    assert [(row["id"], row["text"]) for row in rows_of(tmp_path / "out")] == expected_rows
    assert manifest["failed"] == len(refused)
    assert all(
        part.rows <= part_rows for part in make_plan(Storage(str(source)), rows=part_rows).parts
    )


def test_a_folder_whose_pictures_have_changed_is_not_gone_on_with(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in "bcde":
        Image.new("RGB", (8, 8)).save(folder / f"{name}.png")
    with pytest.raises(MnerError, match="stopped"):
        tag_archive(batch(folder, tmp_path / "out", part_rows=2), InProcess(parts=1))
    (folder / "e.png").rename(folder / "a.png")
    with pytest.raises(InputError, match=r"tagged otherwise \(plan\)"):
        tag_archive(batch(folder, tmp_path / "out", part_rows=2), InProcess())


def test_a_folder_of_pictures_is_an_archive(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(3):
        Image.new("RGB", (8, 8)).save(folder / f"{number}.png")
    (folder / "notes.txt").write_text("no picture")
    manifest = tag_archive(batch(folder, tmp_path / "out", part_rows=2), InProcess())
    assert manifest["kind"] == "pictures"
    assert [row["pictures"] for row in rows_of(tmp_path / "out")] == [
        ["0.png"],
        ["1.png"],
        ["2.png"],
    ]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "expected files that end in .jsonl, .ndjson, .csv, .tsv, .parquet, or pictures"),
        ({"a.csv": "text\nx\n", "b.jsonl": "{}\n"}, "holds files of several kinds, csv, jsonl"),
        ({"a.csv": "text\nx\n", "b.csv": "id,text\n1,x\n"}, r"b\.csv: has other columns than"),
        ({"a.csv": "text\n"}, "holds no posts"),
        ({"a.parquet": "no"}, r"a\.parquet: cannot be read as Parquet"),
    ],
)
def test_archives_that_cannot_be_read_are_refused(
    files: dict[str, str], message: str, tmp_path: Path
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=message):
        make_plan(Storage(str(tmp_path)), rows=10)


def test_folders_of_other_results_are_refused(tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "a.jsonl")
    out = tmp_path / "out"
    tag_archive(batch(source, out), InProcess())
    with pytest.raises(InputError, match=r"tagged otherwise \(min_probability\): name an empty"):
        tag_archive(batch(source, out, min_probability=0.5), InProcess())
    write_jsonl(source, ["another text"])
    with pytest.raises(InputError, match=r"tagged otherwise \(plan\)"):
        tag_archive(batch(source, out), InProcess())
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letters.txt").write_text("dear")
    with pytest.raises(InputError, match=r"holds letters\.txt, which no tagging of an archive"):
        tag_archive(batch(source, tmp_path / "mine"), InProcess())
    with pytest.raises(InputError, match="lies in the archive"):
        tag_archive(batch(tmp_path, tmp_path / "here"), InProcess())


def test_addresses_are_read_and_written_through_pyarrow(tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "a.jsonl")
    address = Batch(
        f"file://{source}", f"file://{tmp_path}/out", starter_model(), part_rows=3, words=NO_WORDS
    )
    tag_archive(address, InProcess())
    assert [row["text"] for row in rows_of(tmp_path / "out")] == TEXTS
    with pytest.raises(InputError, match="nowhere://x: cannot be opened"):
        tag_archive(Batch("nowhere://x", str(tmp_path / "o"), starter_model()), InProcess())


def test_two_processes_give_the_same_as_one(tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "a.jsonl", TEXTS * 3)
    tag_archive(batch(source, tmp_path / "one", part_rows=4), InProcess())
    tag_archive(batch(source, tmp_path / "two", part_rows=4), LocalEngine(2))
    assert rows_of(tmp_path / "one") == rows_of(tmp_path / "two")


def test_a_worker_that_is_killed_loses_and_doubles_nothing(tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "a.jsonl", TEXTS * 40)
    tag_archive(batch(source, tmp_path / "calm", part_rows=4), InProcess())
    out = tmp_path / "out"
    command = [sys.executable, "-m", "mner", "batch", str(source), str(out), "--no-ocr"]
    with subprocess.Popen([*command, "--part-rows=4", "--workers=2"]) as process:
        while not len(list(out.glob("part-*.parquet"))) > 5:
            assert process.poll() is None
            time.sleep(0.01)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        workers = [
            int(child)
            for child in children
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
        ]
        os.kill(workers[0], signal.SIGKILL)
        assert process.wait() == 0
    assert rows_of(out) == rows_of(tmp_path / "calm")
