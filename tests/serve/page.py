"""What tests do on the page of the service, as its users do it."""

import json
from pathlib import Path

from tests.browser import Browser
from tests.serve.test_process import Service

__all__ = ["READY", "RESULT", "ask", "choose_model", "drop", "press", "problem", "show"]

READY = "!document.body.hasAttribute('aria-busy')"
RESULT = "document.querySelector('#result')"


def show(browser: Browser, service: Service, *, width: int = 1280, dark: bool = False) -> None:
    browser.open(f"http://127.0.0.1:{service.port}/", width=width, dark=dark)
    browser.wait_for(f"{READY} && document.querySelector('#model').options.length > 0")


def choose_model(browser: Browser, name: str) -> None:
    browser.run(
        f"(model => {{ model.value = {json.dumps(name)};"
        "model.dispatchEvent(new Event('change')); })(document.querySelector('#model'))"
    )


def ask(browser: Browser, text: str) -> None:
    """Type a text, and press Ctrl+Enter."""
    browser.run("document.querySelector('#text').select()")
    browser.send("Input.insertText", text=text)
    press(browser, "Enter", modifiers=2)
    browser.wait_for(READY)


def press(browser: Browser, key: str, modifiers: int = 0) -> None:
    for kind in ("keyDown", "keyUp"):
        browser.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, modifiers=modifiers)


def problem(browser: Browser) -> str:
    browser.wait_for(f"{READY} && !document.querySelector('#problem').hidden")
    return str(browser.run("document.querySelector('#problem').textContent"))


def drop(browser: Browser, *files: Path) -> None:
    browser.drop(*files, x=200, y=200)
    browser.wait_for(READY)
