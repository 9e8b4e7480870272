"""The service as users start it: a process on the loopback address."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import mner
from mner.tagging.starter import starter_model
from tests.test_privacy import HOOK

ROOT = Path(mner.__file__).parents[1]
POST = json.dumps({"text": "saw Ann in Rome"})
CLIENTS = 16


@dataclass
class Service:
    """A process that serves, and what it has logged."""

    process: subprocess.Popen[str]
    port: int
    log: list[str] = field(default_factory=list)

    def ask(self, body: str = POST, path: str = "/v1/tag") -> int:
        """Return the status of one request, whose answer is read to its end."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            json.loads(answer.read())
            return answer.status
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def wait_for_log(self, part: str) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line)
            if part in line:
                return
        raise AssertionError("".join(self.log))

    def end(self) -> int:
        """Return the exit code, after the rest of the log."""
        assert self.process.stderr is not None
        self.log += self.process.stderr.readlines()
        return self.process.wait(60)

    def statuses(self) -> list[int]:
        """The answers that were logged."""
        events = [json.loads(line) for line in self.log if line.startswith('{"event"')]
        return [event["status"] for event in events if event["method"] == "POST"]


@contextmanager
def serving(*options: str | Path, folder: Path, hook: str = "") -> Iterator[Service]:
    (folder / "hook").mkdir()
    (folder / "hook" / "sitecustomize.py").write_text(hook)
    environment = os.environ | {"PYTHONPATH": f"{folder / 'hook'}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "mner", "serve", "--port", "0", *map(str, options)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        service = Service(process, 0)
        try:
            service.wait_for_log("serving at ")
            service.port = int(service.log[-1].rpartition(":")[2])
            yield service
        finally:
            process.kill()


class Crowd:
    """Clients that ask until they cannot connect, are stopped, or have asked often enough."""

    def __init__(self, service: Service, *, most: int = 10_000) -> None:
        self.statuses: list[int] = []
        self.unanswered: list[Exception] = []
        self.some_are_answered, self.stopped = threading.Event(), threading.Event()
        self._service, self._most = service, most
        self._threads = [threading.Thread(target=self._ask) for _ in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def _ask(self) -> None:
        for _ in range(self._most):
            if self.stopped.is_set():
                return
            try:
                self.statuses.append(self._service.ask())
            except (OSError, http.client.HTTPException) as exc:
                self.unanswered.append(exc)
                return
            if len(self.statuses) > 50:
                self.some_are_answered.set()

    def end(self) -> None:
        for thread in self._threads:
            thread.join()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_under_load_loses_no_accepted_request(tmp_path: Path, number: int) -> None:
    with serving("--wait", "50", folder=tmp_path) as service:
        crowd = Crowd(service)
        reader = threading.Thread(target=service.end)
        reader.start()
        assert crowd.some_are_answered.wait(60)
        service.process.send_signal(number)
        crowd.end()
        reader.join()
        assert service.process.wait(60) == 0
        assert set(crowd.statuses) == {200}
        # Whoever was not answered was not heard either: there are as many answers as the service
        # has logged.
        assert len(service.statuses()) == len(crowd.statuses)
        assert len(crowd.unanswered) == CLIENTS


def test_overload_is_answered_by_503(tmp_path: Path) -> None:
    options = ("--wait", "500", "--batch", "1000", "--queue", "4", "--max-posts", "4")
    with serving(*options, folder=tmp_path) as service:
        crowd = Crowd(service, most=1)
        crowd.end()
        assert crowd.unanswered == []
        assert sorted(crowd.statuses) == [200] * 4 + [503] * (CLIENTS - 4)
        assert service.ask() == 200


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="the system has no SIGHUP")
def test_models_are_loaded_again_without_a_lost_request(tmp_path: Path, pixel_model: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(starter_model(), folder)
    with serving("--model", f"m={folder}", folder=tmp_path) as service:
        before = service.get("/v1/models")["models"][0]["fingerprint"]
        crowd = Crowd(service)
        assert crowd.some_are_answered.wait(60)
        folder.rename(tmp_path / "before")
        shutil.copytree(pixel_model, folder)
        service.process.send_signal(signal.SIGHUP)
        service.wait_for_log(" serves m (")
        crowd.stopped.set()
        crowd.end()
        assert crowd.unanswered == []
        assert set(crowd.statuses) == {200}
        assert service.get("/v1/models")["models"][0]["fingerprint"] != before
        service.process.terminate()
        assert service.end() == 0


def test_names_that_are_allowed_keep_others_out(tmp_path: Path) -> None:
    with serving("--host", "0.0.0.0", "--allow-host", "Box", folder=tmp_path) as service:
        names = {"box": 200, f"127.0.0.1:{service.port}": 200, "stranger.example": 421}
        for name, status in names.items():
            connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
            connection.request("GET", "/healthz", headers={"Host": name})
            assert connection.getresponse().status == status, name
            connection.close()


def test_the_service_opens_no_socket_but_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # By these, FastAPI would send to a collector of OpenTelemetry.
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    with serving(folder=tmp_path, hook=HOOK) as service:
        assert service.ask() == 200
        url = json.dumps({"text": "Rome", "picture_url": "http://127.0.0.1:9/x.png"})
        assert service.ask(url) == 422
        service.process.terminate()
        assert service.end() == 0
    network = [line for line in service.log if line.startswith("NETWORK")]
    assert len(network) == 1
    assert network[0].startswith("NETWORK socket.bind")
    assert "('127.0.0.1', 0)" in network[0]
    assert "Rome" not in "".join(service.log)
    assert "telemetry" not in "".join(service.log)


def test_a_client_that_hangs_up_is_no_failure(tmp_path: Path) -> None:
    with serving("--timeout", "1", folder=tmp_path) as service:
        head = b"POST /v1/tag HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        for rest in (b"Content-Length: 100\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"):
            connection = http.client.HTTPConnection("127.0.0.1", service.port)
            connection.connect()
            connection.sock.sendall(head + rest)
            connection.close()
        slow = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
        slow.connect()
        slow.sock.sendall(head + b"Content-Length: 100\r\n\r\n{")
        assert slow.sock.recv(1_000).startswith(b"HTTP/1.1 408 ")
        slow.close()
        assert service.ask() == 200
        service.process.terminate()
        assert service.end() == 0
        assert "Traceback" not in "".join(service.log)
