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


def post(number: int, text: str) -> Post:
    return Post(str(number), tuple(text.split()))


def test_balance_finds_what_dev_shows_to_be_missed(tagger: Tagger) -> None:
    unsure = tagger.decoder.lowered(-8.0)
    shy = Tagger(tagger._indexer, tagger._backend, unsure, regions=None, per_word=True)
    gold = list(
        tagger.tag(
            [
                post(number, text)
                for number, text in enumerate(("saw Rome", "#love Ann !", "Bob was here today"))
            ]
        )
    )
    found = [
        sum(len(one.entities or ()) for one in each.tag(gold))
        for each in (shy, balance(shy, gold), tagger)
    ]
    assert found[0] <= found[1] <= found[2] == 3
    assert balance(shy, gold).crf.start[0] <= shy.crf.start[0]
    np.testing.assert_array_equal(balance(tagger, gold).crf.start, tagger.crf.start)


def test_labels_nobody_looked_for_play_no_part_in_the_temperature(tagger: Tagger) -> None:
    posts = [
        post(number, f"{name} was here today")
        for number, name in enumerate(("Rome", "Ann", "Oslo", "Bob") * 5)
    ]
    places = [
        replace(
            one,
            entities=tuple(each for each in one.entities or () if each.label == "LOC"),
            annotated=("LOC",),
        )
        for one in tagger.tag(posts)
    ]
    assert temperature_of(tagger, places) == temperature_of(
        tagger, [one for one in places if one.entities]
    )
    assert temperature_of(tagger, places) != temperature_of(
        tagger, [replace(one, annotated=None) for one in places]
    )
