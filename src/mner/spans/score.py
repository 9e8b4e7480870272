"""Precision, recall and F1 of predicted entities.

An entity is correct when start, end and label all agree with gold. What an ill-formed tag means
is decided earlier, where tags become spans (`mner.bio.tags_to_spans`): `begin` is lenient,
`drop` is strict.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from mner.bio import ORPHANS, Scoring
from mner.errors import InputError, quoted
from mner.spans.align import align
from mner.spans.assisted import count_assisted
from mner.spans.gold import Mention, fingerprint, mention
from mner.spans.scores import Counts, Scores
from mner.types import Post

__all__ = ["score"]


def score(
    gold: Iterable[Post],
    predicted: Iterable[Post],
    *,
    seen: frozenset[Mention] | None = None,
    scoring: str = "lenient",
) -> Scores:
    """Compare predicted entities with gold ones.

    Args:
        gold: annotated posts. Where a post says which labels were annotated, predictions of
            other labels count neither as right nor as wrong.
        predicted: the same posts in the same order, with predicted entities. An entity that
            stands twice in a post counts once.
        seen: mentions of the training posts (see `mner.spans.gold.mentions`); entities among
            them, and all others, are then scored separately as well.
        scoring: `lenient` or `strict`, the name under which the result is reported, and nothing
            else: the policy was applied where tags became entities.

    Raises:
        InputError: `scoring` is neither, the posts are not the same, or one is not annotated or
            not tagged.
    """
    mode = _checked(scoring)
    gold, predicted = list(gold), list(predicted)
    outcomes: Counter[_Outcome] = Counter()
    for post, truth, guess in align(gold, predicted):
        for span in truth | guess:
            is_seen = seen is not None and mention(post, span) in seen
            outcomes[_Outcome(span[2], is_seen, span in truth, span in guess)] += 1
    labels = sorted({outcome.label for outcome in outcomes})
    return Scores(
        overall=_counts(outcomes),
        per_type={label: _counts(outcomes, label=label) for label in labels},
        seen=None if seen is None else _counts(outcomes, is_seen=True),
        unseen=None if seen is None else _counts(outcomes, is_seen=False),
        scoring=mode,
        gold_fingerprint=fingerprint(gold),
        posts=len(gold),
        llm_assisted=count_assisted(gold, predicted),
    )


class _Outcome(NamedTuple):
    """What scoring needs to know of an entity."""

    label: str
    is_seen: bool
    """Whether it is a mention of the training posts."""
    in_gold: bool
    in_predicted: bool


def _checked(scoring: str) -> Scoring:
    for mode in ORPHANS:
        if scoring == mode:
            return mode
    raise InputError(
        f"scoring {quoted(scoring)} is not known: expected one of {', '.join(ORPHANS)}"
    )


def _counts(
    outcomes: Counter[_Outcome], *, label: str | None = None, is_seen: bool | None = None
) -> Counts:
    """Count the entities of a label, and those seen or not; None takes all of them."""
    gold = predicted = correct = 0
    for outcome, count in outcomes.items():
        if label not in (None, outcome.label) or is_seen not in (None, outcome.is_seen):
            continue
        gold += count * outcome.in_gold
        predicted += count * outcome.in_predicted
        correct += count * (outcome.in_gold and outcome.in_predicted)
    return Counts(gold, predicted, correct)
