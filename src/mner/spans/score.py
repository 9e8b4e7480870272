"""Precision, recall and F1 of predicted entities: an entity is correct when start, end and label all agree with gold.

What an ill-formed tag means is decided before anything gets here, where tags become spans (`mner.bio.tags_to_spans`): `begin` is lenient, `drop` strict.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from mner.errors import InputError
from mner.require import require_entities
from mner.spans.table import table
from mner.types import Post, Span

__all__ = [
    "Compared",
    "Counts",
    "Mention",
    "Scores",
    "Scoring",
    "compared",
    "fingerprint",
    "mention",
    "mentions",
    "score",
]

Scoring: TypeAlias = Literal["lenient", "strict"]
Mention: TypeAlias = tuple[str, str]
"""Surface (tokens joined by a blank, lower-cased) and label."""

_Heap: TypeAlias = Counter[tuple[str, bool]]
"""How many entities have a label and are (True) or are not (False) mentions of the training posts."""

_Row: TypeAlias = tuple[str, ...]


class Compared(NamedTuple):
    """A post, and the spans that scoring compares."""

    post: Post
    gold: frozenset[Span]
    predicted: frozenset[Span]
    """Of the labels that were annotated."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many entities are in gold, were predicted, and are in both; rates are fractions, 0.0 where there is nothing to divide by."""

    gold: int
    predicted: int
    correct: int

    @property
    def precision(self) -> float:
        """The share of the predicted entities that are correct."""
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """The share of the gold entities that were found."""
        return self.correct / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.correct / (self.gold + self.predicted) if self.correct else 0.0

    def as_dict(self) -> dict[str, float | int]:
        """Rates as fractions, and counts, for JSON."""
        rates = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return {**rates, "gold": self.gold, "predicted": self.predicted, "correct": self.correct}


@dataclass(frozen=True)
class Scores:
    """The result of scoring, with what has to stand beside it."""

    overall: Counts
    """Micro: all entities of all posts as one heap."""
    per_type: Mapping[str, Counts]
    """By label, sorted; every label of gold or predicted entities."""
    seen: Counts | None
    """Entities that are also mentions of the training posts; None where those were not given."""
    unseen: Counts | None
    """The others."""
    scoring: str
    """The name of the policy for ill-formed tags by which the entities were made."""
    gold_fingerprint: str
    posts: int

    @property
    def precision(self) -> float:
        """Overall precision, a fraction."""
        return self.overall.precision

    @property
    def recall(self) -> float:
        """Overall recall, a fraction."""
        return self.overall.recall

    @property
    def f1(self) -> float:
        """Overall micro F1, a fraction."""
        return self.overall.f1

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the labels, a fraction."""
        return (
            sum(counts.f1 for counts in self.per_type.values()) / len(self.per_type)
            if self.per_type
            else 0.0
        )

    def as_dict(self) -> dict[str, Any]:
        """Everything as one object for JSON; rates are fractions, `seen` and `unseen` are null where training mentions were not given."""
        return {
            **self.overall.as_dict(),
            "macro_f1": self.macro_f1,
            "scoring": self.scoring,
            "gold_fingerprint": self.gold_fingerprint,
            "posts": self.posts,
            "per_type": {label: counts.as_dict() for label, counts in self.per_type.items()},
            "seen": self.seen.as_dict() if self.seen else None,
            "unseen": self.unseen.as_dict() if self.unseen else None,
        }

    def render(self, *, seeds: Sequence[int] = ()) -> str:
        """An aligned table for people, rates in percent, under a line that says what the numbers are.

        Args:
            seeds: of the trainings behind the predictions, to be named; none where there was no training.
        """
        named = [("all", self.overall), *self.per_type.items()]
        named += [
            (name, counts)
            for name, counts in (("seen in training", self.seen), ("unseen", self.unseen))
            if counts is not None
        ]
        rows: list[_Row] = [
            ("", "precision", "recall", "F1", "gold", "predicted", "correct"),
            *(_row(name, counts) for name, counts in named),
        ]
        rows.insert(
            2 + len(self.per_type), ("mean of types", "", "", _percent(self.macro_f1), "", "", "")
        )
        about = f"{self.scoring} scoring, gold {self.gold_fingerprint}, {self.posts} post{_plural(self.posts)}"
        if seeds:
            about += f", seed{_plural(len(seeds))} {', '.join(map(str, seeds))}"
        return "\n".join([about, *table(rows)])


def score(
    gold: Iterable[Post],
    predicted: Iterable[Post],
    *,
    seen: frozenset[Mention] | None = None,
    scoring: str = "lenient",
) -> Scores:
    """Compare predicted entities with gold ones.

    Args:
        gold: annotated posts; where a post says which labels were annotated, predictions of others count neither as right nor as wrong.
        predicted: the same posts in the same order, with predicted entities. An entity that stands twice in a post counts once.
        seen: the mentions of the training posts, as of `mentions`, to score the entities among them and the others apart.
        scoring: `lenient` or `strict`, the name under which the result is reported, and nothing else: whoever turned tags into entities applied the policy.

    Raises:
        InputError: `scoring` is neither, the posts are not the same ones, or one is not annotated.
    """
    if scoring not in get_args(Scoring):
        raise InputError(
            f"scoring {scoring!r} is not known: expected one of {', '.join(get_args(Scoring))}"
        )
    gold, predicted = list(gold), list(predicted)
    heaps: tuple[_Heap, _Heap, _Heap] = (Counter(), Counter(), Counter())
    for post, expected, got in compared(gold, predicted):
        for heap, spans in zip(heaps, (expected, got, expected & got), strict=True):
            heap.update(
                (span[2], seen is not None and mention(post, span) in seen) for span in spans
            )
    labels = sorted({label for heap in heaps for label, _ in heap})
    both = (False, True)
    return Scores(
        overall=_counts(heaps, labels, both),
        per_type={label: _counts(heaps, [label], both) for label in labels},
        seen=None if seen is None else _counts(heaps, labels, (True,)),
        unseen=None if seen is None else _counts(heaps, labels, (False,)),
        scoring=scoring,
        gold_fingerprint=fingerprint(gold),
        posts=len(gold),
    )


def compared(gold: Sequence[Post], predicted: Sequence[Post]) -> list[Compared]:
    """What of each post is compared, by this and every other measure; see `score`.

    Raises:
        InputError: the posts are not the same ones, or one is not annotated.
    """
    _check_aligned(gold, predicted)
    pairs = []
    for truth, guess in zip(gold, predicted, strict=True):
        got = (span for span in _spans(guess) if truth.was_sought(span[2]))
        pairs.append(Compared(truth, frozenset(_spans(truth)), frozenset(got)))
    return pairs


def mention(post: Post, span: Span) -> Mention:
    """What an entity of a post is a mention of."""
    start, end, label = span
    return " ".join(post.tokens[start:end]).lower(), label


def mentions(posts: Iterable[Post]) -> frozenset[Mention]:
    """Every (surface, label) pair that is an entity of some post.

    Case is ignored. Of the mentions of test so are 33% in Twitter-2015 and 54% in Twitter-2017 (by exact spelling 32% and 52%).

    Raises:
        InputError: a post is not annotated.
    """
    return frozenset(mention(post, span) for post in posts for span in _spans(post))


def fingerprint(posts: Iterable[Post]) -> str:
    """Twelve hexadecimal digits that name annotated posts: the same for the same tokens and entities in the same order.

    Ids, pictures, captions and the format of the file play no part. The policy for ill-formed tags does, where it changes an entity: the
    lenient and the strict reading of a file with orphan tags are two golds.

    Raises:
        InputError: a post is not annotated.
    """
    digest = hashlib.sha256()
    for post in posts:
        digest.update(json.dumps([post.tokens, sorted(_spans(post))]).encode("ascii") + b"\n")
    return digest.hexdigest()[:12]


def _check_aligned(gold: Sequence[Post], predicted: Sequence[Post]) -> None:
    """Name the first post that differs, where one does.

    In a file of two columns posts have no ids and are numbered: such an id says nothing about which post it is, so there the tokens alone decide.
    """
    for place, (truth, guess) in enumerate(zip(gold, predicted, strict=False), start=1):
        if truth.id != guess.id and str(place) not in (truth.id, guess.id):
            raise InputError(
                f"post {place}: gold has id {truth.id!r}, predicted has {guess.id!r}; score files of the same posts in the same order"
            )
        if truth.tokens != guess.tokens:
            raise InputError(
                f"post {place} (id {truth.id!r}): {_first_difference(truth.tokens, guess.tokens)}; score files of the same posts"
            )
    if len(gold) != len(predicted):
        raise InputError(
            f"expected as many predicted posts as gold ones, got {len(predicted)} and {len(gold)}; score files of the same posts"
        )


def _first_difference(gold: Sequence[str], predicted: Sequence[str]) -> str:
    for place, (truth, guess) in enumerate(zip(gold, predicted, strict=False), start=1):
        if truth != guess:
            return f"token {place} is {truth!r} in gold, {guess!r} in predicted"
    return f"gold has {len(gold)} tokens, predicted has {len(predicted)}"


def _spans(post: Post) -> set[Span]:
    return {entity.span for entity in require_entities(post)}


def _counts(heaps: Iterable[_Heap], labels: Iterable[str], seen: Iterable[bool]) -> Counts:
    """Entities of these labels, seen or not."""
    keys = list(product(labels, seen))
    gold, predicted, correct = (sum(heap[key] for key in keys) for heap in heaps)
    return Counts(gold, predicted, correct)


def _row(name: str, counts: Counts) -> _Row:
    rates = (_percent(rate) for rate in (counts.precision, counts.recall, counts.f1))
    return (name, *rates, str(counts.gold), str(counts.predicted), str(counts.correct))


def _percent(rate: float) -> str:
    return f"{100 * rate:.2f}"


def _plural(count: int) -> str:
    return "" if count == 1 else "s"
