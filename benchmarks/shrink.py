"""A trained model made small enough to ship.

What fine-tuning learned goes into the word vectors, and these are kept in eight bits.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from benchmarks.small_vectors import quantised, replaced
from mner.bio import allowed_transitions
from mner.encoding.vocab import URL_WORD
from mner.errors import ModelError
from mner.model.build import build_network
from mner.tagging.model_folder import Model
from mner.types import RESERVED_ROWS, UNKNOWN_ROW

if TYPE_CHECKING:
    from mner.model.network import Network

__all__ = ["shrink"]

_DIFFERENCE = "text.words.difference.weight"


def shrink(model: Model, network: "Network") -> tuple[Model, "Network"]:
    """Return the same tagger with a word table of three rows and word vectors in eight bits.

    A word's vector is the pretrained one plus a trained difference; the sum becomes the vector, and
    a word of the vocabulary that had no vector gets one. The table keeps what no vector can hold:
    padding, the unknown word, and the word that all URLs share. Emissions change by no more than
    eight bits change the vectors. They change by more if the vectors distinguish upper from lower
    case, because what a word had learned then goes to one of its forms.

    Args:
        model: a model with fine-tuned vectors.
        network: the network of the model; it is not changed.

    Raises:
        ModelError: the vectors of the model were not fine-tuned, or the model looks at captions or
            has a transformer.
    """
    _check(model)
    weights = dict(network.state_dict())
    rows = weights[_DIFFERENCE].detach().cpu().numpy()
    words = {word: row for word, row in model.vocabulary.words.items() if word != URL_WORD}
    pretrained = model.vectors.vectors(model.vectors.rows(list(words)))
    trained = (pretrained + rows[list(words.values())]).astype(np.float32)
    vectors = quantised(replaced(model.vectors, list(words), trained))

    # Without a URL in the training posts, their word is the unknown word.
    url_row = model.vocabulary.words.get(URL_WORD, UNKNOWN_ROW)
    kept = np.concatenate([rows[:RESERVED_ROWS], rows[[url_row]]])
    weights[_DIFFERENCE] = torch.from_numpy(kept)

    small = replace(model.vocabulary, words={URL_WORD: RESERVED_ROWS})
    sizes = replace(model.about.sizes, words=len(weights[_DIFFERENCE]))
    about = replace(model.about, sizes=sizes)
    shrunk = replace(model, vocabulary=small, vectors=vectors, about=about)
    return shrunk, _network(shrunk, weights)


def _check(model: Model) -> None:
    recipe = model.recipe
    if recipe.picture.source == "captions" or recipe.transformer.model or not recipe.text.words:
        raise ModelError(
            f"{model.folder}: expected a model of word vectors without captions and without a "
            "transformer: others cannot be made smaller"
        )
    if not recipe.text.train_vectors:
        raise ModelError(
            f"{model.folder}: text.train_vectors is false, so there is nothing to fold into the "
            "vectors: expected a model with fine-tuned vectors"
        )


def _network(model: Model, weights: Mapping[str, torch.Tensor]) -> "Network":
    transitions = allowed_transitions(model.vocabulary.tags)
    network = build_network(model.recipe, model.about.sizes, transitions=transitions)
    network.load_state_dict(weights)
    return network.eval()
