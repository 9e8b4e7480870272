import pytest

from mner.errors import InputError
from mner.evaluation.controls import apply_control, shuffle_pictures, without_pictures
from mner.types import Post

POSTS = [
    Post(id=str(number), tokens=("a",), picture=f"{number}.jpg", caption=f"picture {number}")
    for number in range(5)
]


@pytest.mark.parametrize("seed", range(5))
def test_no_post_keeps_its_picture_and_every_picture_stays(seed: int) -> None:
    shuffled = shuffle_pictures(POSTS, seed=seed)
    for post, other in zip(POSTS, shuffled, strict=True):
        assert (post.id, post.tokens) == (other.id, other.tokens)
        assert post.picture != other.picture
    received = {(post.picture, post.caption) for post in shuffled}
    assert received == {(post.picture, post.caption) for post in POSTS}


def test_posts_exchange_all_of_their_pictures() -> None:
    posts = [POSTS[0].with_pictures(["a", "b"]), POSTS[1]]
    first, second = shuffle_pictures(posts, seed=0)
    assert (first.pictures, second.pictures) == (("1.jpg",), ("a", "b"))
    assert [post.pictures for post in without_pictures(posts)] == [(), ()]


def test_a_control_is_applied_by_its_name() -> None:
    assert apply_control(POSTS, "given", seed=1) == POSTS
    assert apply_control(POSTS, "shuffled", seed=1) == shuffle_pictures(POSTS, seed=1)
    assert apply_control(POSTS, "none", seed=1) == without_pictures(POSTS)
    assert all(post.picture is post.caption is None for post in without_pictures(POSTS))


def test_one_post_has_nobody_to_exchange_with() -> None:
    with pytest.raises(InputError, match="exchanged between 1 post: expected at least two"):
        shuffle_pictures(POSTS[:1], seed=0)
    with pytest.raises(InputError, match="exchanged between 0 posts: expected at least two"):
        shuffle_pictures([], seed=0)
