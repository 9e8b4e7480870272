"""The pages that prove something by numbers: each Python block runs, and prints what the page says it prints."""

import contextlib
import io
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
_BLOCK = re.compile(r"^```python\n(.*?)^```\n\s*^```text\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(page: str) -> list[tuple[str, str]]:
    """The Python blocks of a page, each with the output that stands below it."""
    return _BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))


@pytest.mark.parametrize("number", [0, 1])
def test_attention_prints_what_it_says(number: int) -> None:
    code, expected = blocks("attention.md")[number]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, f"attention.md, block {number}", "exec"), {})
    assert printed.getvalue() == expected


def test_every_python_block_has_its_output() -> None:
    assert len(blocks("attention.md")) == (DOCS / "attention.md").read_text(encoding="utf-8").count("```python\n") == 2
