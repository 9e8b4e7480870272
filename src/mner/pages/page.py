"""What the HTML pages of reports share: coloured entities, the grid of regions, one file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isqrt
from pathlib import Path
from typing import Any

from mner.bio import spans_to_tags
from mner.errors import InputError
from mner.files.write import new_text
from mner.pages import html
from mner.types import Entity, Post, Span

__all__ = ["Line", "Stretch", "grid_of", "mark", "tones_of", "write_page"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Successive words that are one entity, or that lie between entities."""

    words: tuple[tuple[int, str], ...]
    """Positions in the post, and words."""
    entity: Entity | None = None
    tone: int = 0
    """Number of the entity's colour."""
    is_correct: bool | None = None
    """None if there is no gold to compare with."""


@dataclass(frozen=True, slots=True)
class Line:
    """A post with the entities of one source, such as gold or a tagger."""

    name: str
    stretches: tuple[Stretch, ...]
    missed: tuple[str, ...] = ()
    """Gold entities that the source does not have."""


def write_page(path: Path, template: str, view: Mapping[str, Any]) -> None:
    """Write a page as one file, which replaces an older file once it is complete.

    Args:
        path: the file.
        template: file name of the template in `mner/web`.
        view: the values that the template shows, by the names that it uses.

    Raises:
        InputError: the file cannot be written.
    """
    # Half of a surrogate pair cannot be written as UTF-8.
    page = html.template(template).render(view).encode(errors="replace").decode()
    try:
        with new_text(path) as stream:
            stream.write(page)
    except OSError as exc:
        raise InputError(
            f"{path}: the report cannot be written ({exc.strerror or exc}): choose another file"
        ) from exc


def tones_of(labels: Iterable[str]) -> dict[str, int]:
    """Return the number of each label's colour, with the labels in alphabetical order."""
    return {label: number % html.TONES for number, label in enumerate(sorted(set(labels)))}


def mark(
    name: str,
    post: Post,
    entities: Sequence[Entity],
    *,
    tones: Mapping[str, int],
    gold: Sequence[Entity] | None = None,
) -> Line:
    """Return a post as a line of coloured words.

    Args:
        name: the source of the entities.
        post: its words.
        entities: the entities to colour.
        tones: the number of each label's colour.
        gold: the gold entities to compare with; None if there are none.

    Raises:
        InputError: entities overlap, or reach beyond the post.
    """
    spans = [entity.span for entity in entities]
    spans_to_tags(spans, len(post.tokens))
    if gold is None:
        return Line(name, tuple(_stretches(post.tokens, entities, tones=tones, gold=None)))
    gold_spans = {entity.span for entity in gold}
    missed = sorted(gold_spans.difference(spans))
    return Line(
        name,
        tuple(_stretches(post.tokens, entities, tones=tones, gold=gold_spans)),
        tuple(f"{' '.join(post.tokens[start:end])} ({label})" for start, end, label in missed),
    )


def grid_of(regions: int) -> tuple[int, int]:
    """Return the rows and columns in which a picture's regions are shown.

    A number of regions that is not a square number is shown as one row.
    """
    side = isqrt(regions)
    return (side, side) if side * side == regions else (1, regions)


def _stretches(
    tokens: Sequence[str],
    entities: Iterable[Entity],
    *,
    tones: Mapping[str, int],
    gold: set[Span] | None,
) -> Iterator[Stretch]:
    words = tuple(enumerate(tokens))
    position = 0
    for entity in sorted(entities, key=lambda entity: entity.start):
        if entity.start > position:
            yield Stretch(words[position : entity.start])
        is_correct = None if gold is None else entity.span in gold
        yield Stretch(words[entity.start : entity.end], entity, tones[entity.label], is_correct)
        position = entity.end
    if position < len(words):
        yield Stretch(words[position:])
