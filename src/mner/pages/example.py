"""A post on a page of examples: what is given of it, and what the page shows."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from mner.errors import InputError, quoted
from mner.pages.boxes import BoxRecord, PictureBox, box_record
from mner.pages.page import Line, mark
from mner.pages.thumbnails import Thumbnails
from mner.pages.tones import tone_of
from mner.posts.layout import lay_out
from mner.types import Attention, Entity, PictureState, Post

__all__ = ["Example", "ExampleView", "Reading", "ReadingView", "example_view"]

_JPEG = b"\xff\xd8\xff"
_UNIT = 10_000
"""Shares of attention are written in ten-thousandths, which takes half the space of decimals."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of one tagger for a post of T words."""

    system: str
    entities: tuple[Entity, ...]
    attention: Attention | None = None
    """None for a tagger of text only."""
    grid: tuple[int, int] | None = None
    """Rows and columns of the picture's regions, in reading order; None for caption words."""
    caption_words: tuple[str, ...] = ()
    """The caption words that are the regions; empty if regions belong to a picture."""
    notes: tuple[str, ...] = ()
    """Sentences below the post, such as the reason for an entity."""


@dataclass(frozen=True, slots=True)
class Example:
    """A post, with its gold entities if it is annotated, and the results of the taggers."""

    post: Post
    readings: tuple[Reading, ...]
    state: PictureState
    picture: bytes | None = None
    """A JPEG; None if there is no picture, or if it is not shown."""
    boxes: tuple[PictureBox, ...] = ()
    """Boxes to draw over the picture."""
    effect: float = 0.0
    """How much the picture changed the probability of an entity, in [0, 1]; the most of all."""


class ReadingView(NamedTuple):
    """A reading as the template shows it."""

    reading: Reading
    line: Line
    heat_map: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class ExampleView:
    """An example as the template shows it."""

    post: Post
    state: PictureState
    picture: str | None
    """A URL that holds the picture."""
    boxes: tuple[BoxRecord, ...]
    is_folded: bool
    """Whether nobody found an entity in the post."""
    effect: float
    gold: Line | None
    readings: list[ReadingView]

    @property
    def heat_maps(self) -> list[dict[str, Any] | None]:
        """Data for the script of the page, one item for each reading."""
        return [reading.heat_map for reading in self.readings]

    @property
    def has_caption_words(self) -> bool:
        """Whether a tagger saw words in place of the picture."""
        return any(reading.reading.caption_words for reading in self.readings)

    @property
    def least(self) -> float:
        """The lowest probability of an entity; 2 if there is none."""
        found = [
            entity.probability for reading in self.readings for entity in reading.reading.entities
        ]
        return min((known for known in found if known is not None), default=2.0)

    @property
    def text(self) -> str:
        """The running text."""
        return lay_out(self.post)[0]

    @property
    def labels(self) -> dict[str, str]:
        """The labels of all entities, each with the class of its colour."""
        lines = [self.gold, *(reading.line for reading in self.readings)]
        stretches = [stretch for line in lines if line for stretch in line.stretches]
        labels = [stretch.entity.label for stretch in stretches if stretch.entity]
        labels += [box.label for box in self.boxes]
        return {label: f"tone{tone_of(label)}" for label in labels}

    def record(self, html: str) -> dict[str, Any]:
        """Return the example as data for the script, which makes its element when it is shown."""
        notes = [note for reading in self.readings for note in reading.reading.notes]
        words = [f"Post {self.post.id}", self.text, *self.labels, *notes]
        return {
            "text": "\n".join(words).lower(),
            "labels": list(self.labels.items()),
            "least": self.least,
            "effect": self.effect,
            "html": str(html),
        }


def example_view(example: Example, thumbnails: Thumbnails) -> ExampleView:
    """Return what a page shows of an example.

    Raises:
        InputError: the picture is not a JPEG, entities overlap or reach beyond their post, or the
            attention does not fit the words or the regions.
    """
    post = example.post
    readings = []
    for reading in example.readings:
        line = mark(reading.system, post, reading.entities, gold=post.entities)
        readings.append(ReadingView(reading, line, _heat_map(post, reading)))
    gold = None if post.entities is None else mark("Gold", post, post.entities)
    lines = [gold, *(reading.line for reading in readings)]
    is_folded = not example.boxes and not any(line.has_entities for line in lines if line)
    return ExampleView(
        post=post,
        state=example.state,
        picture=_picture_url(example, thumbnails, is_folded=is_folded),
        boxes=tuple(box_record(box) for box in example.boxes),
        is_folded=is_folded,
        effect=round(example.effect, 4),
        gold=gold,
        readings=readings,
    )


def _picture_url(example: Example, thumbnails: Thumbnails, *, is_folded: bool) -> str | None:
    if example.picture is None:
        return None
    if example.state is not PictureState.PRESENT or not example.picture.startswith(_JPEG):
        raise InputError(
            f"post {quoted(example.post.id)}: expected a JPEG of a picture that is present, "
            f"got {len(example.picture)} bytes that start with {quoted(example.picture)} "
            f"of a picture that is {example.state}; convert it, or leave it out"
        )
    return thumbnails.url(lambda: example.picture, is_folded=is_folded)


def _heat_map(post: Post, reading: Reading) -> dict[str, Any] | None:
    """Return the numbers of a reading's heat maps, as JSON for the script of the page.

    None if the tagger had nothing to look at.
    """
    attention = reading.attention
    if attention is None or not attention.regions.any():
        return None
    _check_attention(post, reading, attention)
    return {
        "system": reading.system,
        "grid": reading.grid,
        "captionWords": reading.caption_words,
        "weights": np.rint(_UNIT * attention.regions).astype(int).tolist(),
        "gate": np.rint(_UNIT * attention.gate).astype(int).tolist(),
        "perWord": attention.per_word,
    }


def _check_attention(post: Post, reading: Reading, attention: Attention) -> None:
    if not (np.isfinite(attention.regions).all() and np.isfinite(attention.gate).all()):
        raise InputError(
            f"post {quoted(post.id)}, {reading.system}: expected finite attention, "
            "got NaN or infinity; check the model's weights"
        )
    regions = len(reading.caption_words)
    if reading.grid:
        rows, columns = reading.grid
        regions = rows * columns
    words = len(post.tokens)
    if attention.regions.shape != (words, regions) or attention.gate.shape != (words,):
        raise InputError(
            f"post {quoted(post.id)}, {reading.system}: expected attention of {words} words over "
            f"{regions} regions, got regions {attention.regions.shape} and gate "
            f"{attention.gate.shape}; give the grid or the caption words of the same encoder"
        )
