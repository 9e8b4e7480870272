"""The seed's network against the public Keras code."""

from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mner.bio import allowed_transitions
from mner.model.network import emit, to_tensors
from mner.model.seed_network import SeedNetwork
from mner.model.seed_windows import Windows
from mner.spans.crf import CrfParameters
from mner.spans.decode import viterbi
from mner.types import Batch, Reals
from tests.model.seed_networks import POSITIONS, TAGS, random_batch

if TYPE_CHECKING:
    import keras


def in_front(array: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """What is padded at the end, (B, T, ...), padded in front to the seed's 35 positions."""
    padded = np.zeros((len(lengths), POSITIONS, *array.shape[2:]), dtype=array.dtype)
    for target, row, length in zip(padded, array, lengths, strict=True):
        target[POSITIONS - length :] = row[:length]
    return padded


def keras_scores(model: "keras.Model", given: Batch, rows: Tensor) -> Tensor:
    words = torch.as_tensor(in_front(rows.numpy(), given.lengths))
    characters = torch.as_tensor(in_front(given.characters, given.lengths))
    with torch.no_grad():
        outputs = model([words, characters, torch.as_tensor(given.regions)], training=False)
    scores: Tensor = outputs[0]
    return scores


def our_scores(network: SeedNetwork, given: Batch) -> Tensor:
    windows = Windows.cut(torch.from_numpy(given.lengths), POSITIONS)
    with torch.no_grad():
        scores, _ = network.read(to_tensors(given), windows)
    return scores


def best_path(scores: Reals, start: Reals, transitions: Reals, *, end: Reals) -> list[int]:
    """The Viterbi decoding of keras-contrib's layer: a table of what came before, followed back."""
    scores = scores.astype(np.float64)
    scores[0] += start
    scores[-1] += end
    best, tables = scores[0], []
    for emissions in scores[1:]:
        sums = best[:, None] + transitions
        tables.append(sums.argmax(axis=0))
        best = sums.max(axis=0) + emissions
    path = [int(best.argmax())]
    for table in reversed(tables):
        path.append(int(table[path[-1]]))
    return path[::-1]


def path_score(
    path: list[int], scores: Reals, start: Reals, *, transitions: Reals, end: Reals
) -> float:
    emitted = sum(scores[position, tag] for position, tag in enumerate(path))
    moved = sum(transitions[step] for step in pairwise(path))
    return float(start[path[0]] + end[path[-1]] + emitted + moved)


def crf_of(net: SeedNetwork) -> CrfParameters:
    """The scores of the CRF over all classes."""
    start, transitions, end = net.crf.start, net.crf.transitions, net.crf.end
    return CrfParameters(
        start=start.detach().numpy(),
        transitions=transitions.detach().numpy(),
        end=end.detach().numpy(),
    )


def decoder_of(net: SeedNetwork) -> CrfParameters:
    """The scores by which emissions are decoded."""
    start, transitions, end = (scores.detach().numpy() for scores in net.transition_scores())
    allowed = allowed_transitions(TAGS)
    return CrfParameters(start=start, transitions=transitions, end=end, allowed=allowed)


def test_scores_and_paths_are_those_of_keras_on_a_hundred_batches(
    keras_model: "keras.Model", network: SeedNetwork, table: NDArray[np.float32]
) -> None:
    rng = np.random.default_rng(2)
    crf = crf_of(network)
    largest = 0.0
    for _ in range(100):
        given, rows = random_batch(rng, table, lengths=rng.integers(1, POSITIONS + 1, 3))
        expected = keras_scores(keras_model, given, rows)
        scores = our_scores(network, given)
        largest = max(largest, float((scores - expected).abs().max()))
        paths = viterbi(scores.numpy(), np.full(3, POSITIONS), crf)
        for path, post in zip(paths, expected.numpy(), strict=True):
            assert path.tolist() == best_path(post, crf.start, crf.transitions, end=crf.end)
    assert 0 < largest < 1e-4


def test_the_plain_loop_finds_what_enumeration_finds() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        scores, transitions = rng.normal(size=(4, 3)), rng.normal(size=(3, 3))
        start, end = rng.normal(size=3), rng.normal(size=3)
        all_scores = {}
        for path in product(range(3), repeat=4):
            all_scores[path] = path_score(
                list(path), scores, start, transitions=transitions, end=end
            )
        best = max(all_scores, key=all_scores.__getitem__)
        assert best_path(scores, start, transitions, end=end) == list(best)


def test_the_loss_is_that_of_keras(
    keras_model: "keras.Model", network: SeedNetwork, table: NDArray[np.float32]
) -> None:
    from tests.model.keras_seed import crf_loss

    given, rows = random_batch(np.random.default_rng(4), table, lengths=np.array([35, 1, 20]))
    assert given.tags is not None
    classes = torch.from_numpy(in_front(given.tags + 1, given.lengths))
    crf, scores = network.crf, keras_scores(keras_model, given, rows)
    expected = crf_loss(
        classes, scores, crf.transitions.detach(), (crf.start.detach(), crf.end.detach())
    )
    tags, inputs = torch.from_numpy(given.tags), to_tensors(given)
    one_hot = nn.functional.one_hot(tags, len(TAGS)).bool()
    for loss in (network.loss(inputs, tags), network.loss(inputs, tags, allowed=one_hot)):
        torch.testing.assert_close(loss, expected, atol=1e-5, rtol=1e-5)


def test_decoding_is_that_of_the_whole_chain_where_padding_and_only_padding_is_padding(
    network: SeedNetwork, table: NDArray[np.float32]
) -> None:
    crf, allowed = crf_of(network), allowed_transitions(TAGS)
    steps = np.where(allowed.step, crf.transitions[1:, 1:], -np.inf)
    after_padding = np.where(allowed.start, crf.transitions[0, 1:], -np.inf)
    without_padding = np.where(allowed.start, crf.start[1:], -np.inf)

    lengths = np.array([35, 1, 34, 12, 35, 20])
    given, _ = random_batch(np.random.default_rng(5), table, lengths=lengths)
    scores = our_scores(network, given).numpy()
    paths = viterbi(emit(network, given).emissions, lengths, decoder_of(network))
    for path, post, length in zip(paths, scores, lengths, strict=True):
        start = after_padding if length < POSITIONS else without_padding
        words = post[POSITIONS - length :, 1:]
        assert path.tolist() == best_path(words, start, steps, end=crf.end[1:])
    assert set(np.concatenate(paths).tolist()) <= set(range(len(TAGS)))
