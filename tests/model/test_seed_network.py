from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mner.model.network import emit, to_tensors
from mner.model.seed_network import SeedNetwork
from mner.types import Batch
from tests.model.seed_networks import POSITIONS, SMALL, TAGS, WORDS, random_batch, seed_network

OF_WORDS = ("words", "vectors", "characters", "shapes", "tags")


def words_of(given: Batch, row: int, *, start: int, stop: int) -> dict[str, Any]:
    """The arrays of some words of one post."""
    return {name: getattr(given, name)[row : row + 1, start:stop] for name in OF_WORDS}


def with_regions(given: Batch, counts: Sequence[int]) -> Batch:
    """The batch with only the first regions of each post."""
    region_mask = np.arange(given.regions.shape[1]) < np.array(counts)[:, None]
    return replace(given, region_mask=region_mask)


def test_a_post_of_35_words_starts_as_the_whole_chain_does(
    network: SeedNetwork, table: NDArray[np.float32]
) -> None:
    given, _ = random_batch(np.random.default_rng(6), table, lengths=np.array([35, 34]))
    before = emit(network, given).emissions
    network.crf.start.data += 1.0
    moved = emit(network, given).emissions - before
    np.testing.assert_allclose(moved[0, 0], 1.0, atol=1e-5)
    assert not moved[0, 1:].any()
    assert not moved[1].any()


def test_of_longer_posts_the_last_words_are_read_as_keras_reads_them_and_none_is_lost(
    network: SeedNetwork, table: NDArray[np.float32]
) -> None:
    given, _ = random_batch(np.random.default_rng(7), table, lengths=np.array([80, 3, 41]))
    emissions = emit(network, given).emissions
    for row, length in ((0, 80), (2, 41)):
        tail = replace(
            given,
            **words_of(given, row, start=length - POSITIONS, stop=length),
            regions=given.regions[row : row + 1],
            region_mask=given.region_mask[row : row + 1],
            lengths=np.array([POSITIONS]),
        )
        np.testing.assert_allclose(
            emit(network, tail).emissions[0, 1:],
            emissions[row, length - POSITIONS + 1 : length],
            atol=1e-5,
        )
    assert np.ptp(emissions[0], axis=0).min() > 0.1


def test_a_batch_gives_what_its_posts_give_alone(
    network: SeedNetwork, table: NDArray[np.float32]
) -> None:
    given, _ = random_batch(np.random.default_rng(8), table, lengths=np.array([40, 7, 35, 1]))
    given = with_regions(given, [4, 2, 4, 0])
    together = emit(network, given)
    for row, length in enumerate(given.lengths):
        shown = max(1, int(given.region_mask[row].sum()))
        post = replace(
            given,
            **words_of(given, row, start=0, stop=length),
            regions=given.regions[row : row + 1, :shown],
            region_mask=given.region_mask[row : row + 1, :shown],
            lengths=np.array([length]),
        )
        alone = emit(network, post)
        np.testing.assert_allclose(together.emissions[row, :length], alone.emissions[0], atol=1e-5)
        weights = together.word_weights[row, :length, :length]
        np.testing.assert_allclose(weights, alone.word_weights[0], atol=1e-6)


def test_attention_is_the_same_for_all_words_and_a_missing_picture_closes_the_gate(
    network: SeedNetwork, table: NDArray[np.float32]
) -> None:
    given, _ = random_batch(np.random.default_rng(9), table, lengths=np.array([35, 5]))
    given = with_regions(given, [4, 0])
    seen = emit(network, given)
    assert np.ptp(seen.region_weights[0], axis=0).max() == 0.0
    np.testing.assert_allclose(seen.word_weights[0].sum(axis=-1), 1.0, atol=1e-5)
    assert (seen.word_weights[1, :5].sum(axis=-1) < 0.9).all(), "padding has its share"
    assert not seen.word_weights[1, :, 5:].any()
    assert not seen.gate[1].any()
    other = emit(network, replace(given, regions=given.regions + 1))
    assert np.abs(other.emissions[0] - seen.emissions[0]).max() > 0.01
    np.testing.assert_array_equal(other.emissions[1], seen.emissions[1])


def test_another_picture_moves_the_scores_of_all_words_alike(
    network: SeedNetwork, table: NDArray[np.float32]
) -> None:
    given, _ = random_batch(np.random.default_rng(11), table, lengths=np.array([34, 20]))
    exchanged = replace(given, regions=given.regions[::-1].copy())
    moved = emit(network, exchanged).emissions - emit(network, given).emissions
    for row, length in enumerate(given.lengths):
        assert np.abs(moved[row, 0]).max() > 0.01
        expected = np.broadcast_to(moved[row, 0], (length, len(TAGS)))
        np.testing.assert_allclose(moved[row, :length], expected, atol=1e-5)


def test_fresh_weights_are_drawn_as_keras_draws_them() -> None:
    net = seed_network(hidden=16, size=12)
    parameters = dict(net.text.first.named_parameters())
    recurrent = parameters["weight_hh_l0"].detach()
    torch.testing.assert_close(recurrent.T @ recurrent, torch.eye(16), atol=1e-5, rtol=0)
    assert parameters["bias_ih_l0"].tolist() == [0.0] * 16 + [1.0] * 16 + [0.0] * 32
    assert not net.crf.start.any()
    bound = (6 / (SMALL.region + 12)) ** 0.5
    assert 0.8 * bound < float(net.fusion.project.weight.detach().abs().max()) <= bound
    characters = net.text.characters.embedding.weight.detach()
    assert -0.05 <= float(characters.min()) < -0.04
    assert 0.04 < float(characters.max()) <= 0.05
    steps = net.crf.transitions.detach()
    torch.testing.assert_close(steps.T @ steps, torch.eye(len(steps)), atol=1e-5, rtol=0)


def test_one_batch_can_be_learned_by_heart_and_every_parameter_learns() -> None:
    net, rng = seed_network(hidden=16, size=12).train(), np.random.default_rng(10)
    table = rng.normal(size=(WORDS, SMALL.vector)).astype(np.float32)
    given, _ = random_batch(rng, table, lengths=np.array([35, 37, 3, 20]))
    assert given.tags is not None
    inputs = to_tensors(replace(given, words=np.ones_like(given.words)))
    tags = torch.from_numpy(given.tags)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        loss = net.loss(inputs, tags)
        loss.backward()  # type: ignore[no-untyped-call]
        losses.append(loss.item())
        assert not [name for name, parameter in net.named_parameters() if parameter.grad is None]
        optimizer.step()
    assert losses[-1] < 0.5 * losses[0]


def test_it_says_how_wide_its_inputs_are() -> None:
    net = seed_network()
    assert (net.vector_width, net.region_width) == (SMALL.vector, SMALL.region)
    assert net.transformer is None
