from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mner.tagging.load import load
from mner.tagging.tagger import Tagger
from mner.training.calibration import balance, temperature_of
from mner.training.train import train
from mner.types import Post
from tests.tiny import tiny_recipe


@pytest.fixture(scope="module")
def tagger(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Tagger:
    return load(train(tiny_recipe(corpus), tmp_path_factory.mktemp("tag") / "run").model)


def posts_of(texts: Iterable[str]) -> list[Post]:
    return [Post(str(number), tuple(text.split())) for number, text in enumerate(texts)]


def count_entities(tagger: Tagger, posts: Sequence[Post]) -> int:
    return sum(len(tagged.entities) for tagged in tagger.tag(posts))


def test_balance_finds_what_dev_shows_to_be_missed(tagger: Tagger) -> None:
    unsure = tagger.decoder.lowered(-8.0)
    shy = Tagger(tagger._indexer, tagger._backend, unsure, regions=None, per_word=True)
    gold = list(tagger.tag(posts_of(("saw Rome", "#love Ann !", "Bob was here today"))))
    balanced = balance(shy, gold)
    counts = [count_entities(with_o, gold) for with_o in (shy, balanced, tagger)]
    assert counts[0] <= counts[1] <= counts[2] == 3
    assert balanced.crf.start[0] <= shy.crf.start[0]
    np.testing.assert_array_equal(balance(tagger, gold).crf.start, tagger.crf.start)


def test_labels_nobody_looked_for_play_no_part_in_the_temperature(tagger: Tagger) -> None:
    texts = [f"{name} was here today" for name in ("Rome", "Ann", "Oslo", "Bob") * 5]
    gold = []
    for post in tagger.tag(posts_of(texts)):
        places = tuple(entity for entity in post.entities if entity.label == "LOC")
        gold.append(replace(post, entities=places, annotated=("LOC",)))
    temperature = temperature_of(tagger, gold)
    assert temperature == temperature_of(tagger, [post for post in gold if post.entities])
    everything = [replace(post, annotated=None) for post in gold]
    assert temperature != temperature_of(tagger, everything)
