"""How much memory a picture takes, as the peak of a process that reads only it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.pictures.large_pictures import LARGE

MOST = 400_000_000

READ = """
import sys
from pathlib import Path
from mner.pictures.decode import read_picture, read_preview
read = read_preview if sys.argv[2] == "preview" else read_picture
picture = read(Path(sys.argv[1]))
status = Path("/proc/self/status").read_text()
(peak,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
print(picture.state, 1024 * int(peak), picture.reason)
"""


def state_and_peak(path: Path, how: str = "square") -> tuple[str, int, str]:
    command = [sys.executable, "-c", READ, str(path), how]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    state, peak, reason = output.strip().split(" ", 2)
    return state, int(peak), reason


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize("kind", LARGE)
def test_a_large_picture_is_decoded_in_little_memory_or_refused(tmp_path: Path, kind: str) -> None:
    make, is_readable = LARGE[kind]
    path = tmp_path / "picture"
    path.write_bytes(make())
    state, peak, reason = state_and_peak(path)
    assert peak < MOST
    assert (state, reason == "None") == (
        ("present", True) if is_readable else ("unreadable", False)
    ), reason
    if not is_readable:
        assert "pixels" in reason


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_a_preview_takes_as_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(LARGE["png, transparent"][0]())
    state, peak, _ = state_and_peak(path, "preview")
    assert (state, peak < MOST) == ("present", True)
