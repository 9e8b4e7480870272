import io
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mner.errors import InputError
from mner.files.interrupts import late_interrupts, uninterrupted
from mner.files.output import write_pieces


class Stream(io.StringIO):
    """A text stream whose user presses Ctrl-C in the middle of each piece."""

    def write(self, text: str) -> int:
        super().write(text[:2])
        os.kill(os.getpid(), signal.SIGINT)
        return super().write(text[2:])


def test_an_interrupt_waits_for_the_end_of_a_piece() -> None:
    stream = Stream()
    with pytest.raises(KeyboardInterrupt, match=r"^$"), late_interrupts():
        write_pieces([("one", "abcd\n"), ("two", "efgh\n")], stream)
    assert stream.getvalue() == "abcd\n"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_pieces_are_written_one_by_one(tmp_path: Path) -> None:
    seen: list[str] = []
    path = tmp_path / "out"

    def pieces() -> Iterator[tuple[str, str]]:
        for number in range(3):
            yield "a piece", f"{number}é\n"
            seen.append(path.read_text(encoding="utf-8"))

    with path.open("w", encoding="utf-8") as stream:
        stream.write("begin\n")
        write_pieces(pieces(), stream)
    assert seen == ["begin\n0é\n", "begin\n0é\n1é\n", "begin\n0é\n1é\n2é\n"]


LONG_LINES = """
import sys
import time
from mner.files.interrupts import late_interrupts
from mner.files.output import write_pieces
with late_interrupts():
    write_pieces((("", "x" * 99_999 + "\\n") for _ in range(5_000)), sys.stdout)
"""


def test_an_interrupted_program_leaves_whole_lines() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LONG_LINES], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        begin = process.stdout.read(1_000_000)
        process.send_signal(signal.SIGINT)
        lines = (begin + process.stdout.read()).splitlines(keepends=True)
    assert {len(line) for line in lines} == {100_000}
    assert process.returncode == -signal.SIGINT


def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.touch(mode=0o600)
    write_pieces([("a piece", "text")], path)
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("text", 0o600)


def test_a_stream_that_takes_no_more_is_named() -> None:
    with (
        Path("/dev/full").open("w") as stream,
        pytest.raises(InputError, match=r"^/dev/full: cannot be written: No space left on device$"),
    ):
        write_pieces([("a piece", "text")], stream)


def press_ctrl_c(seen: list[int]) -> None:
    for number in (1, 2):
        os.kill(os.getpid(), signal.SIGINT)
        seen.append(number)


class TestInterrupts:
    def test_the_library_alone_changes_no_handler(self) -> None:
        handlers: list[object] = []

        class Spy(io.StringIO):
            def write(self, text: str) -> int:
                handlers.append(signal.getsignal(signal.SIGINT))
                return super().write(text)

        write_pieces([("a piece", "text")], Spy())
        assert handlers == [signal.default_int_handler]

    def test_between_two_pieces_they_come_at_once(self) -> None:
        seen: list[int] = []
        with pytest.raises(KeyboardInterrupt, match=r"^$"), late_interrupts():
            press_ctrl_c(seen)
        assert seen == []

    def test_the_second_one_gets_through(self) -> None:
        seen: list[int] = []
        with pytest.raises(KeyboardInterrupt, match=r"^$"), late_interrupts(), uninterrupted():
            press_ctrl_c(seen)
        assert seen == [1]

    def test_a_handler_of_the_program_s_own_stays(self) -> None:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            with late_interrupts():
                assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
                os.kill(os.getpid(), signal.SIGINT)
        finally:
            signal.signal(signal.SIGINT, before)

    def test_other_threads_are_left_alone(self) -> None:
        stream = io.StringIO()

        def write() -> None:
            with late_interrupts():
                write_pieces([("a piece", "text")], stream)

        with ThreadPoolExecutor(1) as pool:
            pool.submit(write).result()
        assert stream.getvalue() == "text"


def test_a_command_that_is_interrupted_within_a_piece_ends_after_it() -> None:
    text = "saw Rome " * 4000  # whose result is longer than a pipe holds
    with subprocess.Popen(
        [sys.executable, "-m", "mner", "tag", "--input", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for name in ("1", "2"):
            process.stdin.write(json.dumps({"id": name, "text": text}).encode() + b"\n")
        process.stdin.close()
        begin = process.stdout.read(1)
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)  # the signal comes while the pipe is full
        lines = (begin + process.stdout.read()).splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["1"]
    assert process.returncode == 130
