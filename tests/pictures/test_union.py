import numpy as np
import pytest

from mner.pictures.union import union_of
from mner.types import PictureState, Regions, SeenPicture

PRESENT, ABSENT, UNREADABLE = PictureState


def regions(state: PictureState, *values: float) -> Regions:
    vectors = np.array(values, dtype=np.float32).reshape(-1, 1)
    return Regions(state, vectors, reason=None if values else f"it is {state}")


def test_pictures_come_one_after_the_other() -> None:
    union = union_of(["a", "b"], [regions(PRESENT, 1, 2), regions(PRESENT, 3)], width=1)
    assert union.vectors.tolist() == [[1], [2], [3]]
    assert union.pictures == (SeenPicture("a", PRESENT, 2), SeenPicture("b", PRESENT, 1))
    assert (union.state, union.reason) == (PRESENT, None)


@pytest.mark.parametrize(
    ("states", "best"),
    [
        ([PRESENT, ABSENT], PRESENT),
        ([UNREADABLE, PRESENT], PRESENT),
        ([ABSENT, UNREADABLE], UNREADABLE),
        ([ABSENT, ABSENT], ABSENT),
    ],
)
def test_the_state_of_all_is_the_best(states: list[PictureState], best: PictureState) -> None:
    parts = [regions(state, *([1.0] if state is PRESENT else [])) for state in states]
    union = union_of(["a", "b"], parts, width=1)
    assert [seen.state for seen in union.pictures] == states
    assert union.state is best
    assert union.reason == (None if best is PRESENT else f"it is {best}")


def test_a_post_without_pictures_has_no_regions() -> None:
    union = union_of([], [], width=3)
    assert (union.state, union.vectors.shape, union.pictures) == (ABSENT, (0, 3), ())


def test_one_picture_is_itself() -> None:
    own = regions(PRESENT, 1, 2)
    assert union_of(["a"], [own], width=1).vectors is own.vectors
