import io
import os
import sys
from pathlib import Path

import pytest

from mner.errors import InputError
from mner.tagging.lines_read import Lines


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def terminal_of(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Make standard error a terminal, where bars are shown; standard output is none."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    return stream


def test_a_file_is_opened_and_closed_and_has_a_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = terminal_of(monkeypatch)
    path = tmp_path / "posts.txt"
    path.write_bytes(b"x" * 2_000)
    with Lines(str(path)) as lines:
        assert not lines.is_stream
        assert not isinstance(lines.source, str)
        shown = list(lines.with_bar((lines.source.read(1_000) for _ in range(2)), to_file=True))
        assert shown == [b"x" * 1_000] * 2
    assert lines.source.closed
    assert "tag:" in terminal.getvalue()
    last = terminal.getvalue().strip().rpartition("\r")[2]
    assert last.startswith("tag: 100%")
    assert "2.00k/2.00k [" in last
    assert "B/s, 2 posts]" in last


def test_a_stream_is_counted_in_posts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of(monkeypatch)
    os.mkfifo(tmp_path / "pipe")
    for name in ("-", str(tmp_path / "pipe")):
        with Lines(name) as lines:
            assert lines.is_stream
            assert lines.source == name
            assert list(lines.with_bar(iter([1, 2, 3]), to_file=True)) == [1, 2, 3]
        assert "tag: 3post [" in terminal.getvalue()


def test_there_is_no_bar_between_the_lines_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal_of(monkeypatch)
    results = [1, 2]
    lines = Lines("-")
    assert lines.with_bar(results, to_file=False) is not results
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert lines.with_bar(results, to_file=False) is results
    assert lines.with_bar(results, to_file=True) is not results


def test_a_file_that_cannot_be_opened_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "posts.txt"
    path.touch()

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(InputError, match=f"^{path}: cannot be read: Permission denied$"):
        Lines(str(path))
