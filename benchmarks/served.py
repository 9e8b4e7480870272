"""Services as processes on the loopback address, and what they take of memory."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Served", "empty", "memory_of", "served"]


@dataclass(frozen=True)
class Served:
    """A service that runs."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    """What it wrote to its standard error."""

    @property
    def memory(self) -> float:
        """The MB that it has in memory at the moment."""
        return memory_of(self.process.pid)

    @property
    def peak(self) -> float:
        """The most MB that it has had in memory."""
        return memory_of(self.process.pid, "VmHWM")

    @property
    def processor(self) -> float:
        """The seconds of processors that it has used."""
        status = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8")
        # The name, in parentheses, may hold blanks.
        user, system = status.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def logged(self) -> list[int]:
        """Return the statuses of the answers to POST that are in its log."""
        with self.log.open(encoding="utf-8") as lines:
            events = [json.loads(line) for line in lines if line.startswith('{"event"')]
        return [event["status"] for event in events if event["method"] == "POST"]


def memory_of(pid: int, key: str = "VmRSS") -> float:
    """Return the MB that a process has in memory, by default at the moment."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    (value,) = (line.split()[1] for line in lines if line.startswith(f"{key}:"))
    return int(value) / 1e3


@contextmanager
def served(out: Path, *options: str | Path) -> Iterator[Served]:
    """Start `mner serve` with some options, and end it."""
    with _started(out, "mner", "serve", "--port", "0", *map(str, options)) as service:
        yield service


@contextmanager
def empty(out: Path) -> Iterator[Served]:
    """Start the service that does nothing, and end it."""
    with _started(out, "benchmarks.empty_service") as service:
        yield service


@contextmanager
def _started(out: Path, *command: str) -> Iterator[Served]:
    log = out / f"{command[0]}-{os.getpid()}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], stdout=stream, stderr=subprocess.STDOUT
        )
    try:
        yield Served(process, _port(process, log), log)
    finally:
        process.kill()
        process.wait()
        log.unlink()


def _port(process: "subprocess.Popen[bytes]", log: Path) -> int:
    for _ in range(600):
        for line in log.read_text(encoding="utf-8").splitlines():
            if "serving at " in line:
                return int(line.rpartition(":")[2])
        if process.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit(f"the service did not start: {log.read_text(encoding='utf-8')}")
