"""The graph of the public Keras code in Keras 3, for whichever backend is chosen.

It is an oracle for `mner.model.seed`, and the other side of the benchmark. Every layer that has
weights there has them here, those of the attentions' queries too, and the attentions build the
tensor of all pairs, as the public code does. Its `TimeDistributed` and `RepeatVector` are written
as reshaping and broadcasting, which compute the same in less time. Class 0 is padding. The CRF's
energies are negated: what is higher is likelier.

Shapes: B posts, S = 35 positions, R regions, V region vector, E character vector, K attention size.
"""

from typing import Any, NamedTuple

import keras
from keras import layers, ops

__all__ = ["LONGEST_WORD", "POSITIONS", "SeedSizes", "crf_loss", "seed_graph"]

POSITIONS = 35
LONGEST_WORD = 30


class SeedSizes(NamedTuple):
    """The sizes that data decide, and the public code's choices for the others."""

    words: int
    characters: int
    classes: int = 10
    vector: int = 200
    character: int = 30
    hidden: int = 200
    size: int = 200
    regions: int = 49
    region: int = 512


def seed_graph(sizes: SeedSizes) -> keras.Model:
    """Return a model from words (B, S), characters (B, S, 30) and regions (B, R, V) to scores.

    The outputs are the scores (B, S, classes), and the CRF's start, transitions and end, which are
    outputs so that their weights are trained.
    """
    words = layers.Input((POSITIONS,), dtype="int32", name="words")
    characters = layers.Input((POSITIONS, LONGEST_WORD), dtype="int32", name="characters")
    regions = layers.Input((sizes.regions, sizes.region), name="regions")
    table = layers.Embedding(sizes.words, sizes.vector, trainable=False, name="word_table")
    context = _both_directions(sizes.hidden, name="first")(table(words))
    joined = layers.concatenate([context, _characters(characters, sizes)], axis=2)
    hidden = _both_directions(sizes.hidden, name="second")(joined)
    head = layers.Dense(sizes.classes, name="head")(_fusion(hidden, regions, sizes))
    scores = layers.Dense(sizes.classes, name="energy")(head)
    return keras.Model([words, characters, regions], _Chain(name="crf")(scores))


def crf_loss(classes: Any, scores: Any, transitions: Any, ends: tuple[Any, Any]) -> Any:
    """Return the mean negative log likelihood a position.

    Args:
        classes: (B, S), gold.
        scores: (B, S, L).
        transitions: (L, L).
        ends: the scores of classes that stand first (L,) and last (L,).
    """
    start, end = ends
    chosen = ops.one_hot(classes, ops.shape(transitions)[0])  # (B, S, L)
    bounded = ops.concatenate(
        [scores[:, :1] + start, scores[:, 1:-1], scores[:, -1:] + end], axis=1
    )
    moved = ops.sum(ops.matmul(chosen[:, :-1], transitions) * chosen[:, 1:], axis=(1, 2))
    gold = ops.sum(bounded * chosen, axis=(1, 2)) + moved
    alpha = bounded[:, 0]
    # Unrolled: XLA on TensorFlow cannot compile the gradient of a scan.
    for position in range(1, POSITIONS):
        steps = alpha[:, :, None] + transitions
        alpha = ops.logsumexp(steps, axis=1) + bounded[:, position]
    return ops.mean(ops.logsumexp(alpha, axis=1) - gold) / POSITIONS


class _Chain(layers.Layer):  # type: ignore[misc]
    """Holds the CRF's scores between classes, and hands them on beside the scores of classes."""

    def build(self, shape: tuple[int, ...]) -> None:
        classes = shape[-1]
        self.transitions = self.add_weight(
            shape=(classes, classes), initializer="orthogonal", name="transitions"
        )
        self.start = self.add_weight(shape=(classes,), initializer="zeros", name="start")
        self.end = self.add_weight(shape=(classes,), initializer="zeros", name="end")

    def call(self, scores: Any) -> Any:
        return (
            scores,
            ops.convert_to_tensor(self.start),
            ops.convert_to_tensor(self.transitions),
            ops.convert_to_tensor(self.end),
        )


def _both_directions(hidden: int, *, name: str) -> keras.layers.Layer:
    return layers.Bidirectional(layers.LSTM(hidden, return_sequences=True), name=name)


def _characters(characters: Any, sizes: SeedSizes) -> Any:
    """Return the vectors of words by their characters, (B, S, 50)."""
    table = layers.Embedding(sizes.characters, sizes.character, name="character_table")
    maps = ops.reshape(table(characters), (-1, LONGEST_WORD, sizes.character))  # (B S, 30, E)
    for number, width in enumerate((2, 3, 4)):
        convolution = layers.Conv1D(
            32, width, padding="same", activation="relu", name=f"convolution{number}"
        )
        maps = layers.Dropout(0.25)(layers.MaxPooling1D(2)(convolution(maps)))
    flat = layers.Flatten()(layers.BatchNormalization(name="normalisation")(maps))
    dense = layers.Dropout(0.25)(layers.Dense(100, activation="relu", name="dense")(flat))
    return ops.reshape(layers.Dense(50, name="out")(dense), (-1, POSITIONS, 50))


def _fusion(hidden: Any, regions: Any, sizes: SeedSizes) -> Any:
    """Return what is scored, (B, S, 2 K)."""
    size = sizes.size
    query = layers.Dense(size, name="region_query")(hidden)  # (B, S, K)
    key = layers.Dense(size, name="region_key")(regions)  # (B, R, K)
    region_weights = _attend(query, key, "region_score")  # (B, S, R)
    seen = ops.matmul(region_weights, layers.Dense(size, name="project")(regions))
    texts = layers.Dense(size, name="word_key")(hidden)
    word_query = layers.Dense(size, name="word_query")(seen)
    word_weights = _attend(word_query, texts, "word_score")  # (B, S, S)
    read = ops.matmul(word_weights, texts)
    visual = layers.Dense(size, activation="tanh", name="visual_part")(seen)
    textual = layers.Dense(size, activation="tanh", name="textual_part")(read)
    gate = layers.Dense(1, activation="sigmoid", name="fusion_gate")(visual + textual)
    both = ops.concatenate([gate * visual, (1 - gate) * textual], axis=-1)
    joined = layers.Dense(size, name="joined")(both)
    filtered = layers.Dense(1, activation="sigmoid", name="filtration_gate")(joined) * joined
    return ops.concatenate([filtered, layers.Dense(size, name="plain")(hidden)], axis=-1)


def _attend(query: Any, key: Any, name: str) -> Any:
    """Return softmax(w . tanh([k_i ; q_t])) for all pairs, (B, T, N)."""
    keys = ops.repeat(key[:, None], query.shape[1], axis=1)  # (B, T, N, K)
    queries = ops.repeat(query[:, :, None], key.shape[1], axis=2)
    both = ops.tanh(ops.concatenate([keys, queries], axis=-1))  # (B, T, N, 2 K)
    return ops.softmax(ops.squeeze(layers.Dense(1, name=name)(both), -1), axis=-1)
