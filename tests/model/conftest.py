from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from mner.model.seed_network import SeedNetwork

if TYPE_CHECKING:
    import keras


@pytest.fixture(scope="session")
def keras_model() -> "keras.Model":
    """The Keras graph with random weights, those of the attentions' queries too."""
    from tests.model.keras_weights import random_graph

    return random_graph()


@pytest.fixture
def network(keras_model: "keras.Model") -> SeedNetwork:
    """Ours with the weights of the Keras graph."""
    from tests.model.keras_weights import with_weights_of

    return with_weights_of(keras_model)


@pytest.fixture
def table(keras_model: "keras.Model") -> NDArray[np.float32]:
    """The word vectors of the Keras graph."""
    from tests.model.keras_weights import weights

    values: NDArray[np.float32] = weights(keras_model.get_layer("word_table"))[0].numpy()
    return values
