"""The labelling page of Label Studio in headless Chromium: what an annotator sees and sends."""

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.label_studio_server import LabelStudio
from tests.browser import Browser, opened

__all__ = ["Page", "logged_in"]

_SECONDS = 120
_MARKED = "[...document.querySelectorAll('.htx-highlight')].map(e => e.innerText).join('')"
_SUBMIT = "document.querySelector('button[aria-label=submit],button[name=submit]')"


@dataclass(frozen=True)
class Page:
    """A browser in which somebody is logged in."""

    browser: Browser
    url: str

    def open(self, project: int, task: int) -> None:
        """Open a task, and wait until it can be submitted."""
        self.browser.send("Page.navigate", url=f"{self.url}/projects/{project}/data?task={task}")
        self._wait(f"!!{_SUBMIT}", "no button to submit a task")
        time.sleep(2)  # the regions are drawn one after the other

    def marked(self) -> str:
        """Return all words of the text that are marked, joined."""
        return str(self.browser.run(_MARKED))

    def regions(self) -> int:
        """Return the number of regions in the list beside the task."""
        return int(self.browser.run("document.querySelectorAll('.lsf-outliner-item').length"))

    def submit(self) -> None:
        """Send the annotation."""
        self.browser.run(f"{_SUBMIT}.click()")
        time.sleep(3)

    def picture(self, file: Path) -> None:
        """Write what is seen into a PNG file."""
        data = self.browser.send("Page.captureScreenshot")["data"]
        file.write_bytes(base64.b64decode(data))

    def _wait(self, expression: str, problem: str) -> None:
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            if self.browser.run(expression):
                return
            time.sleep(0.5)
        raise AssertionError(problem)


@contextmanager
def logged_in(server: LabelStudio) -> Iterator[Page]:
    """Start a browser in which the annotator is logged in."""
    with opened() as browser:
        browser.send("Network.setCookies", cookies=server.session())
        browser.send(
            "Emulation.setDeviceMetricsOverride",
            width=1280, height=900, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        yield Page(browser, server.url)
