"""One HTML file that shows what taggers do: scores side by side, entities in colour, and where on the picture each word looked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mner.errors import InputError
from mner.pages.html import jpeg_url
from mner.pages.page import mark, tones_of, write_page
from mner.spans.bootstrap import Interval
from mner.spans.score import Counts, Scores
from mner.types import Attention, Entity, PictureState, Post

__all__ = ["Example", "ExamplesPage", "Reading", "System", "write_examples"]

_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class System:
    """A tagger and its scores: one column of the table."""

    name: str
    looks_at: str
    """What it sees, in words, such as `text only`."""
    scores: Scores
    seeds: tuple[int, ...] = ()
    pictures: Mapping[str, int] = field(default_factory=dict)
    """How many of the posts had a picture in each state; empty where it looks at none."""
    interval: Interval | None = None
    """Of F1, by the bootstrap over the posts; None where none was made."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one tagger made of a post of T words."""

    system: str
    entities: tuple[Entity, ...]
    attention: Attention | None = None
    """None for a tagger that looks at text only."""
    grid: tuple[int, int] | None = None
    """Rows and columns of the picture's regions, which are in reading order; None where regions are words of a caption."""
    caption_words: tuple[str, ...] = ()
    """The words that are the regions, where they are no part of a picture."""
    notes: tuple[str, ...] = ()
    """Sentences under the post, such as the reason for an entity."""


@dataclass(frozen=True, slots=True)
class Example:
    """A post, its gold entities where it has any, and what the taggers made of it."""

    post: Post
    readings: tuple[Reading, ...]
    state: PictureState
    picture: bytes | None = None
    """A JPEG; None where there is no picture, or it is not to be shown."""


@dataclass(frozen=True, slots=True)
class ExamplesPage:
    """Everything on the page."""

    title: str
    systems: tuple[System, ...]
    examples: tuple[Example, ...]
    about: str = ""
    """A sentence or two under the title."""


def write_examples(path: Path, report: ExamplesPage) -> None:
    """Write a report as one HTML file that needs no other file and no network; an older one is replaced when the new one is complete.

    Raises:
        InputError: the file cannot be written, a picture is not a JPEG, entities do not fit their post or overlap, or attention fits neither words nor regions.
    """
    write_page(path, "examples.html.j2", {"report": report, **_view(report)})


def _view(report: ExamplesPage) -> dict[str, Any]:
    """What the template shows."""
    tones = tones_of(_labels(report))
    return {
        "rows": _score_rows(report.systems),
        "tones": tones,
        "examples": [_example(example, tones) for example in report.examples],
    }


def _labels(report: ExamplesPage) -> set[str]:
    scored = {label for system in report.systems for label in system.scores.per_type}
    heaps = [
        entities
        for example in report.examples
        for entities in (
            example.post.entities or (),
            *(reading.entities for reading in example.readings),
        )
    ]
    return scored | {entity.label for entities in heaps for entity in entities}


@dataclass(frozen=True, slots=True)
class _Row:
    """One kind of entity in the table of scores, with a cell for each system."""

    name: str
    cells: tuple[Counts | None, ...]
    is_label: bool

    @property
    def best(self) -> float:
        """The highest F1 of the row."""
        return max((cell.f1 for cell in self.cells if cell), default=0.0)


def _score_rows(systems: Sequence[System]) -> list[_Row]:
    scores = [system.scores for system in systems]
    labels = sorted({label for each in scores for label in each.per_type})
    rows = [_Row("All", tuple(each.overall for each in scores), is_label=False)]
    rows += [
        _Row(label, tuple(each.per_type.get(label) for each in scores), is_label=True)
        for label in labels
    ]
    rows.append(_Row("Seen in training", tuple(each.seen for each in scores), is_label=False))
    rows.append(_Row("Unseen", tuple(each.unseen for each in scores), is_label=False))
    return [row for row in rows if any(row.cells)]


def _example(example: Example, tones: Mapping[str, int]) -> dict[str, Any]:
    post = example.post
    attention = [_attention(post, reading) for reading in example.readings]
    lines = [
        mark(reading.system, post, reading.entities, tones=tones, gold=post.entities)
        for reading in example.readings
    ]
    return {
        "post": post,
        "state": example.state,
        "picture": _data_url(example),
        "gold": None if post.entities is None else mark("Gold", post, post.entities, tones=tones),
        "readings": list(zip(example.readings, lines, attention, strict=True)),
        "attention": attention,
    }


def _data_url(example: Example) -> str | None:
    if example.picture is None:
        return None
    if example.state is not PictureState.PRESENT or not example.picture.startswith(_JPEG):
        raise InputError(
            f"post {example.post.id!r}: expected a JPEG of a picture that is present, got {len(example.picture)} bytes that start with "
            f"{example.picture[:3]!r} of one that is {example.state}; convert it, or leave it out"
        )
    return jpeg_url(example.picture)


def _attention(post: Post, reading: Reading) -> dict[str, Any] | None:
    """The numbers behind the heat maps of one reading; None where the tagger had nothing to look at."""
    attention = reading.attention
    if attention is None or not attention.regions.any():
        return None
    if not (np.isfinite(attention.regions).all() and np.isfinite(attention.gate).all()):
        raise InputError(
            f"post {post.id!r}, {reading.system}: expected finite attention, got NaN or infinity; check the model's weights"
        )
    regions = reading.grid[0] * reading.grid[1] if reading.grid else len(reading.caption_words)
    expected = (len(post.tokens), regions)
    if attention.regions.shape != expected or attention.gate.shape != expected[:1]:
        raise InputError(
            f"post {post.id!r}, {reading.system}: expected attention of {expected[0]} words over {expected[1]} regions, got regions "
            f"{attention.regions.shape} and gate {attention.gate.shape}; give the grid or the caption words of the same encoder"
        )
    return {
        "system": reading.system,
        "grid": reading.grid,
        "captionWords": reading.caption_words,
        "weights": [[round(weight, 5) for weight in row] for row in attention.regions.tolist()],
        "gate": [round(share, 4) for share in attention.gate.tolist()],
        "perWord": attention.per_word,
    }
