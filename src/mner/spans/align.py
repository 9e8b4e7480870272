"""Gold and predicted posts, side by side: the input of every measure."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mner.errors import InputError, quoted
from mner.spans.gold import annotated_spans
from mner.types import Post, Span

__all__ = ["Aligned", "align", "labels_of"]


class Aligned(NamedTuple):
    """A post with its gold and its predicted spans."""

    post: Post
    gold: frozenset[Span]
    predicted: frozenset[Span]
    """Only those whose label was annotated."""


def align(gold: Sequence[Post], predicted: Sequence[Post]) -> list[Aligned]:
    """Pair each gold post with its prediction.

    Args:
        gold: annotated posts. Where a post says which labels were annotated, predictions of
            other labels are left out: they count neither as right nor as wrong.
        predicted: the same posts in the same order, with predicted entities.

    Raises:
        InputError: the posts are not the same, or one is not annotated or not tagged.
    """
    _check_same_posts(gold, predicted)
    pairs = []
    for truth, guess in zip(gold, predicted, strict=True):
        sought = (span for span in annotated_spans(guess) if truth.was_sought(span[2]))
        pairs.append(Aligned(truth, annotated_spans(truth), frozenset(sought)))
    return pairs


def labels_of(posts: Iterable[Aligned]) -> list[str]:
    """Return the labels of all gold and predicted spans, sorted."""
    labels = set()
    for _, gold, predicted in posts:
        labels |= {label for _, _, label in gold | predicted}
    return sorted(labels)


def _check_same_posts(gold: Sequence[Post], predicted: Sequence[Post]) -> None:
    """Raise an error that names the first post that differs.

    In a file of two columns posts have no ids and are numbered. Such a number does not identify
    a post, so there the tokens alone decide.
    """
    for number, (truth, guess) in enumerate(zip(gold, predicted, strict=False), start=1):
        if truth.id != guess.id and str(number) not in (truth.id, guess.id):
            raise InputError(
                f"post {number}: gold has id {quoted(truth.id)}, predicted has {quoted(guess.id)}; "
                "score files of the same posts in the same order"
            )
        if truth.tokens != guess.tokens:
            difference = _first_difference(truth.tokens, guess.tokens)
            raise InputError(
                f"post {number} (id {quoted(truth.id)}): {difference}; score files of the "
                "same posts"
            )
    counts = len(gold), len(predicted)
    if len(gold) != len(predicted):
        short, long = ("gold", "predicted") if len(gold) < len(predicted) else ("predicted", "gold")
        raise InputError(
            f"expected as many predicted posts as gold ones: {short} ends after "
            f"{min(counts)} posts, and {long} has {max(counts)}; score files of the same posts"
        )


def _first_difference(gold: Sequence[str], predicted: Sequence[str]) -> str:
    for number, (truth, guess) in enumerate(zip(gold, predicted, strict=False), start=1):
        if truth != guess:
            return f"token {number} is {quoted(truth)} in gold, {quoted(guess)} in predicted"
    return f"gold has {len(gold)} tokens, predicted has {len(predicted)}"
