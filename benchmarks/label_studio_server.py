"""A Label Studio of its own on the loopback address."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener, urlopen

__all__ = ["LabelStudio", "free_port", "running"]

_USER, _PASSWORD = "annotator@example.org", "only-for-this-run"
_TOKEN = "0123456789abcdef0123456789abcdef01234567"
_SETTINGS = {
    # Nothing is sent anywhere.
    "LABEL_STUDIO_COLLECT_ANALYTICS": "false",
    "LABEL_STUDIO_LATEST_VERSION_CHECK": "false",
    "LABEL_STUDIO_SENTRY_DSN": "",
    "LABEL_STUDIO_FRONTEND_SENTRY_DSN": "",
    # Label Studio calls backends and webhooks on the machine itself only where both are off.
    "LABEL_STUDIO_ML_BLOCK_LOCAL_IP": "false",
    "LABEL_STUDIO_SSRF_PROTECTION_ENABLED": "false",
    "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
    # Words in 40 pictures are read in less, also on a busy machine.
    "ML_TIMEOUT_PREDICT": "1800",
    "LABEL_STUDIO_USERNAME": _USER,
    "LABEL_STUDIO_PASSWORD": _PASSWORD,
    "LABEL_STUDIO_USER_TOKEN": _TOKEN,
}
_SECONDS_TO_START = 1_800


@dataclass(frozen=True)
class LabelStudio:
    """A client of a Label Studio that runs."""

    url: str

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Return the answer of the API, whatever JSON it is.

        Raises:
            HTTPError: Label Studio refuses the request.
        """
        content = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Token {_TOKEN}", "Content-Type": "application/json"}
        with urlopen(Request(f"{self.url}{path}", content, headers, method=method)) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def project(self, config: str, **settings: object) -> int:
        """Make a project, and return its number."""
        given = {"title": "mner", "label_config": config, **settings}
        return int(self.call("POST", "/api/projects", given)["id"])

    def tasks(self, project: int) -> list[dict[str, Any]]:
        """Return the tasks of a project with their annotations and predictions."""
        path = f"/api/tasks?project={project}&fields=all&page_size=1000"
        answer = self.call("GET", path)
        return list(answer["tasks"])

    def predict(self, project: int) -> None:
        """Get predictions for all tasks of a project."""
        path = f"/api/dm/actions?id=retrieve_tasks_predictions&project={project}"
        self.call("POST", path, {"selectedItems": {"all": True, "excluded": []}})

    def session(self) -> list[dict[str, str]]:
        """Log in, and return the cookies of the session."""
        jar = CookieJar()
        opener = build_opener(HTTPCookieProcessor(jar))
        opener.open(f"{self.url}/user/login/").read()
        token = next(cookie.value for cookie in jar if cookie.name == "csrftoken")
        form = {"email": _USER, "password": _PASSWORD, "csrfmiddlewaretoken": token or ""}
        headers = {"Referer": f"{self.url}/user/login/"}
        opener.open(Request(f"{self.url}/user/login/", urlencode(form).encode(), headers)).read()
        return [{"name": c.name, "value": c.value or "", "url": self.url} for c in jar]


@contextmanager
def running(environment: Path, folder: Path) -> Iterator[LabelStudio]:
    """Start Label Studio with a database of its own, and end it afterwards.

    Args:
        environment: the virtual environment in which it is installed.
        folder: for its database, which is made if it is not there, and its log.
    """
    port = free_port()
    command = [str(environment / "bin" / "label-studio"), "start", "--no-browser"]
    command += ["--port", str(port), "--internal-host", "127.0.0.1"]
    variables = os.environ | _SETTINGS | {"LABEL_STUDIO_BASE_DATA_DIR": str(folder / "data")}
    variables.pop("PYTHONPATH", None)
    with (folder / "label-studio.log").open("wb") as log:
        process = subprocess.Popen(command, env=variables, stdout=log, stderr=log)
        try:
            server = LabelStudio(f"http://127.0.0.1:{port}")
            _wait(server, process)
            yield server
        finally:
            process.terminate()
            process.wait(60)


def free_port() -> int:
    """Return a port of the loopback address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait(server: LabelStudio, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError("Label Studio ended: see label-studio.log")
        try:
            server.call("GET", "/api/version")
        except URLError:
            time.sleep(1)
        else:
            return
    raise RuntimeError(f"Label Studio did not start in {_SECONDS_TO_START} s")
