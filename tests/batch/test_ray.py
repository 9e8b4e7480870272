"""A cluster of two nodes on this machine. `make ray` installs Ray and runs this."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from mner.batch.engines import NOTHING_APART
from mner.batch.job import Done, Job, StageName
from mner.batch.plan import Part
from mner.batch.ray_engine import RayEngine
from mner.batch.run import tag_archive
from mner.batch.stages import Needs
from mner.errors import InputError, MnerError
from tests.batch.test_batch import TEXTS, InProcess, batch, write_jsonl
from tests.batch.test_stages import batch_of, contents, needs_engine, write_archive

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


class Disturbed(RayEngine):
    """Does something once, when the second part is done."""

    def __init__(
        self,
        workers: int,
        disturb: Callable[[], object],
        *,
        address: str,
        apart: Mapping[StageName, Needs] = NOTHING_APART,
    ) -> None:
        super().__init__(workers, address=address, apart=apart)
        self.disturb = disturb
        self.is_disturbed = False

    def run(self, job: Job, parts: Sequence[Part]) -> Iterator[Done]:
        for number, done in enumerate(super().run(job, parts)):
            if number == 1:
                self.disturb()
                self.is_disturbed = True
            yield done


def kill_a_worker(name: str = "Worker") -> int:
    """Kill a process of Ray that holds a worker of this class; return its number."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if command.startswith(f"ray::{name}".encode()) and is_ours(int(folder.name)):
            os.kill(int(folder.name), signal.SIGKILL)
            return int(folder.name)
    raise AssertionError(f"no {name} of Ray was found")


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
    engine = Disturbed(2, kill_a_worker, address=address)
    tag_archive(batch(source, tmp_path / "out", part_rows=4), engine)
    assert engine.is_disturbed
    assert contents(tmp_path / "out") == contents(tmp_path / "calm")


@needs_engine
@pytest.mark.parametrize("victim", ["Worker", "LetteringWorker"])
def test_killed_workers_of_a_stage_lose_and_double_nothing(
    victim: str, address: str, tmp_path: Path
) -> None:
    source = write_archive(tmp_path, posts=60)
    tag_archive(batch_of(source, tmp_path / "calm", words=True), InProcess())
    engine = Disturbed(
        1, lambda: kill_a_worker(victim), address=address, apart={"lettering": Needs(1)}
    )
    tag_archive(batch_of(source, tmp_path / "out", words=True), engine)
    assert engine.is_disturbed
    assert contents(tmp_path / "out") == contents(tmp_path / "calm")


def test_a_machine_that_is_lost_and_replaced_loses_and_doubles_nothing(tmp_path: Path) -> None:
    from ray.cluster_utils import Cluster

    source = write_jsonl(tmp_path / "a.jsonl", TEXTS * 20)
    tag_archive(batch(source, tmp_path / "calm", part_rows=4), InProcess())
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    lost = cluster.add_node(num_cpus=1)

    def lose_a_machine() -> None:
        cluster.remove_node(lost, allow_graceful=False)
        cluster.add_node(num_cpus=1)

    engine = Disturbed(2, lose_a_machine, address=cluster.address)
    try:
        tag_archive(batch(source, tmp_path / "out", part_rows=4), engine)
    finally:
        cluster.shutdown()
    assert engine.is_disturbed
    assert contents(tmp_path / "out") == contents(tmp_path / "calm")


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
