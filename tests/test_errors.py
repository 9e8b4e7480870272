import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import mner
from mner.errors import clipped, quoted

ODD = "\x1b[31m \x07 \x9b2J \u202e \u2066 \r\n \x00 \u200b"


@pytest.mark.parametrize("length", [0, 1, 190, 198, 199, 200, 201, 1000])
def test_a_message_shows_at_most_200_characters(length: int) -> None:
    text = "x" * length
    assert clipped(text) == (text if length <= 200 else text[:197] + "...")
    assert quoted(text) == (repr(text) if length <= 198 else repr(text)[:197] + "...")
    for value in (text.encode(), [text], {text: text}, 10**length):
        assert len(quoted(value)) <= 200
    assert len(clipped("\x00" * length)) <= 200


def test_a_large_value_is_not_written_out_to_be_cut() -> None:
    class Text(str):
        def __getitem__(self, part: object) -> str:
            return "begin"

        def __repr__(self) -> str:
            raise AssertionError("the whole text was written out")

    assert quoted(Text("x")) == "'begin'"


def test_nothing_in_a_message_has_power_over_a_terminal() -> None:
    assert quoted(ODD).isprintable()
    assert clipped(ODD).isprintable()
    assert clipped("caf\u00e9 \U0001f600") == "caf\u00e9 \U0001f600"
    assert clipped("\x1b[0m") == "\\x1b[0m"
    assert clipped(ValueError("a\nb")) == "a\\nb"


ROOT = Path(mner.__file__).parent
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
        f"{path.relative_to(ROOT)}, {where}"
        for path in sorted(ROOT.rglob("*.py"))
        if path.relative_to(ROOT).as_posix() not in MAY_USE_REPR
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
