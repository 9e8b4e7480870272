"""Pages in a real browser: headless Chromium, driven over a pipe without any other package."""

import json
import os
import shutil
import signal
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any

import pytest

__all__ = ["Browser", "needs_chromium", "opened"]

_CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")

needs_chromium = pytest.mark.skipif(
    _CHROMIUM is None, reason="needs chromium on the path, to open pages as their readers do"
)

_OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip


@dataclass
class Browser:
    """One open page. Methods send commands of the Chrome DevTools Protocol."""

    to_browser: int
    """A file descriptor for commands."""
    from_browser: int
    session: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=count)
    _rest: bytes = b""

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return its result; what happens before it is added to `events`."""
        number = next(self._ids)
        message = {"id": number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to_browser, json.dumps(message).encode() + b"\0")
        while (answer := self._next_message()).get("id") != number:
            self.events.append(answer)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def open(self, page: Path | str, *, width: int = 1280, dark: bool = False) -> None:
        """Open a file or a URL and wait until it is loaded."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=900, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])
        self.events.clear()
        url = page if isinstance(page, str) else page.absolute().as_uri()
        self.send("Page.navigate", url=url)
        while "Page.loadEventFired" not in {event.get("method") for event in self.events}:
            self.events.append(self._next_message())

    def run(self, expression: str) -> Any:
        """Return what a JavaScript expression gives in the page."""
        result = self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def wait_for(self, expression: str, *, seconds: float = 60) -> None:
        """Wait until an expression is true in the page."""
        deadline = monotonic() + seconds
        while not self.run(expression):
            assert monotonic() < deadline, f"never true: {expression}"
            sleep(0.05)

    def drop(self, *files: Path, x: float, y: float) -> None:
        """Drag files over a place of the page and drop them there."""
        data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.send("Input.dispatchDragEvent", type=kind, x=x, y=y, data=data)

    def screenshot(self, *, kind: str = "png", **options: Any) -> bytes:
        """Return a picture of the whole page."""
        shot = self.send(
            "Page.captureScreenshot", format=kind, captureBeyondViewport=True, **options
        )
        return b64decode(shot["data"])

    def complaints(self) -> list[str]:
        """Return what the browser logged: errors of scripts, and what the policy refused."""
        self.run("0")
        return [
            json.dumps(event["params"])
            for event in self.events
            if event.get("method") in {"Runtime.exceptionThrown", "Log.entryAdded"}
        ]

    def _next_message(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            received = os.read(self.from_browser, 1 << 20)
            assert received, "the browser has stopped"
            self._rest += received
        message, _, self._rest = self._rest.partition(b"\0")
        parsed: dict[str, Any] = json.loads(message)
        return parsed


@contextmanager
def opened() -> Iterator[Browser]:
    """Start a browser with an empty page, and stop it at the end."""
    assert _CHROMIUM is not None
    commands, to_browser = os.pipe()
    from_browser, answers = os.pipe()
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = os.posix_spawn(
            _CHROMIUM,
            [_CHROMIUM, *_OPTIONS, f"--user-data-dir={profile}"],
            os.environ,
            # The browser reads commands from descriptor 3 and answers on 4.
            file_actions=[
                (os.POSIX_SPAWN_DUP2, commands, 30),
                (os.POSIX_SPAWN_DUP2, answers, 31),
                (os.POSIX_SPAWN_DUP2, 30, 3),
                (os.POSIX_SPAWN_DUP2, 31, 4),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ],
            setpgroup=0,
        )
        os.close(commands)
        os.close(answers)
        try:
            browser = Browser(to_browser, from_browser)
            target = browser.send("Target.createTarget", url="about:blank")["targetId"]
            attached = browser.send("Target.attachToTarget", targetId=target, flatten=True)
            browser.session = attached["sessionId"]
            for domain in ("Page", "Runtime", "Log"):
                browser.send(f"{domain}.enable")
            yield browser
        finally:
            os.close(to_browser)
            os.close(from_browser)
            os.killpg(process, signal.SIGKILL)
            os.waitpid(process, 0)
