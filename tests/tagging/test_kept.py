"""What each format loses of a post is what the table in docs/formats.md says."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from mner.errors import InputError
from mner.formats import Format
from mner.posts.raw import raw_post
from mner.posts.read import read_posts
from mner.tagging.convert import style_of, write_as
from mner.types import Entity, Post

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("### What is lost")[2].partition("\n## ")[0]
ROWS = dict(re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", TABLE, re.MULTILINE))
PARTS: dict[str, Callable[[Post, Post], bool]] = {
    "id": lambda a, b: a.id == b.id,
    "tokens": lambda a, b: a.tokens == b.tokens,
    "text": lambda a, b: a.text == b.text,
    "pictures": lambda a, b: a.pictures == b.pictures,
    "caption": lambda a, b: a.caption == b.caption,
    "probability": lambda a, b: probabilities(a) == probabilities(b),
    "other fields": lambda a, b: b.extra is not None and b.extra.get("likes") in (3, "3"),
}
"""What may be lost, and whether it was kept."""
RICH = Post(
    "p7",
    ("Ann", "Roe", "Lima", "lands"),
    (Entity(0, 3, "PER", 0.75),),
    picture="a.jpg",
    more_pictures=("b.jpg",),
    caption="a city",
    text="Ann  RoeLima lands",
    offsets=((0, 3), (5, 8), (8, 12), (13, 18)),
    extra={"likes": 3},
)
OWN = replace(raw_post("p7", "Ann  RoeLima lands"), entities=(Entity(0, 2, "PER", 0.75),))
TABLES = {"csv", "tsv", "xlsx", "parquet"}
SURE = Post("p9", ("Lima",), (Entity(0, 1, "LOC"),), picture="p9")
UNKNOWN = Post("p8", ("nobody", "looked"), picture="p8")


def probabilities(post: Post) -> list[float | None]:
    return [entity.probability for entity in post.entities or ()]


def file_of(style: str, folder: Path) -> Path:
    """A name that goes with a format."""
    for ending in (f".{style}", ".jsonl", ".tsv", ""):
        path = folder / f"posts{ending}"
        try:
            style_of(path, style)
        except InputError:
            continue
        return path
    raise AssertionError(style)


def lost(style: str, folder: Path) -> list[str]:
    """What of a post with everything is lost, and whether it is lost that nobody has looked."""
    rich = replace(RICH, picture="p7", more_pictures=()) if style == "imgid" else RICH
    answers = []
    if style in TABLES:  # a row for each entity says nothing of other tokens
        answers.append("tokens, where `mner` cuts others")
        rich = replace(rich, tokens=OWN.tokens, offsets=OWN.offsets, entities=OWN.entities)
    path = file_of(style, folder)
    write_as([rich], path, style)
    (again,) = read_posts(path, keep=True, on_problem=lambda _: None)
    (entity,) = again.entities or ()
    assert ("".join(again.tokens[entity.start : entity.end]), entity.label) == ("AnnRoeLima", "PER")
    answers += [part for part, is_kept in PARTS.items() if not is_kept(rich, again)]
    path = file_of(style, folder / "second")
    path.parent.mkdir()
    try:
        write_as([SURE, UNKNOWN], path, style)
    except InputError:
        return [*answers, "cannot hold posts that are not annotated"]
    _, unknown = read_posts(path, on_problem=lambda _: None)
    return answers + (["not annotated"] if unknown.entities is not None else [])


WRITTEN = [name for name, row in ROWS.items() if row.split(" | ")[1] == "yes"]


@pytest.mark.parametrize("style", WRITTEN)
def test_what_is_lost_is_on_the_page(style: str, tmp_path: Path) -> None:
    for module, styles in {"spacy": {"spacy"}, "pyarrow": {"parquet", "datasets"}}.items():
        if style in styles:
            pytest.importorskip(module)
    assert ROWS[style].split(" | ")[2] == (", ".join(lost(style, tmp_path)) or "nothing")


def test_every_format_has_a_row() -> None:
    assert set(ROWS) == set(get_args(Format)) - {"auto"}
    with pytest.raises(InputError, match=r"expected one of (.*)") as refused:
        style_of(Path("x"), "none")
    assert set(WRITTEN) == set(str(refused.value).rpartition("expected one of ")[2].split(", "))
