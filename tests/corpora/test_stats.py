from collections import Counter
from pathlib import Path

import pytest

from mner.corpora.stats import corpus_stats


def test_stats(files: tuple[Path, Path]) -> None:
    stats = corpus_stats(files[0])
    assert stats.as_dict() == {
        "file": str(files[0]),
        "posts": 4,
        "tokens": 12,
        "longest_post": 6,
        "posts_not_annotated": 0,
        "posts_without_entities": 2,
        "entities_lenient": 2,
        "entities_strict": 1,
        "orphan_tags": 1,
        "labels": {"LOC": 1, "ORG": 1},
        "tweet_tokens": {"URLs": 2, "mentions": 1, "hashtags": 1},
        "tweet_tokens_in_entities": {"URLs": 0, "mentions": 0, "hashtags": 1},
    }
    lines = stats.render().splitlines()
    assert lines[0] == str(files[0])
    assert lines[3].split() == ["entities", "2", "lenient;", "1", "strict;", "1", "orphan", "tags"]
    assert lines[-1].split() == ["hashtags", "1", "1", "in", "entities"]


@pytest.mark.parametrize(
    ("name", "lenient", "strict", "orphans"),
    [("train", 6352, 6166, 186), ("valid", 1594, 1541, 53), ("test", 5207, 5072, 135)],
)
def test_stats_of_twitter_2015(
    real_data: Path, name: str, lenient: int, strict: int, orphans: int
) -> None:
    stats = corpus_stats(real_data / "twitter2015" / f"{name}.txt")
    assert (stats.entities_lenient, stats.entities_strict, stats.orphan_tags) == (
        lenient,
        strict,
        orphans,
    )
    assert sum(stats.labels.values()) == lenient


def test_tweet_tokens_of_twitter_2015(real_data: Path) -> None:
    kinds: Counter[str] = Counter()
    kinds_in_entities: Counter[str] = Counter()
    for name in ("train", "valid", "test"):
        stats = corpus_stats(real_data / "twitter2015" / f"{name}.txt")
        kinds.update(stats.tweet_tokens)
        kinds_in_entities.update(stats.tweet_tokens_in_entities)
    assert kinds == {"URLs": 10_786, "mentions": 6865, "hashtags": 4472}
    assert kinds_in_entities == {"URLs": 0, "mentions": 7, "hashtags": 1166}
