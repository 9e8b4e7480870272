"""What is fitted to dev, on taggers whose scores are chosen, so that the answers can be calculated.

Every post is one word, and the vector of the word is its emissions: so a post is an entity where
the score of B-LOC is above that of O.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mner.bio import allowed_transitions, tag_names
from mner.encoding.indexer import Indexer
from mner.encoding.vectors import VectorTable
from mner.encoding.vocab import Vocabulary
from mner.recipe.sections import Recipe
from mner.spans.crf import CrfParameters
from mner.spans.entities import EntityDecoder
from mner.tagging.model_folder import Model
from mner.tagging.tagger import Tagger
from mner.training.calibration import balance, temperature_of
from mner.training.finish import fit_model
from mner.training.material import Material, read_material
from mner.training.train import train
from mner.types import Batch, Emitted, Entity, Post
from tests.training.changes import with_training

TAGS = tag_names(["LOC"])
OFFSETS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
MARGINS = (-0.5, 0.125, 0.375, 0.625, 0.875, 1.125, 1.375, 1.75, 2.5)
"""By how much O is ahead of B-LOC: one between any two offsets, and one beyond each end."""


@dataclass(frozen=True)
class Chosen:
    """A post's margin, and whether it is an entity in truth."""

    margin: float
    is_entity: bool


def posts_of(chosen: Sequence[Chosen]) -> list[Post]:
    return [
        Post(
            id=str(number),
            tokens=(word_of(one.margin),),
            entities=(Entity(0, 1, "LOC"),) if one.is_entity else (),
        )
        for number, one in enumerate(chosen)
    ]


def word_of(margin: float) -> str:
    """A word for a margin, of letters alone, since digits have vectors in common."""
    return str(margin).translate(str.maketrans("-.0123456789", "mpabcdefghij"))


WORDS = {word_of(margin): margin for margin in (*MARGINS, *np.arange(-4.0, 0.0, 0.25).tolist())}


def tagger() -> Tagger:
    """A tagger to which a word's margin is what its name says."""
    emissions = np.zeros((len(WORDS), len(TAGS)))
    emissions[:, TAGS.index("O")] = list(WORDS.values())
    emissions[:, TAGS.index("I-LOC")] = -20.0
    vocabulary = Vocabulary.build(posts_of([Chosen(-0.5, is_entity=True)]), is_known=bool)
    indexer = Indexer(vocabulary, VectorTable.from_words(list(WORDS), emissions), longest_word=8)
    zeros = np.zeros(len(TAGS))
    crf = CrfParameters(
        np.zeros((len(TAGS), len(TAGS))), zeros, zeros, allowed=allowed_transitions(TAGS)
    )
    return Tagger(indexer, emit_vectors, EntityDecoder(TAGS, crf), regions=None, per_word=True)


def emit_vectors(batch: Batch) -> Emitted:
    nothing = np.zeros((*batch.words.shape, 0), dtype=np.float32)
    return Emitted(batch.vectors, nothing, nothing, np.zeros(batch.words.shape, dtype=np.float32))


def offset_of(before: Tagger, balanced: Tagger) -> float:
    """By how much the score of O was lowered."""
    offset = float(before.crf.start[0] - balanced.crf.start[0])
    expected = before.crf.lowered(0, by=offset)
    np.testing.assert_array_equal(balanced.crf.start, expected.start)
    np.testing.assert_array_equal(balanced.crf.transitions, expected.transitions)
    return offset


@pytest.mark.parametrize("offset", OFFSETS)
def test_balance_finds_the_offset_at_which_all_are_right(offset: float) -> None:
    gold = posts_of([Chosen(margin, margin < offset) for margin in MARGINS])
    assert offset_of(tagger(), balance(tagger(), gold)) == offset


@pytest.mark.parametrize("seed", range(5))
def test_balance_finds_the_best_f1_and_the_smallest_of_equals(seed: int) -> None:
    rng = np.random.default_rng(seed)
    margins = rng.choice(MARGINS, 40)
    truth = rng.random(40) < 0.8 - 0.25 * margins
    gold = posts_of([Chosen(*pair) for pair in zip(margins.tolist(), truth.tolist(), strict=True)])
    f1s = []
    for offset in OFFSETS:
        predicted = margins < offset
        correct = np.count_nonzero(predicted & truth)
        f1s.append(2 * correct / (np.count_nonzero(predicted) + np.count_nonzero(truth)))
    best = OFFSETS[int(np.argmax(f1s))]
    assert min(f1s) < max(f1s)
    assert offset_of(tagger(), balance(tagger(), gold)) == best


def logistic(margins: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """The probability of an entity: two of three tags may stand alone."""
    return np.asarray(1 / (1 + np.exp(margins / temperature)))


def least_loss(margins: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """The temperature of the least log loss of the entities that are found, by trying many."""
    found = margins < 0
    temperatures = np.exp(np.linspace(np.log(0.2), np.log(5.0), 4001))
    losses = []
    for temperature in temperatures:
        likely = logistic(margins[found], temperature)
        losses.append(-np.log(np.where(truth[found], likely, 1 - likely)).mean())
    return float(temperatures[int(np.argmin(losses))])


def random_posts(seed: int, *, temperature: float) -> tuple[list[Post], float]:
    """Posts whose truth follows their scores at a temperature, and the one that fits them best."""
    rng = np.random.default_rng(seed)
    margins = -rng.choice(np.arange(0.25, 4.0, 0.25), 300)
    truth = rng.random(300) < logistic(margins, temperature)
    chosen = [Chosen(*pair) for pair in zip(margins.tolist(), truth.tolist(), strict=True)]
    return posts_of(chosen), least_loss(margins, truth)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_is_that_of_the_least_loss(temperature: float) -> None:
    gold, expected = random_posts(1, temperature=temperature)
    assert temperature_of(tagger(), gold) == pytest.approx(expected, rel=5e-3)


def test_labels_nobody_looked_for_play_no_part_in_the_temperature() -> None:
    gold, expected = random_posts(2, temperature=2.0)
    others = [
        replace(post, id=f"other {post.id}", entities=(), annotated=("PER",)) for post in gold[:100]
    ]
    assert temperature_of(tagger(), [*gold, *others]) == temperature_of(tagger(), gold)
    assert temperature_of(tagger(), gold) == pytest.approx(expected, rel=5e-3)
    sought = [replace(post, annotated=None) for post in others]
    assert temperature_of(tagger(), [*gold, *sought]) > 1.2 * expected


@pytest.fixture
def material(recipe: Recipe, tmp_path: Path) -> Material:
    """Dev posts that ask for other numbers than the training posts."""
    train, _ = random_posts(3, temperature=0.5)
    dev, _ = random_posts(4, temperature=2.5)
    train += posts_of([Chosen(margin, margin < 1.5) for margin in MARGINS for _ in range(100)])
    dev += posts_of([Chosen(margin, margin < 0.5) for margin in MARGINS for _ in range(100)])
    return replace(read_material(recipe, tmp_path), train=train, dev=dev)


@pytest.mark.parametrize("is_balanced", [True, False])
def test_balance_and_temperature_are_fitted_to_dev(
    is_balanced: bool, recipe: Recipe, material: Material, tmp_path: Path
) -> None:
    plain = tagger()
    offsets = [offset_of(plain, balance(plain, posts)) for posts in (material.train, material.dev)]
    assert offsets[0] > offsets[1] > 0.0
    (best,) = train(with_training(recipe, epochs=1), tmp_path / "run").history
    model = fit_model(
        with_training(recipe, balance=is_balanced),
        material,
        plain,
        best=best,
        folder=tmp_path / "model",
    )
    assert isinstance(model, Model)
    fitted = plain.with_decoder(EntityDecoder(TAGS, model.crf))
    assert offset_of(plain, fitted) == (offsets[1] if is_balanced else 0.0)
    assert model.temperature == temperature_of(fitted, material.dev)
    assert model.temperature != pytest.approx(temperature_of(fitted, material.train), rel=0.1)
    assert model.temperature != pytest.approx(1.0, abs=0.1)
