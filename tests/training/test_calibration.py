from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mner.bio import allowed_transitions
from mner.posts.raw import raw_post
from mner.spans.crf import CrfParameters
from mner.spans.entities import EntityDecoder
from mner.tagging.load import load
from mner.tagging.tagger import Tagger
from mner.training.calibration import balance, temperature_of
from mner.training.train import train
from mner.types import Batch, Emitted, Entity, Post
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


def in_lines(text: str, entities: Sequence[tuple[int, int, str]]) -> Post:
    """A raw text of several lines as an annotated post."""
    found = tuple(Entity(*span) for span in entities)
    return replace(raw_post(text, text), entities=found)


def scripted(tagger: Tagger, scores: Mapping[str, Sequence[float]]) -> Tagger:
    """A tagger that gives every word the scores of its first letter, without a CRF."""
    letters = {row: letter for letter, row in tagger._indexer._vocabulary.characters.items()}

    def backend(batch: Batch) -> Emitted:
        emissions = np.zeros((*batch.words.shape, 5), dtype=np.float32)
        for row, length in enumerate(batch.lengths):
            for word in range(length):
                letter = letters[int(batch.characters[row, word, 0])]
                emissions[row, word] = scores[letter]
        nothing = np.zeros((*batch.words.shape, 0), dtype=np.float32)
        return Emitted(emissions, nothing, nothing, emissions[..., 0])

    tags = ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
    none = np.zeros(5, dtype=np.float32)
    crf = CrfParameters(
        start=none,
        transitions=np.zeros((5, 5), dtype=np.float32),
        end=none,
        allowed=allowed_transitions(tags),
    )
    return Tagger(tagger._indexer, backend, EntityDecoder(tags, crf), regions=None, per_word=True)


def test_balance_lets_no_entity_cross_a_line(tagger: Tagger) -> None:
    # Behind a line break, B-PER lacks 0.9 to O; without the break, I-PER wins at any offset.
    by_hand = scripted(tagger, {"A": (0, -9, -9, 2, -9), "B": (0, -9, -9, -0.9, 4)})
    gold = [in_lines("Ann\nBob", [(0, 1, "PER"), (1, 2, "PER")])]
    lowered = by_hand.decoder.crf.start[0] - balance(by_hand, gold).decoder.crf.start[0]
    assert lowered == 1.0
    (tagged,) = balance(by_hand, gold).tag(gold)
    assert [entity.span for entity in tagged.entities] == [(0, 1, "PER"), (1, 2, "PER")]
    flat = [replace(gold[0], text=None, offsets=None)]
    assert balance(by_hand, flat).decoder.crf.start[0] == by_hand.decoder.crf.start[0]


def test_the_temperature_is_that_of_the_probabilities_that_tagging_gives(tagger: Tagger) -> None:
    by_hand = scripted(
        tagger,
        {
            "A": (0, 1, -2, 2, -2),
            "B": (0.5, 0, -2, 1.5, 3),
            "R": (0, 2, 2, 0, -1),
            "s": (2, 0, 0, 0, 0),
        },
    )
    gold = [
        in_lines("Ann\nBob", [(0, 1, "PER"), (1, 2, "PER")]),
        in_lines("saw Ann\nBob", [(1, 2, "PER")]),
        in_lines("Rome\nRome saw", [(0, 1, "LOC"), (1, 2, "PER")]),
        in_lines("Ann saw\nRome", [(0, 1, "LOC"), (2, 3, "LOC")]),
        in_lines("Bob\nAnn Rome", [(0, 1, "PER"), (1, 2, "PER"), (2, 3, "LOC")]),
    ]

    def loss(temperature: float) -> float:
        decoder = EntityDecoder(by_hand.decoder._tags, by_hand.crf, temperature=temperature)
        losses = []
        for truth, tagged in zip(gold, by_hand.with_decoder(decoder).tag(gold), strict=True):
            spans = {entity.span for entity in truth.entities or ()}
            for entity in tagged.entities:
                right = entity.span in spans
                losses.append(-np.log(entity.probability if right else 1 - entity.probability))
        return float(np.mean(losses))

    tried = np.exp(np.linspace(np.log(0.2), np.log(5), 801))
    best = tried[np.argmin([loss(temperature) for temperature in tried])]
    assert 0.3 < best < 4
    assert temperature_of(by_hand, gold) == pytest.approx(best, rel=0.005)


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
