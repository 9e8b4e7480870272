"""Drawn signs: the names on them, and what is said where nothing can read them."""

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from mner.pages.examples import ExamplesPage, write_examples
from mner.runs.signs import read_signs, sign_examples

NAMES = [("LONDON", "LOC"), ("Starbucks", "ORG"), ("Taylor Swift", "PER")]


@pytest.mark.skipif(find_spec("rapidocr") is None, reason="rapidocr is not installed")
def test_the_names_on_the_signs_are_found_and_shown(tmp_path: Path) -> None:
    posts = read_signs(tmp_path / "signs")
    found = [(name.text, name.label) for post in posts for name in post.picture_entities or ()]
    assert found == NAMES
    page = ExamplesPage("Signs", (), sign_examples(posts, tmp_path / "signs"), has_gold=False)
    write_examples(tmp_path / "page.html", page)
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert html.count("Written in the picture:") == 3
    assert html.count('class="box tone') == 3
    assert "<h3>Gold</h3>" not in html


def test_without_the_extra_there_are_no_posts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    assert read_signs(tmp_path / "signs") == []
