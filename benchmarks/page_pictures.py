"""The pictures of the service's page in the README and the docs, taken in headless Chromium.

usage: python -m benchmarks.page_pictures DEMO

DEMO is a folder in which `mner demo` has trained; its tagger with pictures is the model of the
page. The pictures are WebP, written into docs/.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from mner.tagging.starter import starter_model
from tests.browser import Browser, opened

DOCS = Path(__file__).parents[1] / "docs"
_READY = "!document.body.hasAttribute('aria-busy') && document.querySelector('#model').value !== ''"
_TABLE = """id,text
1,Ann Roe lands in Lisbon
2,"Rain again, sadly"
3,Back with KLM from Oslo
"""

_MOST_ATTENTIVE = """
    (({words}) => {
        const highest = words.map(row => Math.max(...row));
        const word = highest.indexOf(Math.max(...highest));
        document.querySelector(`[data-word="${word}"]`).click();
    })(JSON.parse(document.querySelector('pre').textContent).explanation.where)
"""
"""Chooses the word with the highest share of attention for one region."""


def main(demo: Path) -> None:
    """Take all pictures."""
    models = (f"--model=demo={demo / 'co-attention'}", f"--model=starter={starter_model()}")
    with _serving(*models) as address, opened() as browser:
        _open(browser, address)
        _example(browser, 0)
        browser.run(_MOST_ATTENTIVE)
        _save(browser, "page.webp", "#result")
        _open(browser, address, width=420, dark=True)
        _choose_starter(browser)
        _example(browser, 2)
        _save(browser, "page-lettering.webp", "#result")
        _open(browser, address)
        _choose_starter(browser)
        _tag_table(browser)
        _save(browser, "page-table.webp", "#many")


@contextmanager
def _serving(*options: str) -> Iterator[str]:
    """Start the service, and give its address."""
    command = [sys.executable, "-m", "mner", "serve", "--port", "0", *options]
    with subprocess.Popen(command, env=os.environ, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            lines = (line for line in process.stderr if line.startswith("serving at "))
            yield next(lines).removeprefix("serving at ").strip()
        finally:
            process.kill()


def _open(browser: Browser, address: str, *, width: int = 1280, dark: bool = False) -> None:
    browser.open(f"{address}/", width=width, dark=dark)
    browser.wait_for(_READY)


def _choose_starter(browser: Browser) -> None:
    browser.run(
        "document.querySelector('#model').value = 'starter';"
        "document.querySelector('#model').dispatchEvent(new Event('change'))"
    )


def _example(browser: Browser, number: int) -> None:
    browser.run(f"document.querySelectorAll('.example')[{number}].click()")
    browser.wait_for(f"{_READY} && !document.querySelector('#result').hidden")


def _tag_table(browser: Browser) -> None:
    with TemporaryDirectory() as folder:
        table = Path(folder) / "posts.csv"
        table.write_text(_TABLE, encoding="utf-8")
        browser.drop(table, x=200, y=200)
        browser.wait_for(f"{_READY} && !document.querySelector('#table-options').hidden")
    browser.run("document.querySelector('#tag-table').click()")
    browser.wait_for(f"{_READY} && !document.querySelector('#found').hidden")


def _save(browser: Browser, name: str, selector: str) -> None:
    """Take a picture of an element."""
    place = browser.run(
        "(({x, y, width, height}) => ({x, y: y + scrollY, width, height}))"
        f"(document.querySelector('{selector}').getBoundingClientRect())"
    )
    content = browser.screenshot(kind="webp", quality=80, clip=place | {"scale": 1})
    (DOCS / name).write_bytes(content)
    print(f"docs/{name}: {len(content):,} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
