import pytest

from mner.pages.running import running
from mner.types import Post


def text(post: Post) -> str:
    run = running(post)
    assert len(run.gaps) == len(run.words) + 1
    inside = zip(run.words, run.gaps[1:], strict=True)
    return run.gaps[0] + "".join(word + gap for word, gap in inside)


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        (("I", "saw", "Rome", ",", "(", "twice", ")", "!!!"), "I saw Rome, (twice)!!!"),
        (("It", "'s", "Jo", "’s", "."), "It's Jo’s."),
        (("#", "travel", "with", "@", "jo"), "#travel with @jo"),
        (("at", "$", "5", ",", "5", "%"), "at $5, 5%"),
        (("RT", ":", "a", "-", "b", "“", "c", "”"), "RT: a - b “c”"),
        ((), ""),
    ],
)
def test_tokens_become_running_text(tokens: tuple[str, ...], expected: str) -> None:
    assert text(Post("1", tokens)) == expected


def test_a_raw_text_is_kept_as_it_is() -> None:
    post = Post("1", ("In", "Rome"), text=" In\n Rome ! ", offsets=((1, 3), (5, 9)))
    assert text(post) == " In\n Rome ! "
    assert running(post).words == ("In", "Rome")


def test_offsets_out_of_order_do_not_garble_the_words() -> None:
    post = Post("1", ("b", "a"), text="a b", offsets=((2, 3), (0, 1)))
    assert text(post) == "b a"
