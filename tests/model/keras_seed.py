"""The graph of the public Keras code in Keras 3, for whichever backend is chosen; an oracle for `mner.model.seed`, and the benchmark's other side.

Every layer that has weights there has them here, those of the attentions' queries too, and the attentions build the tensor of all pairs, as the
public code does. Its `TimeDistributed` and `RepeatVector` are written as reshaping and broadcasting, which compute the same in less time.
Class 0 is padding. The CRF's energies are negated: what is higher is likelier.
"""

from typing import Any, NamedTuple

import keras
from keras import layers, ops

__all__ = ["LONGEST_WORD", "PLACES", "SeedSizes", "crf_loss", "seed_graph"]

PLACES = 35
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
    """Words (B, 35), characters (B, 35, 30) and regions (B, R, V) to scores (B, 35, classes), then the scores between classes.

    The model's second to fourth outputs are the CRF's start, transitions and end; they are outputs so that their weights are trained.
    """
    words = layers.Input((PLACES,), dtype="int32", name="words")
    characters = layers.Input((PLACES, LONGEST_WORD), dtype="int32", name="characters")
    regions = layers.Input((sizes.regions, sizes.region), name="regions")
    vectors = layers.Embedding(sizes.words, sizes.vector, trainable=False, name="word_table")(words)
    context = layers.Bidirectional(layers.LSTM(sizes.hidden, return_sequences=True), name="first")(
        vectors
    )
    both = layers.concatenate([context, _characters(characters, sizes)], axis=2)
    hidden = layers.Bidirectional(layers.LSTM(sizes.hidden, return_sequences=True), name="second")(
        both
    )
    fused = _fusion(hidden, regions, sizes)
    scores = layers.Dense(sizes.classes, name="energy")(
        layers.Dense(sizes.classes, name="head")(fused)
    )
    return keras.Model([words, characters, regions], _Chain(name="crf")(scores))


def crf_loss(classes: Any, scores: Any, transitions: Any, ends: tuple[Any, Any]) -> Any:
    """The mean negative log likelihood a place of classes (B, 35) under scores (B, 35, L), transitions (L, L) and scores of first and last."""
    start, end = ends
    chosen = ops.one_hot(classes, ops.shape(transitions)[0])  # (B, 35, L)
    bounded = ops.concatenate(
        [scores[:, :1] + start, scores[:, 1:-1], scores[:, -1:] + end], axis=1
    )
    gold = ops.sum(bounded * chosen, axis=(1, 2)) + ops.sum(
        ops.matmul(chosen[:, :-1], transitions) * chosen[:, 1:], axis=(1, 2)
    )
    alpha = bounded[:, 0]
    for place in range(
        1, PLACES
    ):  # unrolled: XLA on TensorFlow cannot compile the gradient of a scan
        alpha = ops.logsumexp(alpha[:, :, None] + transitions, axis=1) + bounded[:, place]
    return ops.mean(ops.logsumexp(alpha, axis=1) - gold) / PLACES


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


def _characters(characters: Any, sizes: SeedSizes) -> Any:
    embedded = layers.Embedding(sizes.characters, sizes.character, name="character_table")(
        characters
    )
    maps = ops.reshape(embedded, (-1, LONGEST_WORD, sizes.character))  # (B 35, 30, E)
    for place, width in enumerate((2, 3, 4)):
        convolved = layers.Conv1D(
            32, width, padding="same", activation="relu", name=f"convolution{place}"
        )(maps)
        maps = layers.Dropout(0.25)(layers.MaxPooling1D(2)(convolved))
    flat = layers.Flatten()(layers.BatchNormalization(name="normalisation")(maps))
    dense = layers.Dropout(0.25)(layers.Dense(100, activation="relu", name="dense")(flat))
    return ops.reshape(layers.Dense(50, name="out")(dense), (-1, PLACES, 50))


def _fusion(hidden: Any, regions: Any, sizes: SeedSizes) -> Any:
    size = sizes.size
    query = layers.Dense(size, name="region_query")(hidden)  # (B, 35, K)
    key = layers.Dense(size, name="region_key")(regions)  # (B, R, K)
    region_weights = _attend(query, key, "region_score")  # (B, 35, R)
    seen = ops.matmul(region_weights, layers.Dense(size, name="project")(regions))
    texts = layers.Dense(size, name="word_key")(hidden)
    word_weights = _attend(
        layers.Dense(size, name="word_query")(seen), texts, "word_score"
    )  # (B, 35, 35)
    read = ops.matmul(word_weights, texts)
    visual = layers.Dense(size, activation="tanh", name="visual_part")(seen)
    textual = layers.Dense(size, activation="tanh", name="textual_part")(read)
    gate = layers.Dense(1, activation="sigmoid", name="fusion_gate")(visual + textual)
    joined = layers.Dense(size, name="joined")(
        ops.concatenate([gate * visual, (1 - gate) * textual], axis=-1)
    )
    filtered = layers.Dense(1, activation="sigmoid", name="filtration_gate")(joined) * joined
    return ops.concatenate([filtered, layers.Dense(size, name="plain")(hidden)], axis=-1)


def _attend(query: Any, key: Any, name: str) -> Any:
    """softmax(w . tanh([k_i ; q_t])) for all pairs, (B, T, N)."""
    keys = ops.repeat(key[:, None], query.shape[1], axis=1)  # (B, T, N, K)
    queries = ops.repeat(query[:, :, None], key.shape[1], axis=2)
    both = ops.tanh(ops.concatenate([keys, queries], axis=-1))  # (B, T, N, 2 K)
    return ops.softmax(ops.squeeze(layers.Dense(1, name=name)(both), -1), axis=-1)
