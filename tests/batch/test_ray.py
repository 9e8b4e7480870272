"""A cluster of two nodes on this machine. `make ray` installs Ray and runs this."""

import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from mner.batch.job import Done, Job
from mner.batch.plan import Part
from mner.batch.ray_engine import RayEngine
from mner.batch.run import tag_archive
from mner.errors import InputError, MnerError
from tests.batch.test_batch import TEXTS, InProcess, batch, rows_of, write_jsonl

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
ray = pytest.importorskip("ray", reason="ray is not installed: make ray installs it")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a cluster of two nodes with a processor each."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    cluster.add_node(num_cpus=1)
    yield cluster.address
    cluster.shutdown()


class Killing(RayEngine):
    """Kills a worker when the second part is done."""

    killed = 0

    def run(self, job: Job, parts: Sequence[Part]) -> Iterator[Done]:
        for number, done in enumerate(super().run(job, parts)):
            if number == 1:
                self.killed = kill_a_worker()
            yield done


def kill_a_worker() -> int:
    """Kill a process of Ray that holds a worker; return its number."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if command.startswith(b"ray::Worker") and is_ours(int(folder.name)):
            os.kill(int(folder.name), signal.SIGKILL)
            return int(folder.name)
    raise AssertionError("no worker of Ray was found")


def is_ours(process: int) -> bool:
    """Whether a process descends from this one: others may run Ray on this machine."""
    while process > 1:
        if process == os.getpid():
            return True
        process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    return False


def test_a_killed_worker_loses_and_doubles_nothing(address: str, tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "a.jsonl", TEXTS * 20)
    tag_archive(batch(source, tmp_path / "calm", part_rows=4), InProcess())
    engine = Killing(2, address=address)
    tag_archive(batch(source, tmp_path / "out", part_rows=4), engine)
    assert engine.killed
    assert rows_of(tmp_path / "out") == rows_of(tmp_path / "calm")


def test_what_went_wrong_in_a_worker_is_said(address: str, tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "a.jsonl")
    with pytest.raises(InputError, match="1 workers need 5 and 0: lower --workers"):
        tag_archive(batch(source, tmp_path / "big"), RayEngine(address=address, cpus=5))

    class Removing(RayEngine):
        def run(self, job: Job, parts: Sequence[Part]) -> Iterator[Done]:
            source.unlink()
            yield from super().run(job, parts)

    with pytest.raises(MnerError, match=r"a\.jsonl: cannot be read"):
        tag_archive(batch(source, tmp_path / "gone"), Removing(1, address=address))
