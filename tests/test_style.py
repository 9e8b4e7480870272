"""What the code and the pages promise of their form: widths, and tables that name what is there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "mner"
PAGES = sorted(
    page
    for folder in (".", "docs", "benchmarks", "benchmarks/results", "src/mner/starter")
    for page in (ROOT / folder).glob("*.md")
)
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
WIDTH = 100
_ADDRESS = re.compile(r"https?://\S+")
_NAME = re.compile(r"`([\w/]+/|[\w/]+\.(?:py|md))`")


def wide_lines(markdown: str) -> Iterator[int]:
    """The numbers of the lines above 100 columns, but for tables, addresses and output."""
    is_output = False
    is_block = False
    for number, line in enumerate(markdown.splitlines(), start=1):
        if line.startswith("```"):
            is_block = not is_block
            is_output = is_block and line == "```text"
        is_table = line.startswith("|") and not is_block
        if is_output or is_table or _ADDRESS.search(line):
            continue
        if len(line) > WIDTH:
            yield number


def named_in_tables(markdown: str) -> list[str]:
    """The files and folders that rows of tables name."""
    rows = [line for line in markdown.splitlines() if line.startswith("|")]
    return [name for row in rows for name in _NAME.findall(row)]


def is_there(name: str) -> bool:
    return any(
        (folder / name).exists() for folder in (ROOT, PACKAGE, PACKAGE / "pictures/encoders")
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_pages_have_at_most_100_columns(page: Path) -> None:
    assert list(wide_lines(page.read_text(encoding="utf-8"))) == []


def test_the_tables_for_contributors_name_what_is_there() -> None:
    names = named_in_tables(CONTRIBUTING)
    assert len(names) > 60
    assert [name for name in names if not is_there(name)] == []


def test_the_tables_for_contributors_name_every_room() -> None:
    rooms = {path.name.removesuffix(".py") for path in PACKAGE.iterdir() if path.name[0] != "_"}
    floors = "".join(line for line in CONTRIBUTING.splitlines() if line.startswith("| "))
    data = {"recipes", "starter", "web", "py.typed"}
    assert [room for room in sorted(rooms - data) if f"`{room}`" not in floors] == []


def test_planted_faults_are_found() -> None:
    wide = "x" * 101
    page = f"{wide}\n|{wide}|\n```text\n{wide}\n```\n```sh\n{wide}\n|{wide}\n```\nhttps://{wide}\n"
    assert list(wide_lines(page)) == [1, 7, 8]
    row = "| x | `posts/nothing.py`, `posts/read.py` and `nowhere/` |"
    names = named_in_tables(row)
    assert names == ["posts/nothing.py", "posts/read.py", "nowhere/"]
    assert [name for name in names if not is_there(name)] == ["posts/nothing.py", "nowhere/"]
