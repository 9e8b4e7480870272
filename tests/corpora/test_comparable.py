from pathlib import Path

import pytest

from mner.corpora.comparable import comparable_text
from mner.posts.read import read_posts


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (("RT", "@me", ":", "Go", "#Spurs", "!", "http://t.co/x"), "rt go spurs"),
        (("go", "_", "SPURS"), "go _ spurs"),
        (("don't", "Ünal"), "don t ünal"),
        (("😀", "..."), ""),
    ],
)
def test_comparable_text(tokens: tuple[str, ...], text: str) -> None:
    assert comparable_text(tokens) == text


@pytest.mark.parametrize(
    "other",
    [
        "twitter2017/train.txt",
        "tweets/btc.train.conll",
        "tweets/tweebank.train.conll",
        "tweets/wnut17.train.conll",
    ],
)
def test_no_text_of_twitter_2015_stands_in_another_corpus(real_data: Path, other: str) -> None:
    splits = [real_data / "twitter2015" / f"{name}.txt" for name in ("train", "valid", "test")]
    known = set().union(*map(texts, splits))
    found = texts(real_data / other)
    assert len(found) > 900
    assert not known & found


def texts(path: Path) -> set[str]:
    """The texts of a file that can be compared."""
    posts = read_posts(path, on_problem=lambda _: None)
    return {comparable_text(post.tokens) for post in posts} - {""}
