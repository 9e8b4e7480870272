"""What tagged posts speak of: their most frequent entities, by type and by day.

Two mentions are the same entity where they have the same label and agree after these steps: case is
ignored, `#` and `@` at the beginning, a possessive `'s` or `'` at the end, and repeated blanks are
left out. The most frequent way of writing is shown.
"""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mner.corpora.dates import day_of
from mner.errors import InputError
from mner.files.csv_lines import CELLS_END, CsvLines
from mner.files.terminal import one_line
from mner.posts.read import read_numbered_posts
from mner.posts.reading import RECOGNISED, ReadingOptions
from mner.types import Post

__all__ = ["Day", "Mentioned", "Summary", "join_variants", "summarise_posts", "summarise_tagged"]

_POSSESSIVE = re.compile(r"\s*['’](?:s|S)?$")


@dataclass(frozen=True, slots=True)
class Mentioned:
    """An entity, in all its ways of writing."""

    entity: str
    """As it is written most often."""
    label: str
    mentions: int
    posts: int
    """Posts that mention it."""
    variants: tuple[str, ...]
    """Its ways of writing, the most frequent first."""


@dataclass(frozen=True, slots=True)
class Day:
    """What was written on a day."""

    day: str
    """Such as `2026-11-25`."""
    posts: int
    mentions: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What tagged posts speak of."""

    posts: int
    posts_with_entities: int
    posts_with_picture: int
    not_annotated: int
    """Posts that are neither tagged nor annotated; they count among the posts."""
    mentions: int
    mentions_with_picture: int
    """Mentions in posts that have a picture."""
    entities: tuple[Mentioned, ...]
    """The most frequent first."""
    days: tuple[Day, ...]
    """In their order; empty where no post has a date."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, the most frequent first."""
        counts = Counter[str]()
        for entity in self.entities:
            counts[entity.label] += entity.mentions
        return tuple(sorted(counts, key=lambda label: (-counts[label], label)))

    def of_label(self, label: str) -> tuple[Mentioned, ...]:
        """Return the entities of a label, the most frequent first."""
        return tuple(entity for entity in self.entities if entity.label == label)

    def as_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return asdict(self)

    def render(self, *, top: int) -> str:
        """Return lines for people.

        Args:
            top: how many entities of each label, and how many days, are shown.
        """
        lines = [
            f"posts     {self.posts:>9,}  {self.posts_with_entities:,} with entities, "
            f"{_share(self.posts_with_picture, self.posts)} with a picture",
            f"mentions  {self.mentions:>9,}  of {len(self.entities):,} entities, "
            f"{_share(self.mentions_with_picture, self.mentions)} in posts with a picture",
        ]
        if self.not_annotated:
            lines.append(f"not tagged{self.not_annotated:>9,}")
        for label in self.labels:
            entities = self.of_label(label)
            lines.append(f"{one_line(label)}: {sum(item.mentions for item in entities):,}")
            for item in entities[:top]:
                name = one_line(item.entity)
                lines.append(f"  {item.mentions:>7,}  in {item.posts:,} posts  {name}")
        if self.days:
            lines.append("days with most posts")
        for day in sorted(self.days, key=lambda day: -day.posts)[:top]:
            lines.append(f"  {day.day}  {day.posts:,} posts, {day.mentions:,} mentions")
        return "\n".join(lines)

    def as_csv(self) -> str:
        """Return a table with a row for each entity."""
        buffer = CsvLines()
        writer = csv.writer(buffer, lineterminator=CELLS_END)
        writer.writerow(["label", "entity", "mentions", "posts", "variants"])
        for item in self.entities:
            variants = "; ".join(item.variants)
            writer.writerow([item.label, item.entity, item.mentions, item.posts, variants])
        return buffer.getvalue()


def summarise_tagged(file: str | Path, *, reading: ReadingOptions = RECOGNISED) -> Summary:
    """Summarise a file of tagged posts; memory grows with the number of different entities.

    Raises:
        InputError: the file cannot be read, or none of its posts is tagged.
    """
    numbered = read_numbered_posts(file, replace(reading, keep=True), check_ids=False)
    summary = summarise_posts(post for _, post in numbered)
    if summary.not_annotated == summary.posts:
        raise InputError(
            f"{file}: none of its {summary.posts} posts is tagged: tag them by `mner tag` first; "
            "a table has to have a row for each entity, as it is without --rows posts"
        )
    return summary


def summarise_posts(posts: Iterable[Post]) -> Summary:
    """Summarise posts, tagged or annotated."""
    counts = Counter[str]()
    variants: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    in_posts = Counter[tuple[str, str]]()
    days, mentions_by_day = Counter[str](), Counter[str]()
    for post in posts:
        entities = post.entities or ()
        keys = set()
        for entity in entities:
            written = entity.text or " ".join(post.tokens[entity.start : entity.end])
            key = entity.label, join_variants(written)
            variants[key][written] += 1
            keys.add(key)
        in_posts.update(keys)
        counts["posts"] += 1
        counts["not_annotated"] += post.entities is None
        counts["posts_with_entities"] += bool(entities)
        counts["mentions"] += len(entities)
        if post.picture is not None:
            counts["posts_with_picture"] += 1
            counts["mentions_with_picture"] += len(entities)
        if day := day_of(getattr(post, "extra", None)):
            days[day] += 1
            mentions_by_day[day] += len(entities)
    mentioned = [_mentioned(key, variants[key], in_posts[key]) for key in variants]
    mentioned.sort(key=lambda item: (-item.mentions, item.label, item.entity))
    return Summary(
        posts=counts["posts"],
        posts_with_entities=counts["posts_with_entities"],
        posts_with_picture=counts["posts_with_picture"],
        not_annotated=counts["not_annotated"],
        mentions=counts["mentions"],
        mentions_with_picture=counts["mentions_with_picture"],
        entities=tuple(mentioned),
        days=tuple(Day(day, days[day], mentions_by_day[day]) for day in sorted(days)),
    )


def join_variants(written: str) -> str:
    """Return what all ways of writing an entity have in common; see the module."""
    bare = _POSSESSIVE.sub("", " ".join(written.split()).lstrip("#＃@＠"))
    return (bare or written).casefold()


def _mentioned(key: tuple[str, str], variants: Counter[str], posts: int) -> Mentioned:
    ordered = sorted(variants, key=lambda written: (-variants[written], written))
    return Mentioned(ordered[0], key[0], variants.total(), posts, tuple(ordered))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "0%"
