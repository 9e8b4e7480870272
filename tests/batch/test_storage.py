"""Files of archives and of results: when they appear, and what is left of those that fail."""

import os
import sys
from pathlib import Path
from typing import IO

import pytest

from mner.batch.storage import Storage
from mner.errors import InputError


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc which file a number stands for")
@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_file_is_on_the_disk_before_it_has_its_name_and_its_name_afterwards(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[tuple[str, bytes, list[str]]] = []
    flush = os.fsync

    def noted(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        content = path.read_bytes() if path.is_file() else b""
        flushed.append((path.name, content, sorted(file.name for file in tmp_path.iterdir())))
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    Storage(f"{scheme}{tmp_path}").write("part", lambda stream: stream.write(b"content"))
    (temporary, content, before), (folder, _, after) = flushed
    assert temporary.startswith(".part.")
    assert (content, before) == (b"content", [temporary])
    assert (folder, after) == (tmp_path.name, ["part"])


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    def fail(stream: IO[bytes]) -> None:
        stream.write(b"half")
        raise OSError("the disk is full")

    with pytest.raises(InputError, match=r"part: cannot be written: the disk is full"):
        Storage(str(tmp_path)).write("part", fail)
    assert list(tmp_path.iterdir()) == []
