"""What the HTML pages of reports share: coloured entities, the grid of regions, one file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isqrt
from pathlib import Path
from typing import Any, NamedTuple

from mner.bio import spans_to_tags
from mner.errors import InputError
from mner.files.write import new_text
from mner.pages import html
from mner.pages.running import running
from mner.types import Entity, Post, Span

__all__ = ["Line", "Stretch", "Word", "grid_of", "mark", "write_page"]


class Word(NamedTuple):
    """A word of a post as running text."""

    position: int
    """Its position in the post."""
    text: str
    gap: str
    """The text between this word and the next."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Successive words that are one entity, or that lie between entities."""

    words: tuple[Word, ...]
    entity: Entity | None = None
    is_correct: bool | None = None
    """None if there is no gold to compare with."""


@dataclass(frozen=True, slots=True)
class Line:
    """A post with the entities of one source, such as gold or a tagger."""

    name: str
    stretches: tuple[Stretch, ...]
    before: str = ""
    """The text before the first word."""
    missed: tuple[str, ...] = ()
    """Gold entities that the source does not have."""

    @property
    def has_entities(self) -> bool:
        """Whether the source has any entity in the post."""
        return any(stretch.entity for stretch in self.stretches)


def write_page(path: Path, template: str, view: Mapping[str, Any]) -> None:
    """Write a page as one file, which replaces an older file once it is complete.

    Args:
        path: the file.
        template: file name of the template in `mner/web`.
        view: the values that the template shows, by the names that it uses. What the template
            goes through once may be an iterator, which is read while the page is written.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        with new_text(path) as stream:
            for piece in html.template(template).generate(view):
                # Half of a surrogate pair cannot be written as UTF-8.
                stream.write(piece.encode(errors="replace").decode())
    except OSError as exc:
        raise InputError(
            f"{path}: the report cannot be written ({exc.strerror or exc}): choose another file"
        ) from exc


def mark(
    name: str,
    post: Post,
    entities: Sequence[Entity],
    *,
    gold: Sequence[Entity] | None = None,
) -> Line:
    """Return a post as a line of coloured words.

    Args:
        name: the source of the entities.
        post: its words.
        entities: the entities to colour.
        gold: the gold entities to compare with; None if there are none.

    Raises:
        InputError: entities overlap, or reach beyond the post.
    """
    spans = [entity.span for entity in entities]
    spans_to_tags(spans, len(post.tokens))
    text = running(post)
    words = [
        Word(position, word, gap)
        for position, (word, gap) in enumerate(zip(text.words, text.gaps[1:], strict=True))
    ]
    gold_spans = None if gold is None else {entity.span for entity in gold}
    missed = sorted((gold_spans or set()).difference(spans))
    return Line(
        name,
        tuple(_stretches(words, entities, gold=gold_spans)),
        before=text.gaps[0],
        missed=tuple(
            f"{' '.join(post.tokens[start:end])} ({label})" for start, end, label in missed
        ),
    )


def grid_of(regions: int) -> tuple[int, int]:
    """Return the rows and columns in which a picture's regions are shown.

    A number of regions that is not a square number is shown as one row.
    """
    side = isqrt(regions)
    return (side, side) if side * side == regions else (1, regions)


def _stretches(
    words: Sequence[Word], entities: Iterable[Entity], *, gold: set[Span] | None
) -> Iterator[Stretch]:
    position = 0
    for entity in sorted(entities, key=lambda entity: entity.start):
        if entity.start > position:
            yield Stretch(tuple(words[position : entity.start]))
        is_correct = None if gold is None else entity.span in gold
        yield Stretch(tuple(words[entity.start : entity.end]), entity, is_correct)
        position = entity.end
    if position < len(words):
        yield Stretch(tuple(words[position:]))
