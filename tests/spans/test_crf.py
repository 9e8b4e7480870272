import re

import numpy as np
import pytest

from mner.bio import allowed_transitions, tag_names
from mner.errors import InputError
from mner.spans.crf import CrfParameters

TAGS = tag_names(["LOC", "PER"])


def test_parameters_must_fit_one_another() -> None:
    with pytest.raises(
        InputError, match=r"CRF transitions: expected shape \(5, 5\) for 5 tags, got \(4, 4\)"
    ):
        CrfParameters(transitions=np.zeros((4, 4)), start=np.zeros(5), end=np.zeros(5))
    with pytest.raises(InputError, match="CRF end: expected finite scores"):
        CrfParameters(transitions=np.zeros((5, 5)), start=np.zeros(5), end=np.full(5, np.nan))
    with pytest.raises(InputError, match="CRF constraints: expected 4 tags, got 5"):
        CrfParameters(
            transitions=np.zeros((4, 4)),
            start=np.zeros(4),
            end=np.zeros(4),
            allowed=allowed_transitions(TAGS),
        )


@pytest.mark.parametrize(
    ("name", "shape"), [("transitions", (3, 2)), ("start", (2, 2)), ("end", (3,))]
)
def test_messages_name_the_array_what_was_expected_and_what_helps(
    name: str, shape: tuple[int, ...]
) -> None:
    arrays = {"transitions": np.zeros((2, 2)), "start": np.zeros(2), "end": np.zeros(2)}
    expected = "(2, 2)" if name == "transitions" else "(2,)"
    if name == "start":  # it says how many tags there are
        arrays["start"], name, shape, expected = np.zeros(3), "transitions", (2, 2), "(3, 3)"
    else:
        arrays[name] = np.zeros(shape)
    message = (
        f"CRF {name}: expected shape {expected} for {len(arrays['start'])} tags, got {shape}; take "
        "all arrays from one model"
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        CrfParameters(arrays["transitions"], arrays["start"], arrays["end"])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_scores_that_are_not_finite_say_what_went_wrong(value: float) -> None:
    message = (
        "^CRF start: expected finite scores, got NaN or infinity; the training diverged, use "
        "another checkpoint$"
    )
    with pytest.raises(InputError, match=message):
        CrfParameters(transitions=np.zeros((2, 2)), start=np.array([0, value]), end=np.zeros(2))
    message = r"^CRF constraints: expected 2 tags, got 5; build them from the model's own tags$"
    with pytest.raises(InputError, match=message):
        CrfParameters(
            transitions=np.zeros((2, 2)),
            start=np.zeros(2),
            end=np.zeros(2),
            allowed=allowed_transitions(TAGS),
        )


def test_a_temperature_divides_every_score() -> None:
    rng = np.random.default_rng(0)
    crf = CrfParameters(rng.normal(size=(3, 3)), rng.normal(size=3), rng.normal(size=3))
    divided = crf.divided(2.0)
    for name in ("transitions", "start", "end"):
        np.testing.assert_array_equal(getattr(divided, name), getattr(crf, name) / 2.0)
