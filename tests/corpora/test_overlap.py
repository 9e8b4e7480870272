import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.corpora.overlap import DIGEST_SIZE, KnownTexts, Overlap, find_overlap, text_digests
from mner.types import Post


def posts(*texts: str) -> list[Post]:
    return [Post(str(number), tuple(text.split())) for number, text in enumerate(texts)]


def known(train: list[Post], dev: list[Post]) -> KnownTexts:
    return KnownTexts(text_digests(train), text_digests(dev))


def test_texts_are_counted_by_what_is_comparable_in_them() -> None:
    train = posts("RT @ann : Hello World http://t.co/1", "so it is", "so it is", "only here")
    dev = posts("hello , world", "#Rome at night")
    test = posts("SO it is !", "so it IS", "rt hello world", "rome at night", "new", "newer")
    overlap = find_overlap(test, known(train, dev))
    assert overlap == Overlap(posts=6, known=4, train=2, dev=1)
    assert str(overlap) == "4 of 6 posts have a text of the training: 2 texts of train, 1 of dev"
    one = find_overlap(test[:1], known(train, dev))
    assert str(one) == "1 of 1 post has a text of the training: 1 text of train, 0 of dev"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("@ ann says hi", "@ann says hi"),
        ("see URL12 now", "see http://t.co/x now"),
        ("it 's on", "it ' s on"),
        ("# Rome now", "#Rome now"),
    ],
)
def test_texts_are_the_same_in_every_convention(first: str, second: str) -> None:
    assert text_digests(posts(first)) == text_digests(posts(second))
    assert text_digests(posts(first)) != text_digests(posts(f"{second} no"))


def test_posts_without_comparable_words_are_compared_by_their_tokens() -> None:
    train = posts("@ann http://t.co/1", "!!!", "ann")
    assert find_overlap(posts("@bob http://t.co/1", "! !"), known(train, [])).known == 0
    assert find_overlap(posts("@ann http://t.co/1", "!!!"), known(train, [])).known == 2


def test_a_digest_is_eight_bytes_whatever_the_characters() -> None:
    digests = text_digests([Post("1", ("\ud800", "x" * 10_000)), Post("2", ("",))])
    assert len(digests) == 2 * DIGEST_SIZE == 16


@pytest.mark.parametrize(
    ("shared", "fresh", "is_leak"), [(1, 9, False), (2, 17, True), (1, 8, True), (0, 1, False)]
)
def test_more_than_a_tenth_of_known_posts_is_a_leak(shared: int, fresh: int, is_leak: bool) -> None:
    train = posts(*(f"old {number}" for number in range(5)))
    test = train[:shared] + posts(*(f"new {number}" for number in range(fresh)))
    assert find_overlap(test, known(train, posts("dev"))).is_leak is is_leak


def test_a_file_with_all_of_dev_is_a_leak_however_long_it_is() -> None:
    test = posts(*(f"new {number}" for number in range(100)))
    dev = posts("a b", "c d")
    assert not find_overlap([*test, dev[0]], known([], dev)).is_leak
    found = find_overlap([*test, *reversed(dev)], known(posts("e f"), dev))
    assert found.is_leak
    assert found.whole == ("dev",)


WORDS = st.lists(st.sampled_from("abcdefgh"), max_size=12)


@given(WORDS, WORDS, WORDS)
def test_counts_are_those_of_sets(train: list[str], dev: list[str], test: list[str]) -> None:
    overlap = find_overlap(posts(*test), known(posts(*train), posts(*dev)))
    trained = {*train, *dev}
    assert (overlap.posts, overlap.known, overlap.train, overlap.dev) == (
        len(test),
        sum(word in trained for word in test),
        len({*train} & {*test}),
        len({*dev} & {*test}),
    )
    assert overlap.whole == tuple(
        name for name, words in (("train", train), ("dev", dev)) if words and {*words} <= {*test}
    )
