"""Nothing that only Unix has is needed for what most people do."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny import imgid_text

PROGRAM = """
import os, signal, sys
for name in ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog"):
    sys.modules[name] = None
for name in ("fork", "sysconf", "getuid", "geteuid", "killpg", "setsid", "mkfifo"):
    delattr(os, name)
for name in ("SIGKILL", "SIGHUP", "SIGPIPE", "SIGALRM", "SIGUSR1"):
    delattr(signal, name)
from mner.__main__ import main
main()
"""


@pytest.mark.parametrize(
    "command",
    [
        "tag Rome",
        "tag --input posts.txt --output tagged.jsonl",
        "tag --input posts.txt --output brat --format brat",
        "score posts.txt posts.txt --bootstrap 100",
        "data check posts.txt",
        "data stats posts.txt",
    ],
)
def test_commands_run_without_what_only_unix_has(tmp_path: Path, command: str) -> None:
    (tmp_path / "posts.txt").write_text(imgid_text(5))
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, *command.split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, "Traceback" in result.stderr) == (0, False), result.stderr
