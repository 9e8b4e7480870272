"""`CITATION.cff` has the fields that its format asks for, and agrees with the package."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def fields() -> dict[str, str]:
    """The fields of the outermost level that have a value in one line."""
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z-]+): *(.+)$", text, re.MULTILINE))


def test_the_fields_that_the_format_asks_for_are_there() -> None:
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert fields().keys() >= {"cff-version", "message", "title"}
    assert fields()["cff-version"] == "1.2.0"
    assert re.search(r"^authors:\n  - name: The mner authors$", text, re.MULTILINE)


def test_it_agrees_with_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert fields()["license"] == project["license"]
    assert fields()["title"].strip('"').startswith(project["name"])
