from random import Random

import numpy as np
import pytest

from mner.corpora.drawing import KINDS, draw_picture, draw_sign


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_decided_by_kind_and_chance(kind: str) -> None:
    pictures = [np.asarray(draw_picture(kind, Random(seed))) for seed in (1, 1, 2)]
    assert [picture.shape for picture in pictures] == [(224, 224, 3)] * 3
    assert (pictures[0] == pictures[1]).all()
    assert (pictures[0] != pictures[2]).mean() > 0.5
    assert pictures[0].std() > 10


def test_kinds_differ_with_the_same_chance() -> None:
    pictures = [draw_picture(kind, Random(1)).tobytes() for kind in KINDS]
    assert len(set(pictures)) == len(KINDS) == 4


def test_no_two_pictures_are_alike() -> None:
    assert len({draw_picture("thing", Random(seed)).tobytes() for seed in range(20)}) == 20


def test_a_sign_is_decided_by_word_and_chance() -> None:
    first, again, other, later = (
        np.asarray(draw_sign(word, Random(seed)))
        for word, seed in (("LONDON", 1), ("LONDON", 1), ("OSLO", 1), ("LONDON", 2))
    )
    assert first.shape == (224, 224, 3)
    assert (first == again).all()
    assert 0.002 < (first != other).mean() < 0.3
    assert (first != later).mean() > 0.5
