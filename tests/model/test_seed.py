import os
import warnings
from dataclasses import replace
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mner.bio import allowed_transitions, tag_names
from mner.model.build import Sizes, build_network
from mner.model.network import emit, to_tensors
from mner.model.seed_network import SeedNetwork
from mner.model.seed_windows import Windows
from mner.recipe.sections import (
    CharactersSection,
    FusionSection,
    NetworkSection,
    Recipe,
    TextSection,
)
from mner.spans.crf import CrfParameters
from mner.spans.decode import viterbi
from mner.types import Batch

os.environ["KERAS_BACKEND"] = "torch"
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of packages that Keras imports
    import keras

    from tests.model.keras_seed import LONGEST_WORD, PLACES, SeedSizes, crf_loss, seed_graph

Doubles = NDArray[np.floating[Any]]
TAGS = tag_names(["LOC", "ORG", "OTHER", "PER"])
SMALL = Sizes(words=2, characters=12, shapes=2, vector=7, region=6)
WORDS = 40


def seed_network(
    sizes: Sizes = SMALL, *, hidden: int = 8, size: int = 9, spread: float = 0.0
) -> SeedNetwork:
    torch.manual_seed(0)
    recipe = Recipe(
        network=NetworkSection(kind="seed"),
        text=TextSection(
            hidden=hidden, shapes=0, dropout=0.0, word_dropout=0.0, train_vectors=False
        ),
        characters=CharactersSection(longest_word=LONGEST_WORD, dropout=0.25),
        fusion=FusionSection(attention="concat", size=size, dropout=0.0),
    )
    start, step, end = allowed_transitions(TAGS)
    built = build_network(recipe, sizes, start=start, step=step, end=end)
    assert isinstance(built, SeedNetwork)
    for parameter in built.parameters() if spread else ():
        nn.init.normal_(parameter, std=spread)
    return built.eval()


def random_batch(
    rng: np.random.Generator,
    table: NDArray[np.float32],
    lengths: NDArray[np.int64],
    *,
    regions: int = 4,
    width: int = 6,
) -> tuple[Batch, Tensor]:
    """A batch, and the rows of the table of vectors that its words are (B, T)."""
    size, longest = len(lengths), int(lengths.max())
    mask = np.arange(longest) < lengths[:, None]
    rows = rng.integers(1, len(table), (size, longest)) * mask
    characters = rng.integers(1, SMALL.characters, (size, longest, LONGEST_WORD)) * (
        np.arange(LONGEST_WORD) < rng.integers(1, 31, (size, longest, 1))
    )
    given = Batch(
        words=np.zeros((size, longest), dtype=np.int64),
        vectors=table[rows] * mask[..., None],
        characters=characters * mask[..., None],
        shapes=np.zeros((size, longest), dtype=np.int64),
        lengths=lengths,
        regions=rng.normal(size=(size, regions, width)).astype(np.float32),
        region_mask=np.ones((size, regions), dtype=bool),
        tags=rng.integers(0, len(TAGS), (size, longest)) * mask,
    )
    return given, torch.from_numpy(rows)


def in_front(array: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """What is padded behind, (B, T, ...), padded in front to the seed's 35 places."""
    padded = np.zeros((len(lengths), PLACES, *array.shape[2:]), dtype=array.dtype)
    for target, row, length in zip(padded, array, lengths, strict=True):
        target[PLACES - length :] = row[:length]
    return padded


@pytest.fixture(scope="module")
def keras_model() -> keras.Model:
    """The Keras graph with random weights, those of the attentions' queries too."""
    sizes = SeedSizes(
        words=WORDS,
        characters=SMALL.characters,
        vector=SMALL.vector,
        hidden=8,
        size=9,
        regions=4,
        region=SMALL.region,
    )
    model = seed_graph(sizes)
    rng = np.random.default_rng(1)
    for weight in model.weights:
        fan_in = float(np.prod(weight.shape[:-1]))
        # Activations of order 1: where they grow to thousands, single precision alone makes differences above 1e-4.
        values = rng.normal(
            scale=0.5 if weight.name == "embeddings" or fan_in == 1 else 1.5 / fan_in**0.5,
            size=weight.shape,
        )
        weight.assign(np.abs(values) + 0.1 if "variance" in weight.name else values)
    return model


def weights(source: keras.layers.Layer) -> list[Tensor]:
    return [weight.value.detach().clone() for weight in source.weights]


def linear(layer: nn.Module, source: keras.layers.Dense, rows: slice = slice(None)) -> None:
    assert isinstance(layer, nn.Linear)
    kernel, bias = weights(source)
    layer.weight.data = kernel[rows].T.contiguous()
    if layer.bias is not None:
        layer.bias.data = bias


def lstm(layer: nn.LSTM, source: keras.layers.Bidirectional) -> None:
    for suffix, direction in (("", source.forward_layer), ("_reverse", source.backward_layer)):
        kernel, recurrent, bias = weights(direction)
        for name, value in (
            ("weight_ih", kernel.T),
            ("weight_hh", recurrent.T),
            ("bias_ih", bias),
            ("bias_hh", torch.zeros_like(bias)),
        ):
            getattr(layer, f"{name}_l0{suffix}").data = value.contiguous()


@pytest.fixture(scope="module")
def network(keras_model: keras.Model) -> SeedNetwork:
    """Ours with the weights of the Keras graph."""
    net, layer = seed_network(), keras_model.get_layer
    characters, fusion = net.text.characters, net.fusion
    lstm(net.text.first, layer("first"))
    lstm(net.text.second, layer("second"))
    net.text.padding.copy_(weights(layer("word_table"))[0][0])
    characters.embedding.weight.data = weights(layer("character_table"))[0]
    for place, convolution in enumerate(characters.convolutions):
        kernel, bias = weights(layer(f"convolution{place}"))
        convolution.weight.data, convolution.bias.data = kernel.permute(2, 1, 0), bias
    gamma, beta, mean, variance = weights(layer("normalisation"))
    normalisation = characters.normalisation
    (
        normalisation.weight.data,
        normalisation.bias.data,
        normalisation.running_mean,
        normalisation.running_var,
    ) = gamma, beta, mean, variance
    linear(characters.dense, layer("dense"))
    linear(characters.out, layer("out"))
    for name in (
        "region_key",
        "project",
        "word_key",
        "visual_part",
        "textual_part",
        "fusion_gate",
        "joined",
        "filtration_gate",
        "plain",
    ):
        linear(getattr(fusion, name), layer(name))
    for name in ("region_score", "word_score"):
        linear(
            getattr(fusion, name), layer(name), slice(9)
        )  # the keys' half; the queries' half is cancelled by the softmax
    linear(net.head, layer("head"))
    linear(net.energy, layer("energy"))
    net.crf.transitions.data, net.crf.start.data, net.crf.end.data = weights(layer("crf"))
    return net


def keras_scores(model: keras.Model, given: Batch, rows: Tensor) -> Tensor:
    inputs = [
        in_front(rows.numpy(), given.lengths),
        in_front(given.characters, given.lengths),
        given.regions,
    ]
    with torch.no_grad():
        scores: Tensor = model([torch.as_tensor(part) for part in inputs], training=False)[0]
    return scores


def best_path(scores: Doubles, start: Doubles, transitions: Doubles, end: Doubles) -> list[int]:
    """The Viterbi decoding of keras-contrib's layer, by plain loops: a table of what came before, followed back."""
    scores = scores.astype(np.float64)
    scores[0] += start
    scores[-1] += end
    best, tables = scores[0], []
    for at in scores[1:]:
        sums = best[:, None] + transitions
        tables.append(sums.argmax(axis=0))
        best = sums.max(axis=0) + at
    path = [int(best.argmax())]
    for table in reversed(tables):
        path.append(int(table[path[-1]]))
    return path[::-1]


def crf_arrays(net: SeedNetwork) -> tuple[NDArray[np.float32], ...]:
    return tuple(
        parameter.detach().numpy()
        for parameter in (net.crf.start, net.crf.transitions, net.crf.end)
    )


def decoder_of(net: SeedNetwork) -> CrfParameters:
    start, transitions, end = (part.detach().numpy() for part in net.transition_scores())
    return CrfParameters(
        start=start, transitions=transitions, end=end, allowed=allowed_transitions(TAGS)
    )


@pytest.fixture(scope="module")
def table(keras_model: keras.Model) -> NDArray[np.float32]:
    values: NDArray[np.float32] = weights(keras_model.get_layer("word_table"))[0].numpy()
    return values


def test_scores_and_paths_are_those_of_keras_on_a_hundred_batches(
    keras_model: keras.Model, network: SeedNetwork, table: NDArray[np.float32]
) -> None:
    rng = np.random.default_rng(2)
    start, transitions, end = crf_arrays(network)
    unconstrained = CrfParameters(start=start, transitions=transitions, end=end)
    largest = 0.0
    for _ in range(100):
        given, rows = random_batch(rng, table, rng.integers(1, PLACES + 1, 3))
        expected = keras_scores(keras_model, given, rows)
        with torch.no_grad():
            scores, _ = network.read(
                to_tensors(given), Windows.cut(torch.from_numpy(given.lengths), PLACES)
            )
        largest = max(largest, float((scores - expected).abs().max()))
        paths = viterbi(scores.numpy(), np.full(3, PLACES), unconstrained)
        assert [path.tolist() for path in paths] == [
            best_path(one, start, transitions, end) for one in expected.numpy()
        ]
    assert 0 < largest < 1e-4


def path_score(
    path: list[int], scores: Doubles, start: Doubles, transitions: Doubles, end: Doubles
) -> float:
    emitted = sum(scores[place, one] for place, one in enumerate(path))
    return float(
        start[path[0]] + end[path[-1]] + emitted + sum(transitions[pair] for pair in pairwise(path))
    )


def test_the_plain_loop_finds_what_enumeration_finds() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        scores, transitions, start, end = (
            rng.normal(size=(4, 3)),
            rng.normal(size=(3, 3)),
            rng.normal(size=3),
            rng.normal(size=3),
        )
        paths = [list(path) for path in product(range(3), repeat=4)]
        best = max(paths, key=lambda path: path_score(path, scores, start, transitions, end))
        assert best_path(scores, start, transitions, end) == best


def test_the_loss_is_that_of_keras(
    keras_model: keras.Model, network: SeedNetwork, table: NDArray[np.float32]
) -> None:
    given, rows = random_batch(np.random.default_rng(4), table, np.array([35, 1, 20]))
    assert given.tags is not None
    classes = in_front(given.tags + 1, given.lengths)
    start, transitions, end = (torch.from_numpy(part) for part in crf_arrays(network))
    expected = crf_loss(
        torch.from_numpy(classes), keras_scores(keras_model, given, rows), transitions, (start, end)
    )
    tags = torch.from_numpy(given.tags)
    torch.testing.assert_close(
        network.loss(to_tensors(given), tags), expected, atol=1e-5, rtol=1e-5
    )
    one_hot = nn.functional.one_hot(tags, len(TAGS)).bool()
    torch.testing.assert_close(
        network.loss(to_tensors(given), tags, allowed=one_hot), expected, atol=1e-5, rtol=1e-5
    )


def test_decoding_is_that_of_the_whole_chain_where_padding_and_only_padding_is_padding(
    network: SeedNetwork, table: NDArray[np.float32]
) -> None:
    rng = np.random.default_rng(5)
    start, transitions, end = crf_arrays(network)
    allowed = allowed_transitions(TAGS)
    steps = np.where(allowed.step, transitions[1:, 1:], -np.inf)
    into = {
        True: np.where(allowed.start, transitions[0, 1:], -np.inf),
        False: np.where(allowed.start, start[1:], -np.inf),
    }
    decoding = decoder_of(network)
    given, _ = random_batch(rng, table, np.array([35, 1, 34, 12, 35, 20]))
    with torch.no_grad():
        scores, _ = network.read(
            to_tensors(given), Windows.cut(torch.from_numpy(given.lengths), PLACES)
        )
    paths = viterbi(emit(network, given).emissions, given.lengths, decoding)
    for path, one, length in zip(paths, scores.numpy(), given.lengths, strict=True):
        assert path.tolist() == best_path(
            one[PLACES - length :, 1:], into[bool(length < PLACES)], steps, end[1:]
        )
    assert {tag for path in paths for tag in path.tolist()} <= set(range(len(TAGS)))


def test_a_post_of_35_words_starts_as_the_whole_chain_does(
    network: SeedNetwork, table: NDArray[np.float32]
) -> None:
    given, _ = random_batch(np.random.default_rng(6), table, np.array([35, 34]))
    changed = emit(network, given).emissions
    before = network.crf.start.data.clone()
    network.crf.start.data += 1.0
    moved = emit(network, given).emissions - changed
    network.crf.start.data = before
    np.testing.assert_allclose(moved[0, 0], 1.0, atol=1e-5)
    assert not moved[0, 1:].any()
    assert not moved[1].any()


def test_of_longer_posts_the_last_words_are_read_as_keras_reads_them_and_none_is_lost(
    network: SeedNetwork, table: NDArray[np.float32]
) -> None:
    given, _ = random_batch(np.random.default_rng(7), table, np.array([80, 3, 41]))
    emissions = emit(network, given).emissions
    for row, length in ((0, 80), (2, 41)):
        tail = replace(
            given,
            **{
                name: getattr(given, name)[row : row + 1, length - PLACES : length]
                for name in ("words", "vectors", "characters", "shapes", "tags")
            },
            **{name: getattr(given, name)[row : row + 1] for name in ("regions", "region_mask")},
            lengths=np.array([PLACES]),
        )
        np.testing.assert_allclose(
            emit(network, tail).emissions[0, 1:],
            emissions[row, length - PLACES + 1 : length],
            atol=1e-5,
        )
    assert np.ptp(emissions[0], axis=0).min() > 0.1


def test_windows_cover_every_word_once_and_end_with_the_last() -> None:
    windows = Windows.cut(torch.tensor([80, 3, 35, 36]), PLACES)
    assert windows.posts.tolist() == [0, 0, 0, 1, 2, 3, 3]
    assert windows.starts.tolist() == [45, 10, 0, -32, 0, 1, 0]
    rows, columns = windows.find(torch.arange(80)[None])
    assert [(int(rows[0, word]), int(columns[0, word])) for word in (79, 45, 44, 10, 9, 0)] == [
        (0, 34),
        (0, 0),
        (1, 34),
        (1, 0),
        (2, 9),
        (2, 0),
    ]
    assert (int(rows[3, 0]), int(columns[3, 0])) == (6, 0)


def test_a_batch_gives_what_its_posts_give_alone(
    network: SeedNetwork, table: NDArray[np.float32]
) -> None:
    given, _ = random_batch(np.random.default_rng(8), table, np.array([40, 7, 35, 1]))
    given = replace(
        given,
        region_mask=np.array([[True] * 4, [True, True, False, False], [True] * 4, [False] * 4]),
    )
    together = emit(network, given)
    for row, length in enumerate(given.lengths):
        one = {
            name: getattr(given, name)[row : row + 1, :length]
            for name in ("words", "vectors", "characters", "shapes", "tags")
        }
        shown = max(1, int(given.region_mask[row].sum()))
        alone = replace(
            given,
            **one,
            regions=given.regions[row : row + 1, :shown],
            region_mask=given.region_mask[row : row + 1, :shown],
            lengths=np.array([length]),
        )
        np.testing.assert_allclose(
            together.emissions[row, :length], emit(network, alone).emissions[0], atol=1e-5
        )
        np.testing.assert_allclose(
            together.word_weights[row, :length, :length],
            emit(network, alone).word_weights[0],
            atol=1e-6,
        )


def test_attention_is_the_same_for_all_words_and_a_missing_picture_closes_the_gate(
    network: SeedNetwork, table: NDArray[np.float32]
) -> None:
    given, _ = random_batch(np.random.default_rng(9), table, np.array([35, 5]))
    given = replace(given, region_mask=np.array([[True] * 4, [False] * 4]))
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
    given, _ = random_batch(np.random.default_rng(11), table, np.array([34, 20]))
    moved = (
        emit(network, replace(given, regions=given.regions[::-1].copy())).emissions
        - emit(network, given).emissions
    )
    for row, length in enumerate(given.lengths):
        assert np.abs(moved[row, 0]).max() > 0.01
        np.testing.assert_allclose(
            moved[row, :length], np.broadcast_to(moved[row, 0], (length, len(TAGS))), atol=1e-5
        )


def test_fresh_weights_are_drawn_as_keras_draws_them() -> None:
    net = seed_network(hidden=16, size=12)
    parameters = dict(net.text.first.named_parameters())
    recurrent = parameters["weight_hh_l0"].detach()
    torch.testing.assert_close(recurrent.T @ recurrent, torch.eye(16), atol=1e-5, rtol=0)
    assert parameters["bias_ih_l0"].tolist() == [0.0] * 16 + [1.0] * 16 + [0.0] * 32
    assert not net.crf.start.any()
    bound = (6 / (SMALL.region + 12)) ** 0.5
    assert 0.8 * bound < float(net.fusion.project.weight.detach().abs().max()) <= bound


def test_one_batch_can_be_learned_by_heart_and_every_parameter_learns() -> None:
    net, rng = seed_network(hidden=16, size=12).train(), np.random.default_rng(10)
    table = rng.normal(size=(WORDS, SMALL.vector)).astype(np.float32)
    given, _ = random_batch(rng, table, np.array([35, 37, 3, 20]))
    assert given.tags is not None
    inputs, tags = (
        to_tensors(replace(given, words=np.ones_like(given.words))),
        torch.from_numpy(given.tags),
    )
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
