"""What a program leaves behind that is killed while it writes."""

import subprocess
import sys
from pathlib import Path

_KILLED = """
import os, sys
from pathlib import Path
from mner.files import write

with getattr(write, sys.argv[1])(Path(sys.argv[2])) as temporary:
    temporary.touch()
    print(temporary, flush=True)
    os._exit(1)
"""


def killed_while_writing(target: Path, *, function: str = "new_folder") -> Path:
    """Return the temporary name of a program that was killed while it wrote `target`."""
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, function, target],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert killed.stdout, "the program ended before it wrote anything"
    leftover = Path(killed.stdout.strip())
    assert leftover.exists()
    return leftover
