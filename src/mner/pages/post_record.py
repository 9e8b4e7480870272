"""A post as the page of posts holds it: pieces of text, notes, and its picture."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from mner.pages.figures import FigureRecord, written_notes
from mner.pages.running import running
from mner.pages.tones import tone_of
from mner.types import Post

__all__ = ["Piece", "PostRecord", "post_record"]

Piece: TypeAlias = str | tuple[str, str, int] | tuple[str, str, int, str]
"""Text outside of entities; or text, label, number of the colour and, if there is one, the
probability of an entity."""


@dataclass(frozen=True, slots=True)
class PostRecord:
    """What the page shows of a post."""

    id: str
    pieces: tuple[Piece, ...]
    notes: tuple[str, ...]
    figures: tuple[FigureRecord, ...]
    """The pictures that are shown."""
    written: tuple[tuple[str, int], ...]
    """Label and number of the colour of each name that is written in a picture."""

    @property
    def is_folded(self) -> bool:
        """Whether there is nothing to see: the post has no entities, in text or picture."""
        return not self.written and all(isinstance(piece, str) for piece in self.pieces)

    def as_json(self) -> dict[str, Any]:
        """Return the record for the script of the page; what is empty is left out."""
        record: dict[str, Any] = {"id": self.id, "pieces": self.pieces, "notes": self.notes}
        if self.figures:
            record["figures"] = [
                {
                    "name": figure.name,
                    "thumbnail": figure.url,
                    "boxes": [box.as_json() for box in figure.boxes],
                }
                for figure in self.figures
            ]
        if self.written:
            record["written"] = self.written
        return record


def post_record(post: Post, figures: Iterable[FigureRecord]) -> PostRecord:
    """Return what the page shows of a post.

    Args:
        post: the post with its entities, which do not overlap.
        figures: its pictures, as far as they are shown.
    """
    shown = tuple(figures)
    notes = []
    if post.caption:
        notes.append(f"Caption: {post.caption}")
    missing = [name for name in post.pictures if name not in {figure.name for figure in shown}]
    if missing and (post.more_pictures or not shown):
        notes.append(f"No picture in this page: {', '.join(filter(None, missing))}")
    notes += written_notes(post)
    names = post.picture_entities or ()
    written = tuple((name.label, tone_of(name.label)) for name in names)
    return PostRecord(post.id, _pieces(post), tuple(notes), shown, written)


def _pieces(post: Post) -> tuple[Piece, ...]:
    text = running(post)
    pieces: list[Piece] = []
    outside, position = text.gaps[0], 0
    for entity in sorted(post.entities or (), key=lambda entity: entity.start):
        outside += _joined(text.words, text.gaps, position, entity.start)
        if outside:
            pieces.append(outside)
        name = _joined(text.words, text.gaps, entity.start, entity.end)
        inside = name[: len(name) - len(text.gaps[entity.end])]
        tone = tone_of(entity.label)
        if entity.probability is None:
            pieces.append((inside, entity.label, tone))
        else:
            pieces.append((inside, entity.label, tone, f"{entity.probability:.2f}"))
        outside, position = text.gaps[entity.end], entity.end
    outside += _joined(text.words, text.gaps, position, len(text.words))
    if outside:
        pieces.append(outside)
    return tuple(pieces)


def _joined(words: Sequence[str], gaps: Sequence[str], start: int, end: int) -> str:
    """Return the words from start to end (half-open), each with the gap after it."""
    return "".join(words[position] + gaps[position + 1] for position in range(start, end))
