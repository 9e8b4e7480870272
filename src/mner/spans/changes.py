"""What one system gets right that another got wrong, and the other way round."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from mner.spans.align import Aligned, align
from mner.spans.verdicts import Verdict, judge, shared_words
from mner.types import Post, Span

__all__ = ["Change", "Changes", "Effect", "find_changes"]

Effect = Literal["corrected", "removed", "broken", "added"]


@dataclass(frozen=True, slots=True)
class Change:
    """Something that A and B do not get equally right."""

    effect: Effect
    post: int
    """The position of the post, from 0."""
    post_id: str
    text: str
    """The words of the gold entity, or of the spurious one."""
    gold: Span | None
    """None where a spurious entity was removed or added."""
    a: Span | None
    """What A predicted there; None for nothing."""
    b: Span | None
    """What B predicted there; None for nothing."""


@dataclass(frozen=True)
class Changes:
    """What B gets right that A got wrong, and the other way round, by post."""

    changes: tuple[Change, ...]

    @property
    def counts(self) -> dict[Effect, int]:
        """The number of changes of each effect."""
        counts = Counter(change.effect for change in self.changes)
        return {effect: counts[effect] for effect in get_args(Effect)}

    @property
    def helped(self) -> tuple[Change, ...]:
        """Where B corrects A.

        These are gold entities that only B finds, and spurious ones of A where B predicts nothing.
        """
        return self._with_effects("corrected", "removed")

    @property
    def hurt(self) -> tuple[Change, ...]:
        """Where B breaks A.

        These are gold entities that only A finds, and spurious ones of B where A predicts nothing.
        """
        return self._with_effects("broken", "added")

    def as_dict(self) -> dict[str, Any]:
        """Return everything as one object for JSON."""
        return {"counts": self.counts, "changes": list(map(asdict, self.changes))}

    def _with_effects(self, *effects: Effect) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.effect in effects)


def find_changes(gold: Sequence[Post], a: Sequence[Post], b: Sequence[Post]) -> Changes:
    """Find where B corrects A and where it breaks A.

    With A a model's text-only twin, or the model itself with the pictures exchanged, this is
    where the picture helped and where it hurt. Some of it is chance, as two trainings of the same
    model differ too.

    Args:
        gold: annotated posts.
        a: the same posts in the same order, with the entities of one system.
        b: the same posts with the entities of the other.

    Raises:
        InputError: the posts are not the same, or one is not annotated or not tagged.
    """
    changes: list[Change] = []
    pairs = zip(align(gold, a), align(gold, b), strict=True)
    for position, (first, second) in enumerate(pairs):
        verdicts_a, verdicts_b = judge(position, first), judge(position, second)
        changes += _gold_changes(verdicts_a, verdicts_b)
        for verdict in _without_counterpart(verdicts_a, second):
            changes.append(_spurious("removed", verdict, a=verdict.predicted))
        for verdict in _without_counterpart(verdicts_b, first):
            changes.append(_spurious("added", verdict, b=verdict.predicted))
    return Changes(tuple(changes))


def _gold_changes(a: Iterable[Verdict], b: Iterable[Verdict]) -> Iterator[Change]:
    """Find the gold entities of a post that only one of the systems finds."""
    by_gold = {verdict.gold: verdict for verdict in b if verdict.gold}
    for first in a:
        if not first.gold:
            continue
        second = by_gold[first.gold]
        if (first.kind == "correct") != (second.kind == "correct"):
            yield Change(
                effect="corrected" if second.kind == "correct" else "broken",
                post=first.post,
                post_id=first.post_id,
                text=first.text,
                gold=first.gold,
                a=first.predicted,
                b=second.predicted,
            )


def _without_counterpart(verdicts: Iterable[Verdict], other: Aligned) -> Iterator[Verdict]:
    """Find the spurious entities that overlap nothing which the other system predicted."""
    for verdict in verdicts:
        if verdict.kind != "spurious":
            continue
        if not any(shared_words(verdict.span, span) for span in other.predicted):
            yield verdict


def _spurious(
    effect: Effect, verdict: Verdict, *, a: Span | None = None, b: Span | None = None
) -> Change:
    return Change(effect, verdict.post, verdict.post_id, verdict.text, None, a, b)
