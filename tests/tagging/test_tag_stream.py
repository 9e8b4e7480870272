"""Tagging standard input, by the command in a process of its own."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def model(exported_model: Path) -> Path:
    """A text-only model with its graph, which starts without torch."""
    return exported_model


def ids(lines: str) -> list[str]:
    return [json.loads(line)["id"] for line in lines.splitlines()]


def started(*arguments: object) -> subprocess.Popen[bytes]:
    """The command line in a process of its own."""
    command = [sys.executable, "-m", "mner", "tag", *map(str, arguments)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    )


def test_results_appear_while_input_still_comes(model: Path) -> None:
    with started("--model", model, "--input", "-") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(b'{"id": "%d", "text": "saw Rome"}\n' % number)
            assert ids(process.stdout.readline().decode()) == [str(number)]
        _, errors = process.communicate()
    assert (process.returncode, errors) == (0, b"")


def test_an_interrupt_leaves_whole_lines(model: Path) -> None:
    with started("--model", model, "--input", "-") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b'{"id": "1", "text": "saw Rome"}\n')
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(60) == 130
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
    assert ids(first.decode()) == ["1"]
    assert rest == b""


def test_an_error_of_the_input_names_its_line(model: Path) -> None:
    with started(
        "--model", model, "--input", "-", "--format", "text", "--min-probability", "1"
    ) as process:
        out, errors = process.communicate(b'{"text": "saw Rome"}\n{"text": "\xff"}\n')
    assert (process.returncode, out) == (1, b"saw Rome\n")
    assert errors == (
        b"Error: <stdin>:2: not UTF-8: byte 11 of the line is 0xff; convert the file to UTF-8\n"
    )


@pytest.mark.parametrize("ending", ["jsonl", "csv", "conll", "html", "xlsx", "parquet"])
def test_a_stream_that_ends_before_anything_has_come_is_fine(
    model: Path, tmp_path: Path, ending: str
) -> None:
    out = tmp_path / f"out.{ending}"
    with started("--model", model, "--input", "-", "--output", out) as process:
        printed, errors = process.communicate(b"")
    assert (process.returncode, printed, errors) == (0, b"", b"")
    assert out.is_file()
    if ending in ("jsonl", "csv", "conll"):
        assert out.read_bytes() == b""


def test_a_file_without_posts_is_an_error_but_no_stream_is(model: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_bytes(b"\n")
    with started("--model", model, "--input", empty) as process:
        _, errors = process.communicate()
    assert process.returncode == 1
    assert errors.endswith(b"empty.jsonl: holds no posts\n")
    with started("--model", model, "--input", "-") as process:
        assert process.communicate(b"\n") == (b"", b"")
    assert process.returncode == 0


def test_an_argument_that_is_not_utf_8(model: Path) -> None:
    command = [
        os.fsencode(sys.executable),
        b"-m",
        b"mner",
        b"tag",
        b"saw Rome \xff",
        b"--model",
        os.fsencode(model),
    ]
    done = subprocess.run(command, capture_output=True, check=True)
    assert json.loads(done.stdout)["text"] == "saw Rome \ufffd"
