"""One HTML file that shows what taggers do with posts.

Scores stand side by side, entities are coloured, and a heat map shows where each word looked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mner.errors import InputError, quoted
from mner.pages.html import jpeg_url
from mner.pages.page import Line, mark, tones_of, write_page
from mner.pages.table import ALL, SEEN, UNSEEN, Kind, table_rows
from mner.spans.estimates import Interval
from mner.spans.scores import Counts, Scores
from mner.types import Attention, Entity, PictureState, Post

__all__ = ["Example", "ExamplesPage", "Reading", "System", "write_examples"]

_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class System:
    """A tagger and its scores: a column of the table."""

    name: str
    looks_at: str
    """What it sees, in words, such as `text only`."""
    scores: Scores
    seeds: tuple[int, ...] = ()
    pictures: Mapping[str, int] = field(default_factory=dict)
    """Number of posts by the state of their picture; empty for a tagger of text only."""
    interval: Interval | None = None
    """Bootstrap interval of F1 over the posts; None if there is none."""


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


@dataclass(frozen=True, slots=True)
class ExamplesPage:
    """Everything on the page."""

    title: str
    systems: tuple[System, ...]
    examples: tuple[Example, ...]
    about: str = ""
    """A sentence or two below the title."""


def write_examples(path: Path, page: ExamplesPage) -> None:
    """Write the page as one HTML file that needs no other file and no network.

    The page replaces an older file once it is complete.

    Raises:
        InputError: the file cannot be written, a picture is not a JPEG, entities overlap or reach
            beyond their post, or the attention does not fit the words or the regions.
    """
    tones = tones_of(_labels(page))
    view = _View(
        page=page,
        rows=_score_rows(page.systems),
        tones=tones,
        examples=[_example_view(example, tones) for example in page.examples],
    )
    write_page(path, "examples.html.j2", vars(view))


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the table of scores: one kind of entity, with a cell for each system."""

    name: str
    is_label: bool
    cells: tuple[Counts | None, ...]

    @property
    def best(self) -> float:
        """The highest F1 of the row."""
        return max((cell.f1 for cell in self.cells if cell), default=0.0)


class _ReadingView(NamedTuple):
    """A reading as the template shows it."""

    reading: Reading
    line: Line
    heat_map: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class _ExampleView:
    """An example as the template shows it."""

    post: Post
    state: PictureState
    picture: str | None
    """A URL that holds the picture."""
    gold: Line | None
    readings: list[_ReadingView]
    heat_maps: list[dict[str, Any] | None]
    """Data for the script of the page, one item for each reading."""


@dataclass(frozen=True)
class _View:
    """The values that the template shows."""

    page: ExamplesPage
    rows: list[_Row]
    tones: dict[str, int]
    examples: list[_ExampleView]


def _labels(page: ExamplesPage) -> set[str]:
    labels: set[str] = set()
    for system in page.systems:
        labels.update(system.scores.per_type)
    for example in page.examples:
        labels.update(entity.label for entity in example.post.entities or ())
        for reading in example.readings:
            labels.update(entity.label for entity in reading.entities)
    return labels


def _score_rows(systems: Sequence[System]) -> list[_Row]:
    columns = []
    for system in systems:
        scores = system.scores
        column = {ALL: scores.overall}
        for label, counts in scores.per_type.items():
            column[Kind(label, is_label=True)] = counts
        if scores.seen and scores.unseen:
            column |= {SEEN: scores.seen, UNSEEN: scores.unseen}
        columns.append(column)
    return [_Row(*kind, cells) for kind, cells in table_rows(columns) if any(cells)]


def _example_view(example: Example, tones: Mapping[str, int]) -> _ExampleView:
    post = example.post
    readings = []
    for reading in example.readings:
        line = mark(reading.system, post, reading.entities, tones=tones, gold=post.entities)
        readings.append(_ReadingView(reading, line, _heat_map(post, reading)))
    return _ExampleView(
        post=post,
        state=example.state,
        picture=_picture_url(example),
        gold=None if post.entities is None else mark("Gold", post, post.entities, tones=tones),
        readings=readings,
        heat_maps=[reading.heat_map for reading in readings],
    )


def _picture_url(example: Example) -> str | None:
    if example.picture is None:
        return None
    if example.state is not PictureState.PRESENT or not example.picture.startswith(_JPEG):
        raise InputError(
            f"post {quoted(example.post.id)}: expected a JPEG of a picture that is present, "
            f"got {len(example.picture)} bytes that start with {quoted(example.picture)} "
            f"of a picture that is {example.state}; convert it, or leave it out"
        )
    return jpeg_url(example.picture)


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
        "weights": [[round(weight, 5) for weight in row] for row in attention.regions.tolist()],
        "gate": [round(share, 4) for share in attention.gate.tolist()],
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
