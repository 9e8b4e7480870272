import subprocess
import sys
from pathlib import Path

import pytest

from mner.errors import ConfigError
from mner.files.locks import RESERVED, locked, reserved

APPEND = """
import logging, sys
from pathlib import Path
from mner.files.locks import locked

logging.basicConfig(level=logging.INFO, stream=sys.stdout)
path = Path(sys.argv[1])
with locked(path):
    text = path.read_text() if path.exists() else ""
    path.write_text(text + "x")
"""


def test_one_process_at_a_time_makes_a_file(tmp_path: Path) -> None:
    """Nobody writes before the lock is free: each process says first that it waits."""
    command = [sys.executable, "-u", "-c", APPEND, str(tmp_path / "f")]
    with locked(tmp_path / "f"):
        processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        for process in processes:
            assert process.stdout is not None
            assert "waiting for another process that is making it" in process.stdout.readline()
        assert not (tmp_path / "f").exists()
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    assert (tmp_path / "f").read_text() == "xxx"


def test_a_folder_is_reserved_for_one_process(tmp_path: Path) -> None:
    with (
        reserved(tmp_path),
        pytest.raises(ConfigError, match=r"another process is training in this folder: wait"),
        reserved(tmp_path),
    ):
        raise AssertionError
    with reserved(tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == [RESERVED]


WITHOUT_FCNTL = """
import sys
sys.modules["fcntl"] = None
import mner
print(mner.load()("RT @ann: landed in Lisbon").entities[0].text)
from mner.errors import ConfigError
from mner.files.locks import RESERVED, locked, reserved
from pathlib import Path

import pytest
with locked(Path(sys.argv[1])):
    print("locked")
"""


def test_everything_works_where_the_system_has_no_such_locks(tmp_path: Path) -> None:
    printed = subprocess.check_output(
        [sys.executable, "-c", WITHOUT_FCNTL, tmp_path / "f"], text=True
    )
    assert printed.splitlines() == ["Lisbon", "locked"]
