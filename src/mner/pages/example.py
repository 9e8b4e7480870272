"""A post on a page of examples: what is given of it, and what the page shows."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from mner.errors import InputError, quoted
from mner.pages.figures import FigureRecord, boxes_in
from mner.pages.page import Line, mark
from mner.pages.thumbnails import Thumbnails
from mner.pages.tones import tone_of
from mner.posts.layout import lay_out
from mner.types import Attention, Entity, PictureState, Post, SeenPicture

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
    """Rows and columns of a picture's regions, in reading order; None for caption words. Regions
    of several pictures come one picture after the other."""
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
    """Of several pictures the best."""
    pictures: tuple[bytes | None, ...] = ()
    """A JPEG of each picture of the post; None for one that is not shown. Names that are written
    in a picture have boxes."""
    seen: tuple[SeenPicture, ...] = ()
    """The state of each picture; it may be left out for a post of one picture."""
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
    figures: tuple[FigureRecord, ...]
    """The pictures that are shown."""
    missing: tuple[SeenPicture, ...]
    """Of a post of several pictures, those that could not be looked at."""
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
        for figure in self.figures:
            labels += [box.label for box in figure.boxes]
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
        readings.append(ReadingView(reading, line, _heat_map(example, reading)))
    gold = None if post.entities is None else mark("Gold", post, post.entities)
    lines = [gold, *(reading.line for reading in readings)]
    has_entities = any(line.has_entities for line in lines if line)
    is_folded = not (post.picture_entities or has_entities)
    return ExampleView(
        post=post,
        state=example.state,
        figures=tuple(_figures(example, thumbnails, is_folded=is_folded)),
        missing=_missing(example),
        is_folded=is_folded,
        effect=round(example.effect, 4),
        gold=gold,
        readings=readings,
    )


def _figures(
    example: Example, thumbnails: Thumbnails, *, is_folded: bool
) -> Iterator[FigureRecord]:
    """Yield the pictures that are given and for which the page has room."""
    post, part = example.post, 0
    for position, jpeg in enumerate(example.pictures):
        state = example.seen[position].state if example.seen else example.state
        if jpeg is not None:
            _check_jpeg(post, jpeg, state)
            url = thumbnails.url(partial(bytes, jpeg), is_folded=is_folded)
            if url is not None:
                name = post.pictures[position] if post.more_pictures else ""
                boxes = boxes_in(post, position) if post.pictures else ()
                yield FigureRecord(name, url, boxes, part)
        part += state is PictureState.PRESENT


def _check_jpeg(post: Post, jpeg: bytes, state: PictureState) -> None:
    if state is not PictureState.PRESENT or not jpeg.startswith(_JPEG):
        raise InputError(
            f"post {quoted(post.id)}: expected a JPEG of a picture that is present, "
            f"got {len(jpeg)} bytes that start with {quoted(jpeg)} "
            f"of a picture that is {state}; convert it, or leave it out"
        )


def _missing(example: Example) -> tuple[SeenPicture, ...]:
    if example.state is not PictureState.PRESENT:
        return ()
    return tuple(seen for seen in example.seen if seen.state is not PictureState.PRESENT)


def _looked_at(example: Example) -> tuple[str, ...]:
    """Return the names of the pictures that were looked at; of the only picture an empty one."""
    if not example.post.more_pictures:
        return ("",)
    return tuple(seen.name for seen in example.seen if seen.state is PictureState.PRESENT)


def _heat_map(example: Example, reading: Reading) -> dict[str, Any] | None:
    """Return the numbers of a reading's heat maps, as JSON for the script of the page.

    None if the tagger had nothing to look at.
    """
    attention = reading.attention
    if attention is None or not attention.regions.any():
        return None
    pictures = _looked_at(example)
    _check_attention(example.post, reading, attention, pictures=len(pictures))
    return {
        "system": reading.system,
        "grid": reading.grid,
        "pictures": pictures,
        "captionWords": reading.caption_words,
        "weights": np.rint(_UNIT * attention.regions).astype(int).tolist(),
        "gate": np.rint(_UNIT * attention.gate).astype(int).tolist(),
        "perWord": attention.per_word,
    }


def _check_attention(post: Post, reading: Reading, attention: Attention, *, pictures: int) -> None:
    if not (np.isfinite(attention.regions).all() and np.isfinite(attention.gate).all()):
        raise InputError(
            f"post {quoted(post.id)}, {reading.system}: expected finite attention, "
            "got NaN or infinity; check the model's weights"
        )
    regions = len(reading.caption_words)
    if reading.grid:
        rows, columns = reading.grid
        regions = pictures * rows * columns
    words = len(post.tokens)
    if attention.regions.shape != (words, regions) or attention.gate.shape != (words,):
        raise InputError(
            f"post {quoted(post.id)}, {reading.system}: expected attention of {words} words over "
            f"{regions} regions, got regions {attention.regions.shape} and gate "
            f"{attention.gate.shape}; give the grid or the caption words of the same encoder"
        )
