"""One verdict for every gold and every predicted entity.

In each post gold and predicted entities are paired, one with one, in this order; a pair takes no
part in the rounds that follow:

1. `correct`: same start, end and label.
2. `type`: same start and end, another label.
3. `boundary`: they overlap and have the same label.
4. `both`: they overlap and have another label.

Where several pairs are possible, the one that shares most words comes first, then the one whose
gold entity starts first, then the one whose predicted entity does. Gold entities that are left
are `missed`, predicted ones `spurious`. So "New York City" tagged as "New" and "York City" is one
wrong boundary and one spurious entity.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

from mner.spans.align import Aligned
from mner.types import Span

__all__ = ["KINDS", "Kind", "Verdict", "judge", "shared_words"]

Kind = Literal["correct", "type", "boundary", "both", "missed", "spurious"]

KINDS: tuple[Kind, ...] = get_args(Kind)
"""In the order of the tables."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is right or wrong with one gold entity, one predicted entity, or a pair of them."""

    kind: Kind
    post: int
    """The position of the post, from 0."""
    post_id: str
    gold: Span | None
    """None where the prediction is spurious."""
    predicted: Span | None
    """None where the gold entity was missed."""
    text: str
    """The words of the gold entity, or of the spurious one."""

    @property
    def span(self) -> Span:
        """The span of the gold entity, or of the spurious one."""
        span = self.gold or self.predicted
        assert span is not None
        return span

    @property
    def gold_label(self) -> str | None:
        """The label of the gold entity; None where the prediction is spurious."""
        return self.gold[2] if self.gold else None

    @property
    def predicted_label(self) -> str | None:
        """The label of the predicted entity; None where the gold entity was missed."""
        return self.predicted[2] if self.predicted else None


def judge(position: int, posts: Aligned) -> list[Verdict]:
    """Return the verdicts on one post, in the order of their first words.

    Args:
        position: the position of the post, from 0.
        posts: its gold and its predicted spans.
    """
    gold, predicted = set(posts.gold), set(posts.predicted)
    verdicts = []
    for kind, fits in _ROUNDS.items():
        # The closest pair comes first; an entity that is taken leaves the round.
        pairs = [pair for pair in product(gold, predicted) if fits(*pair)]
        for truth, guess in sorted(pairs, key=_closest_first):
            if truth in gold and guess in predicted:
                gold.remove(truth)
                predicted.remove(guess)
                verdicts.append(_verdict(kind, position, posts, gold=truth, predicted=guess))
    for span in gold:
        verdicts.append(_verdict("missed", position, posts, gold=span))
    for span in predicted:
        verdicts.append(_verdict("spurious", position, posts, predicted=span))
    return sorted(verdicts, key=lambda verdict: verdict.span)


def shared_words(first: Span, second: Span) -> int:
    """Count the words that both spans hold."""
    return max(0, min(first[1], second[1]) - max(first[0], second[0]))


_ROUNDS: dict[Kind, Callable[[Span, Span], bool]] = {
    "correct": lambda gold, predicted: gold == predicted,
    "type": lambda gold, predicted: gold[:2] == predicted[:2],
    "boundary": lambda gold, predicted: (
        shared_words(gold, predicted) > 0 and gold[2] == predicted[2]
    ),
    "both": lambda gold, predicted: shared_words(gold, predicted) > 0,
}
"""Which pairs fit in each round, in the order of the rounds."""


def _closest_first(pair: tuple[Span, Span]) -> tuple[int, tuple[Span, Span]]:
    return -shared_words(*pair), pair


def _verdict(
    kind: Kind,
    position: int,
    posts: Aligned,
    *,
    gold: Span | None = None,
    predicted: Span | None = None,
) -> Verdict:
    span = gold or predicted
    assert span is not None
    text = " ".join(posts.post.tokens[span[0] : span[1]])
    return Verdict(kind, position, posts.post.id, gold, predicted, text)
