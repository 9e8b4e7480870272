"""The seed's network in miniature, and batches for it."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mner.bio import allowed_transitions, tag_names
from mner.model.build import build_network
from mner.model.seed_network import SeedNetwork
from mner.model.sizes import Sizes
from mner.recipe.sections import (
    CharactersSection,
    FusionSection,
    NetworkSection,
    Recipe,
    TextSection,
)
from mner.types import Batch

__all__ = ["LONGEST_WORD", "POSITIONS", "SMALL", "TAGS", "WORDS", "random_batch", "seed_network"]

POSITIONS = 35
LONGEST_WORD = 30
TAGS = tag_names(["LOC", "ORG", "OTHER", "PER"])
SMALL = Sizes(words=2, characters=12, shapes=2, vector=7, region=6)
WORDS = 40


def seed_network(*, hidden: int = 8, size: int = 9) -> SeedNetwork:
    torch.manual_seed(0)
    recipe = Recipe(
        network=NetworkSection(kind="seed"),
        text=TextSection(
            hidden=hidden, shapes=0, dropout=0.0, word_dropout=0.0, train_vectors=False
        ),
        characters=CharactersSection(longest_word=LONGEST_WORD, dropout=0.25),
        fusion=FusionSection(attention="concat", size=size, dropout=0.0),
    )
    built = build_network(recipe, SMALL, transitions=allowed_transitions(TAGS))
    assert isinstance(built, SeedNetwork)
    return built.eval()


def random_batch(
    rng: np.random.Generator,
    table: NDArray[np.float32],
    *,
    lengths: NDArray[np.int64],
    regions: int = 4,
) -> tuple[Batch, Tensor]:
    """A batch, and the rows of the table of vectors that its words are (B, T)."""
    size, longest = len(lengths), int(lengths.max())
    mask = np.arange(longest) < lengths[:, None]
    rows = rng.integers(1, len(table), (size, longest)) * mask
    characters = rng.integers(1, SMALL.characters, (size, longest, LONGEST_WORD))
    characters *= np.arange(LONGEST_WORD) < rng.integers(1, 31, (size, longest, 1))
    given = Batch(
        words=np.zeros((size, longest), dtype=np.int64),
        vectors=table[rows] * mask[..., None],
        characters=characters * mask[..., None],
        shapes=np.zeros((size, longest), dtype=np.int64),
        lengths=lengths,
        regions=rng.normal(size=(size, regions, SMALL.region)).astype(np.float32),
        region_mask=np.ones((size, regions), dtype=bool),
        tags=rng.integers(0, len(TAGS), (size, longest)) * mask,
    )
    return given, torch.from_numpy(rows)
