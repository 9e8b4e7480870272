"""What the starter learns from: the corpora twice, and a part of what was made of them."""

import random
from collections import Counter

from benchmarks.starter_posts import mixture
from mner.types import Post


def posts(*names: str) -> list[Post]:
    return [Post(id=name, tokens=("a",), entities=()) for name in names]


def test_corpora_count_twice_and_sentences_that_are_no_tweets_at_most_once() -> None:
    corpora = posts("btc.train:1", "btc.train:2")
    copies = posts(*(f"btc.train:1:0:{kind}" for kind in range(400)), "alone:0")
    texts = posts("tweets:0:0", "tweets:0:1", "nytEditorialSnippets:0:1")
    mixed = [post.id for post in mixture(corpora, copies, texts, random.Random(0))]
    assert len(mixed) == len(set(mixed))
    sources = Counter(name.split(":")[0] for name in mixed if name.count(":") < 3)
    assert sources["btc.train"] == 4
    assert sources["tweets"] == 2
    assert not sources["nytEditorialSnippets"]
    kept = sum(name.count(":") == 3 for name in mixed)
    assert "btc.train:1:0:0" in mixed
    assert 0.6 < kept / 400 < 0.8
