from pathlib import Path

import pytest

from mner.errors import InputError
from mner.pages.html import jpeg_url
from mner.pages.page import Word, mark, write_page
from mner.types import Entity, Post

POST = Post("1", ("saw", "New", "York", "today"), entities=(Entity(1, 3, "LOC"),))


def test_a_line_is_running_text_in_stretches() -> None:
    line = mark("one", POST, [Entity(1, 2, "LOC")], gold=POST.entities)
    assert [(stretch.words, stretch.is_correct) for stretch in line.stretches] == [
        ((Word(0, "saw", " "),), None),
        ((Word(1, "New", " "),), False),
        ((Word(2, "York", " "), Word(3, "today", "")), None),
    ]
    assert line.missed == ("New York (LOC)",)
    assert line.has_entities
    plain = mark("gold", POST, POST.entities or ())
    assert [stretch.is_correct for stretch in plain.stretches] == [None] * 3
    assert not mark("none", POST, ()).has_entities


def test_entities_that_overlap_are_an_error() -> None:
    with pytest.raises(InputError, match="overlaps"):
        mark("one", POST, [Entity(0, 2, "LOC"), Entity(1, 3, "LOC")])


def test_a_picture_is_in_its_url() -> None:
    assert jpeg_url(b"\xff\xd8\xff") == "data:image/jpeg;base64,/9j/"


def test_a_page_takes_the_place_of_what_a_link_leads_to(tmp_path: Path) -> None:
    (tmp_path / "report.html").symlink_to("old.html")
    (tmp_path / "old.html").write_text("old")
    (tmp_path / "old.html").chmod(0o640)
    write_page(tmp_path / "report.html", "page.html.j2", {})
    assert (tmp_path / "report.html").is_symlink()
    assert (tmp_path / "old.html").read_text() != "old"
    assert (tmp_path / "old.html").stat().st_mode & 0o777 == 0o640


def test_a_page_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(InputError, match=r"report\.html: the report cannot be written"):
        write_page(tmp_path / "report.html", "page.html.j2", {})
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
