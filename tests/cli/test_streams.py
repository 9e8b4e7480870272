"""The pipes of docs/streams.md, as they stand there."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

import mner
from mner.cli import app
from tests.test_docs import page

TAIL, KAFKA = re.findall(r"^```sh\n(.*?)^```", page("streams.md"), re.DOTALL | re.MULTILINE)
_BROKER = re.compile(r"bootstrap\.servers=(127\.0\.0\.1:\d+)")
needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash and tail")
needs_kcat = pytest.mark.skipif(shutil.which("kcat") is None, reason="needs kcat")


def post(name: str, text: str) -> str:
    return json.dumps({"id": name, "text": text}) + "\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the command `mner` is that of this source."""
    program = tmp_path / "mner"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mner "$@"\n', encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(Path(mner.__file__).parents[1]))
    return tmp_path


@contextmanager
def running(command: str, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Programs between pipes, all of which are ended."""
    with subprocess.Popen(
        ["bash", "-c", command],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def wait_for(look: Callable[[], list[str]]) -> list[str]:
    """Look until something is there."""
    deadline = time.monotonic() + 60
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def next_id(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("{"), line
    return str(json.loads(line)["id"])


@needs_bash
def test_a_post_comes_out_while_the_file_grows(place: Path) -> None:
    posts = place / "posts.jsonl"
    posts.write_text(post("a", "saw Ann in Rome"), encoding="utf-8")
    with running(TAIL, place) as process:
        assert next_id(process) == "a"
        with posts.open("a", encoding="utf-8") as stream:
            stream.write(post("b", "so far from Oslo") + post("c", "Bob flew to Lima"))
        assert [next_id(process), next_id(process)] == ["b", "c"]


@needs_bash
@needs_kcat
def test_messages_of_kafka_are_tagged(place: Path) -> None:
    # A client of librdkafka can hold a cluster for tests, as long as it lives.
    log = place / "cluster.log"
    log.touch()
    cluster = f"sleep 100 | kcat -P -X test.mock.num.brokers=1 -b x:1 -t seed -d mock 2> {log}"
    with running(cluster, place):
        address = wait_for(lambda: _BROKER.findall(log.read_text(encoding="utf-8")))[0]

        def send(text: str) -> None:
            command = ["kcat", "-P", "-b", address, "-t", "posts", "-p", "0"]
            subprocess.run(command, input=text, check=True, text=True, timeout=60)

        # kcat sends what it is given in blocks of 1,024 bytes: the last posts wait for others.
        posts = [post(str(number), "so far from Oslo") for number in range(60)]
        send(posts[0] + "no post\n" + "".join(posts[1:]))
        from_start = KAFKA.replace("localhost:9092", address).replace("-C -q", "-C -q -o beginning")
        tagged = ["kcat", "-C", "-q", "-e", "-b", address, "-t", "tagged", "-o", "beginning"]

        def received() -> list[str]:
            done = subprocess.run(tagged, check=False, capture_output=True, text=True, timeout=60)
            return done.stdout.splitlines()

        with running(from_start, place):
            lines = wait_for(lambda: found if len(found := received()) > 30 else [])
        found = {tagged["id"]: tagged["entities"] for tagged in map(json.loads, lines)}
        assert set(map(str, range(30))) <= found.keys()
        assert [entity["text"] for entity in found["0"]] == ["Oslo"]


@pytest.mark.parametrize("wait", ["0", "250"])
def test_the_wait_changes_no_result(wait: str) -> None:
    posts = "".join(post(str(number), "saw Ann in Rome") for number in range(40))
    command = ["tag", "--input", "-", "--format", "jsonl"]
    expected = CliRunner().invoke(app, command, input=posts)
    result = CliRunner().invoke(app, [*command, "--max-wait", wait], input=posts)
    assert (result.exit_code, result.stdout) == (0, expected.stdout)


def test_a_text_waits_for_none() -> None:
    result = CliRunner().invoke(app, ["tag", "saw Ann in Rome", "--max-wait", "5"])
    assert result.exit_code == 2
    assert "--max-wait does not go with TEXT" in result.output
