"""What the HTML pages of reports share: entities in colour, the grid of a picture's regions, and files that appear when they are complete."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isqrt
from pathlib import Path
from typing import Any

from mner.bio import spans_to_tags
from mner.errors import InputError
from mner.files.output import replacing
from mner.pages import html
from mner.types import Entity, Post

__all__ = ["Line", "Stretch", "grid_of", "mark", "tones_of", "write_page"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words, with their positions, that are one entity or stand outside of all."""

    words: tuple[tuple[int, str], ...]
    entity: Entity | None = None
    tone: int = 0
    is_correct: bool | None = None
    """None where there is no gold to compare with."""


@dataclass(frozen=True, slots=True)
class Line:
    """A post as one source marks it."""

    name: str
    stretches: tuple[Stretch, ...]
    missed: tuple[str, ...] = ()
    """Gold entities that are not here."""


def write_page(path: Path, template: str, view: Mapping[str, Any]) -> None:
    """Write a page as one file; an older one is replaced when the new one is complete.

    Args:
        path: the file.
        template: its name in `mner/web`.
        view: what the template shows.

    Raises:
        InputError: the file cannot be written.
    """
    page = html.template(template).render(view)
    try:
        with replacing(path) as stream:
            stream.write(
                page.encode(errors="replace").decode()
            )  # half of a character cannot be written
    except OSError as exc:
        raise InputError(
            f"{path}: the report cannot be written ({exc.strerror or exc}): choose another place"
        ) from exc


def tones_of(labels: Iterable[str]) -> dict[str, int]:
    """The number of the colour of each label; labels in the order of the alphabet."""
    return {label: place % html.TONES for place, label in enumerate(sorted(set(labels)))}


def mark(
    name: str,
    post: Post,
    entities: Sequence[Entity],
    *,
    tones: Mapping[str, int],
    gold: Sequence[Entity] | None = None,
) -> Line:
    """A post as a line to be shown.

    Args:
        name: who marks it.
        post: its words.
        entities: to be marked.
        tones: the colour of each label.
        gold: to compare them with, where there is gold.

    Raises:
        InputError: entities overlap or leave the post.
    """
    spans_to_tags([entity.span for entity in entities], len(post.tokens))
    expected = None if gold is None else {entity.span for entity in gold}
    found = {entity.span for entity in entities}
    missed = sorted((expected or set()) - found)
    return Line(
        name=name,
        stretches=tuple(_stretches(post.tokens, entities, tones=tones, expected=expected)),
        missed=tuple(
            f"{' '.join(post.tokens[start:end])} ({label})" for start, end, label in missed
        ),
    )


def grid_of(regions: int) -> tuple[int, int]:
    """Rows and columns in which a picture's regions are shown; regions that are no square stand in one row."""
    side = isqrt(regions)
    return (side, side) if side * side == regions else (1, regions)


def _stretches(
    tokens: Sequence[str],
    entities: Iterable[Entity],
    *,
    tones: Mapping[str, int],
    expected: set[tuple[int, int, str]] | None,
) -> Iterator[Stretch]:
    words = tuple(enumerate(tokens))
    place = 0
    for entity in sorted(entities, key=lambda each: each.start):
        if entity.start > place:
            yield Stretch(words[place : entity.start])
        is_correct = None if expected is None else entity.span in expected
        yield Stretch(words[entity.start : entity.end], entity, tones[entity.label], is_correct)
        place = entity.end
    if place < len(words):
        yield Stretch(words[place:])
