"""Trainings in processes of their own, several at a time."""

import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event

from mner.errors import MnerError
from mner.runs.plan import Plan

__all__ = ["train_in_processes"]

_LOG = logging.getLogger(__name__)


def train_in_processes(plan: Plan, seeds: Sequence[int], *, jobs: int) -> None:
    """Train the runs of some seeds, each in a process of its own.

    When a training fails, the others that run are finished, because their folders can be used
    again, and no further one is started. When this program is interrupted, so are the trainings.

    Args:
        plan: what to train.
        seeds: the seeds.
        jobs: number of trainings that run at a time; with several, each has one thread.

    Raises:
        MnerError: a training failed; the message has its seed and its last line.
    """
    processes = _Processes(plan, threads=None if jobs == 1 else 1)
    pool = ThreadPoolExecutor(jobs)
    trainings = [pool.submit(processes.train, seed) for seed in seeds]
    try:
        wait(trainings)
    except (KeyboardInterrupt, SystemExit):
        processes.stop()
        raise
    finally:
        pool.shutdown()
    for training in trainings:
        training.result()  # raises the error of the training


class _Processes:
    """The processes of a plan: those that run, and whether further ones may start."""

    def __init__(self, plan: Plan, *, threads: int | None) -> None:
        self._plan = plan
        self._environment = dict(os.environ)
        if threads is not None:
            self._environment["OMP_NUM_THREADS"] = str(threads)
        self._is_over = Event()
        self._running: set[subprocess.Popen[str]] = set()

    def train(self, seed: int) -> None:
        """Train the run of a seed; do nothing if a training has failed, or after `stop`."""
        if self._is_over.is_set():
            return
        last = ""
        with subprocess.Popen(
            self._command(seed),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=self._environment,
        ) as process:
            self._running.add(process)
            if self._is_over.is_set():
                process.terminate()
            assert process.stderr is not None
            for line in filter(None, map(str.strip, process.stderr)):
                last = line
                _LOG.info("seed %d: %s", seed, line)
            self._running.discard(process)
        if process.returncode:
            # In this thread, which would otherwise start the next seed before the error is raised.
            self._is_over.set()
            raise MnerError(
                f"seed {seed}: training failed with exit code {process.returncode}: "
                f"{last.removeprefix('Error: ')}; runs that are trained are kept"
            )

    def stop(self) -> None:
        """End the trainings; the state of their last epochs is kept."""
        self._is_over.set()
        for process in list(self._running):
            process.terminate()

    def _command(self, seed: int) -> list[str]:
        """Return the command of a training: recipe, seed and folder, but no test file."""
        command = [sys.executable, "-m", "mner", "train", str(self._plan.recipe)]
        command += ["--seed", str(seed), "--out", str(self._plan.runs[seed]), "--resume"]
        if self._plan.device != "auto":
            command += ["--device", self._plan.device]
        for change in self._plan.changes:
            command += ["--set", change]
        return command
