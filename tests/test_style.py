"""What the code and the pages promise of their form: widths, tables that name what is there, and
messages that show no foreign text in full."""

import ast
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


OUR_ERRORS = {"ConfigError", "InputError", "MissingExtraError", "MnerError", "ModelError"}
OUR_ERRORS |= {"TransientError"}
SYSTEM_ERRORS = {"OSError", "UnicodeDecodeError", "UnicodeEncodeError"}
"""These say what the system said, and a path or a byte."""
MAY_USE_REPR = {"__init__.py"}
"""Files that write a value in full: the name of an attribute that a program asks for."""


def unbounded(tree: ast.AST) -> Iterator[str]:
    """Yield what f-strings show of foreign values in full: `!r`, and errors of other packages."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue) and node.conversion == ord("r"):
            yield f"line {node.lineno}: {ast.unparse(node.value)}!r"
        if isinstance(node, ast.ExceptHandler) and node.name and is_foreign(node.type):
            yield from shown_in_full(node)


def is_foreign(caught: ast.expr | None) -> bool:
    types = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    names = {ast.unparse(each).rpartition(".")[2] for each in types if each is not None}
    return not names & OUR_ERRORS and not names <= SYSTEM_ERRORS


def shown_in_full(handler: ast.ExceptHandler) -> Iterator[str]:
    for node in ast.walk(handler):
        if isinstance(node, ast.FormattedValue):
            shown = ast.unparse(node.value)
            if shown in {handler.name, f"str({handler.name})", "reason"}:
                yield f"line {node.lineno}: {shown}"


def test_no_message_shows_foreign_text_in_full() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}, {where}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).as_posix() not in MAY_USE_REPR
        for where in unbounded(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == [], "use `quoted` or `clipped` of mner.errors"


@pytest.mark.parametrize(
    ("code", "is_found"),
    [
        ("f'{name!r}'", True),
        ("f'{quoted(name)}'", False),
        ("try: pass\nexcept ValueError as exc: raise E(f'{exc}')", True),
        ("try: pass\nexcept (OSError, json.DecodeError) as exc: raise E(f'a {str(exc)}')", True),
        ("try: pass\nexcept ValueError as exc: raise E(f'{clipped(exc)}')", False),
        ("try: pass\nexcept OSError as exc: raise E(f'{exc}')", False),
        ("try: pass\nexcept InputError as exc: raise E(f'{exc}')", False),
    ],
)
def test_foreign_text_in_full_is_found(code: str, is_found: bool) -> None:
    assert bool(list(unbounded(ast.parse(code)))) == is_found
