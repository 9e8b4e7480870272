import numpy as np
import pytest
import torch

from mner.bio import allowed_transitions
from mner.model.attention import ConcatAttention
from mner.model.build import _with_padding, build_network, name_of


def test_padding_is_a_class_before_those_of_the_tags() -> None:
    tags = allowed_transitions(("O", "B-X", "I-X"))
    padded = _with_padding(tags)
    assert {str(array.dtype) for array in padded} == {"bool"}
    assert padded.start.astype(int).tolist() == [1, 1, 1, 0]
    assert padded.end.astype(int).tolist() == [0, 1, 1, 1]
    assert padded.step.astype(int).tolist() == [
        [1, 1, 1, 0],  # padding, then padding or a tag that may stand first
        [0, 1, 1, 0],
        [0, 1, 1, 1],
        [0, 1, 1, 1],
    ]
    np.testing.assert_array_equal(padded.step[1:, 1:], tags.step)


class Builder:
    """Builds networks when it is called."""

    def __call__(self) -> None: ...


def test_what_builds_a_network_is_known_by_module_and_name() -> None:
    assert name_of(build_network) == "mner.model.build.build_network"
    assert name_of(Builder()) == f"{__name__}.Builder"  # type: ignore[arg-type]


def test_the_score_of_concat_attention_has_no_constant_which_the_softmax_would_cancel() -> None:
    attention = ConcatAttention(3, 4, 5)
    assert {name: tuple(value.shape) for name, value in attention.named_parameters()} == {
        "key.weight": (5, 4),
        "score.weight": (1, 5),
    }
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        attention(torch.zeros(1, 2, 3), torch.zeros(1, 2, 3), torch.ones(1, 2, dtype=torch.bool))
