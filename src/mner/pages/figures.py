"""The pictures of a post as a page shows them, with boxes around names in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mner.pages.tones import tone_of
from mner.types import PictureEntity, Post

__all__ = ["BoxRecord", "FigureRecord", "box_record", "boxes_in", "written_notes"]


@dataclass(frozen=True, slots=True)
class BoxRecord:
    """A box as a page draws it."""

    label: str
    tone: int
    name: str
    """What stands in the box, with its label and probability."""
    place: dict[str, str]
    """CSS lengths by side."""

    def as_json(self) -> dict[str, Any]:
        """Return the box for the script of a page."""
        return {"label": self.label, "tone": self.tone, "name": self.name, "place": self.place}


@dataclass(frozen=True, slots=True)
class FigureRecord:
    """A picture as a page shows it."""

    name: str
    """What the page calls it; empty for the only picture of a post."""
    url: str
    """A URL that holds the picture."""
    boxes: tuple[BoxRecord, ...]
    part: int = 0
    """Its position among the pictures that the model looked at."""


def boxes_in(post: Post, position: int) -> tuple[BoxRecord, ...]:
    """Return the boxes in one picture of a post.

    Args:
        post: the post with the names that are written in its pictures.
        position: of the picture among those of the post.
    """
    name = post.pictures[position]
    return tuple(
        box_record(entity)
        for entity in post.picture_entities or ()
        if entity.picture == name or (entity.picture is None and position == 0)
    )


def box_record(entity: PictureEntity) -> BoxRecord:
    """Return what a page shows of a name that is written in a picture."""
    left, top, right, bottom = entity.box
    place = {
        "left": _percent(left),
        "top": _percent(top),
        "width": _percent(right - left),
        "height": _percent(bottom - top),
    }
    return BoxRecord(entity.label, tone_of(entity.label), _name(entity), place)


def written_notes(post: Post) -> list[str]:
    """Return a sentence for each picture in which names are written."""
    by_picture: dict[str, list[PictureEntity]] = {}
    for entity in post.picture_entities or ():
        by_picture.setdefault(entity.picture or "the picture", []).append(entity)
    return [f"Written in {picture}: {_names(names)}" for picture, names in by_picture.items()]


def _names(entities: Sequence[PictureEntity]) -> str:
    return ", ".join(map(_name, entities))


def _name(entity: PictureEntity) -> str:
    return f"{entity.text} ({entity.label} {entity.probability:.2f})"


def _percent(share: float) -> str:
    return f"{100 * share:.4g}%"
