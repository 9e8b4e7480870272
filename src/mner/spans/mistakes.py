"""What is wrong with predictions: every gold and every predicted entity gets one verdict; and what one system gets right that another got wrong.

In each post gold and predicted entities are paired, one with one, in this order; what is paired is out of what follows:

1. `correct`: same start, end and label.
2. `type`: same start and end, another label.
3. `boundary`: they overlap and have the same label.
4. `both`: they overlap and have another label.

Where several pairs are possible, the one that shares most words comes first, then the one whose gold entity starts first, then the one whose predicted
entity does. Gold entities left over are `missed`, predicted ones `spurious`. So "New York City" tagged as "New" and "York City" is one wrong boundary and one
spurious entity.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any, Literal, TypeAlias, get_args

from mner.spans.align import Aligned, align
from mner.types import Post, Span

__all__ = [
    "KINDS",
    "Change",
    "Changes",
    "Confusion",
    "Effect",
    "Kind",
    "Mistakes",
    "Surface",
    "Verdict",
    "find_changes",
    "find_mistakes",
]

Kind = Literal["correct", "type", "boundary", "both", "missed", "spurious"]
Effect = Literal["corrected", "removed", "broken", "added"]

KINDS: tuple[Kind, ...] = get_args(Kind)
"""In the order of the tables."""

_Pair: TypeAlias = tuple[Span, Span]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One gold entity, one predicted entity, or a pair of them."""

    kind: Kind
    post: int
    """The place of the post, from 0."""
    post_id: str
    gold: Span | None
    """None where the prediction is spurious."""
    predicted: Span | None
    """None where the gold entity was missed."""
    text: str
    """The words of the gold entity, or of the spurious one."""

    @property
    def span(self) -> Span:
        """Of the gold entity, or of the spurious one."""
        span = self.gold or self.predicted
        assert span is not None
        return span

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often each label was taken for each."""

    labels: tuple[str, ...]
    """L of them, sorted."""
    counts: tuple[tuple[int, ...], ...]
    """(L + 1, L + 1): gold label by predicted label; the last row is no gold entity, the last column none predicted, their meeting 0."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON; the label `null` stands for none."""
        return {"labels": [*self.labels, None], "counts": [list(row) for row in self.counts]}


@dataclass(frozen=True, slots=True)
class Surface:
    """A mistake that is made with the same words again and again."""

    text: str
    """Lower-cased words of the gold entity, or of the spurious one."""
    kind: Kind
    gold: str | None
    """Label; None where there is no gold entity."""
    predicted: str | None
    """Label; None where none was predicted."""
    count: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Mistakes:
    """All verdicts on one set of predictions, by post, in the order of their first words."""

    verdicts: tuple[Verdict, ...]

    @property
    def counts(self) -> dict[Kind, int]:
        """How many verdicts there are of each kind."""
        found = Counter(verdict.kind for verdict in self.verdicts)
        return {kind: found[kind] for kind in KINDS}

    @property
    def per_type(self) -> dict[str, dict[Kind, int]]:
        """The same by label of the gold entity, or of the spurious one; labels are sorted."""
        found = Counter((verdict.span[2], verdict.kind) for verdict in self.verdicts)
        return {
            label: {kind: found[label, kind] for kind in KINDS}
            for label in sorted({verdict.span[2] for verdict in self.verdicts})
        }

    @property
    def confusion(self) -> Confusion:
        """Of the types; a pair with a wrong boundary counts under its labels too."""
        labels = sorted(
            {
                span[2]
                for verdict in self.verdicts
                for span in (verdict.gold, verdict.predicted)
                if span
            }
        )
        found = Counter(
            (_label(verdict.gold), _label(verdict.predicted)) for verdict in self.verdicts
        )
        keys = (*labels, None)
        return Confusion(
            tuple(labels), tuple(tuple(found[row, column] for column in keys) for row in keys)
        )

    def frequent(self, *, kind: Kind | None = None, limit: int = 20) -> list[Surface]:
        """The mistakes that are made most often with the same words, labels and kind; of equal counts the first in the alphabet.

        Args:
            kind: only of this kind; None for all but `correct`.
            limit: how many at most.
        """
        wrong = (
            verdict
            for verdict in self.verdicts
            if verdict.kind == kind or (kind is None and verdict.kind != "correct")
        )
        found = Counter(
            (verdict.text.lower(), verdict.kind, _label(verdict.gold), _label(verdict.predicted))
            for verdict in wrong
        )
        ordered = sorted(
            found.items(), key=lambda item: (-item[1], [part or "" for part in item[0]])
        )
        return [Surface(*key, count) for key, count in ordered[:limit]]

    def as_dict(self, *, limit: int = 20) -> dict[str, Any]:
        """Counts, confusion and the most frequent mistakes for JSON, without the single verdicts."""
        return {
            "counts": self.counts,
            "per_type": self.per_type,
            "confusion": self.confusion.as_dict(),
            "frequent": [surface.as_dict() for surface in self.frequent(limit=limit)],
        }


@dataclass(frozen=True, slots=True)
class Change:
    """Something that A and B do not get equally right."""

    effect: Effect
    post: int
    """The place of the post, from 0."""
    post_id: str
    text: str
    """The words of the gold entity, or of the spurious one."""
    gold: Span | None
    """None where a spurious entity was removed or added."""
    a: Span | None
    """What A made of it, None where nothing."""
    b: Span | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Changes:
    """What B gets right that A got wrong, and the other way round, by post."""

    changes: tuple[Change, ...]

    @property
    def counts(self) -> dict[Effect, int]:
        """How many changes there are of each effect."""
        found = Counter(change.effect for change in self.changes)
        return {effect: found[effect] for effect in get_args(Effect)}

    @property
    def helped(self) -> tuple[Change, ...]:
        """Where B corrects A: gold entities that only B finds, and spurious ones of A where B has nothing."""
        return tuple(change for change in self.changes if change.effect in ("corrected", "removed"))

    @property
    def hurt(self) -> tuple[Change, ...]:
        """Where B breaks A: gold entities that only A finds, and spurious ones of B where A has nothing."""
        return tuple(change for change in self.changes if change.effect in ("broken", "added"))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"counts": self.counts, "changes": [change.as_dict() for change in self.changes]}


def find_mistakes(gold: Sequence[Post], predicted: Sequence[Post]) -> Mistakes:
    """Give every gold and every predicted entity its verdict, as the head of this file says.

    Args:
        gold: annotated posts; of others than the annotated labels no prediction is looked at.
        predicted: the same posts in the same order.

    Raises:
        InputError: the posts are not the same ones, or one is not annotated.
    """
    return Mistakes(
        tuple(
            verdict
            for place, pair in enumerate(align(gold, predicted))
            for verdict in _verdicts(place, pair)
        )
    )


def find_changes(gold: Sequence[Post], a: Sequence[Post], b: Sequence[Post]) -> Changes:
    """Where B corrects A and where it breaks A.

    With A a model's text-only twin, or the model itself with the pictures exchanged, this is where the picture helped and where it hurt; some of it is chance,
    as two trainings of the same model differ too.

    Args:
        gold: annotated posts.
        a: the same posts in the same order, with the entities of one system.
        b: the same of the other.

    Raises:
        InputError: as `find_mistakes`.
    """
    sides = (align(gold, a), align(gold, b))
    return Changes(
        tuple(
            change
            for place, (first, second) in enumerate(zip(*sides, strict=True))
            for change in _changes(place, first, second)
        )
    )


def _verdicts(place: int, posts: Aligned) -> list[Verdict]:
    """On one post."""
    gold, predicted = set(posts.gold), set(posts.predicted)
    found: list[tuple[Kind, Span | None, Span | None]] = []
    for kind, fits in _ROUNDS.items():
        for truth, guess in sorted(
            filter(lambda pair: fits(*pair), product(gold, predicted)), key=_closest_first
        ):
            if truth in gold and guess in predicted:
                gold.remove(truth)
                predicted.remove(guess)
                found.append((kind, truth, guess))
    found += [
        *(("missed", span, None) for span in gold),
        *(("spurious", None, span) for span in predicted),
    ]
    verdicts = [
        Verdict(kind, place, posts.post.id, truth, guess, _text(posts.post, truth or guess))
        for kind, truth, guess in found
    ]
    return sorted(verdicts, key=lambda verdict: verdict.span)


def _shared(first: Span, second: Span) -> int:
    """How many words both have."""
    return max(0, min(first[1], second[1]) - max(first[0], second[0]))


_ROUNDS: dict[Kind, Callable[[Span, Span], bool]] = {
    "correct": lambda gold, predicted: gold == predicted,
    "type": lambda gold, predicted: gold[:2] == predicted[:2],
    "boundary": lambda gold, predicted: _shared(gold, predicted) > 0 and gold[2] == predicted[2],
    "both": lambda gold, predicted: _shared(gold, predicted) > 0,
}
"""In their order; see the head of this file."""


def _closest_first(pair: _Pair) -> tuple[int, _Pair]:
    return -_shared(*pair), pair


def _changes(place: int, first: Aligned, second: Aligned) -> Iterator[Change]:
    """On one post, whose gold is the same on both sides."""
    sides = [_verdicts(place, posts) for posts in (first, second)]
    by_gold = [{verdict.gold: verdict for verdict in side if verdict.gold} for side in sides]
    for gold, one in by_gold[0].items():
        other = by_gold[1][gold]
        if (one.kind == "correct") != (other.kind == "correct"):
            yield Change(
                "corrected" if other.kind == "correct" else "broken",
                place,
                one.post_id,
                one.text,
                gold,
                one.predicted,
                other.predicted,
            )
    for one in _without_counterpart(sides[0], second.predicted):
        yield Change("removed", place, one.post_id, one.text, None, one.predicted, None)
    for one in _without_counterpart(sides[1], first.predicted):
        yield Change("added", place, one.post_id, one.text, None, None, one.predicted)


def _without_counterpart(
    verdicts: Iterable[Verdict], predicted: Iterable[Span]
) -> Iterator[Verdict]:
    """Spurious entities that overlap nothing which the other system predicted."""
    spans = list(predicted)
    return (
        one
        for one in verdicts
        if one.kind == "spurious"
        and one.predicted
        and not any(_shared(one.predicted, span) for span in spans)
    )


def _text(post: Post, span: Span | None) -> str:
    assert span is not None
    return " ".join(post.tokens[span[0] : span[1]])


def _label(span: Span | None) -> str | None:
    return span[2] if span else None
