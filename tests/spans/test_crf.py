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
