import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from mner.errors import InputError
from mner.spans.scores import RateRecord, ScoreRecord
from mner.training.log import Epoch, append_epoch, read_log, write_log

COUNTS = RateRecord(precision=0.5, recall=1.0, f1=2 / 3, gold=2, predicted=4, correct=2)
DEV = ScoreRecord(
    **asdict(COUNTS),
    macro_f1=2 / 3,
    scoring="lenient",
    gold_fingerprint="abc",
    posts=4,
    per_type={"LOC": COUNTS},
    seen=None,
    unseen=None,
)


def epoch(number: int, dev: ScoreRecord = DEV) -> Epoch:
    return Epoch(
        epoch=number,
        posts=8,
        loss=0.5,
        dev=dev,
        train_seconds=1.25,
        dev_seconds=0.5,
        peak_memory=1 << 30,
    )


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    write_log(path, [epoch(1)])
    append_epoch(path, epoch(2))
    assert read_log(path) == (epoch(1), epoch(2))
    write_log(path, [epoch(1)])
    assert read_log(path) == (epoch(1),)


def test_a_line_is_an_object_of_json_in_a_fixed_order(tmp_path: Path) -> None:
    write_log(tmp_path / "log.jsonl", [epoch(1)])
    (line,) = (tmp_path / "log.jsonl").read_text().splitlines()
    assert list(json.loads(line)) == [
        *("epoch", "posts", "loss", "dev", "train_seconds", "dev_seconds", "peak_memory")
    ]


def test_a_log_of_an_older_version_lacks_posts_and_memory(tmp_path: Path) -> None:
    line = {"epoch": 1, "loss": 1, "dev": asdict(DEV), "train_seconds": 1, "dev_seconds": 1}
    (tmp_path / "log.jsonl").write_text(json.dumps(line) + "\n")
    (older,) = read_log(tmp_path / "log.jsonl")
    assert (older.posts, older.peak_memory) == (None, None)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (epoch(3), r"log\.jsonl:2: expected epoch 2, got 3: two trainings wrote into this log"),
        (
            epoch(2, replace(DEV, f1=7.0)),
            r"log\.jsonl:2: expected an entry of a training log, .* `float` <= 1\.0 - at "
            r"`\$\.dev\.f1`",
        ),
    ],
)
def test_a_log_that_cannot_be_is_an_error(tmp_path: Path, second: Epoch, message: str) -> None:
    write_log(tmp_path / "log.jsonl", [epoch(1), second])
    with pytest.raises(InputError, match=message):
        read_log(tmp_path / "log.jsonl")


@pytest.mark.parametrize("line", ["", "{", "[" * 10_000])
def test_a_line_that_is_no_epoch_is_named(tmp_path: Path, line: str) -> None:
    write_log(tmp_path / "log.jsonl", [epoch(1)])
    with (tmp_path / "log.jsonl").open("a") as log:
        log.write(line + "\n")
    shown = re.escape(f"'{line}'") if len(line) < 10 else re.escape("'[[[")
    message = (
        rf"log\.jsonl:2: expected an entry of a training log, got {shown}.*: copy the run again$"
    )
    with pytest.raises(InputError, match=message):
        read_log(tmp_path / "log.jsonl")


def test_a_log_that_is_no_text_or_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_bytes(b"\xff\xfe{}\n")
    with pytest.raises(InputError, match=r"log\.jsonl:1: expected an entry of a training log"):
        read_log(tmp_path / "log.jsonl")
    with pytest.raises(InputError, match=r"none\.jsonl: cannot be read: No such file or directory"):
        read_log(tmp_path / "none.jsonl")
