import pytest

from mner.runs.effects import picture_effects
from mner.runs.scores import ScoredRun


def test_each_run_with_captions_is_compared_with_twin_itself_and_another_seed(
    scored: list[ScoredRun],
) -> None:
    effects = picture_effects(scored, twin=scored[2])
    assert [(effect.name, effect.other_name, effect.is_chance) for effect in effects] == [
        ("captions-0", "text", False),
        ("captions-0", "captions-0 with captions exchanged", False),
        ("captions-0", "captions-1", True),
        ("captions-1", "text", False),
        ("captions-1", "captions-1 with captions exchanged", False),
        ("captions-1", "captions-0", True),
    ]
    for effect, one in zip(effects, [scored[0]] * 3 + [scored[1]] * 3, strict=True):
        assert effect.rates.difference.f1.value == pytest.approx(
            one.given.scores.f1 - effect.other.scores.f1
        )
        counts = effect.changes.counts
        assert (
            counts["corrected"] - counts["broken"]
            == one.given.scores.overall.correct - effect.other.scores.overall.correct
        )


def test_without_twin_and_other_seeds_a_run_is_compared_with_itself(
    scored: list[ScoredRun],
) -> None:
    assert [effect.against for effect in picture_effects([scored[0], scored[2]], twin=None)] == [
        "itself with captions exchanged"
    ]
    assert picture_effects([scored[2]], twin=None) == []
