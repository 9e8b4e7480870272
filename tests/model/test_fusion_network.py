from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mner.bio import allowed_transitions, tag_names
from mner.model.build import build_network
from mner.model.fusion_network import FusionNetwork
from mner.model.network import emit, to_tensors
from mner.model.sizes import Sizes
from mner.model.transformer import Transformer
from mner.recipe.sections import (
    CharactersSection,
    FusionSection,
    PictureSection,
    Recipe,
    TextSection,
    TransformerSection,
)
from mner.types import Batch
from tests.tiny_transformers import write_bert

TAGS = tag_names(["LOC", "PER"])
CO_ATTENTION = FusionSection(size=6, heads=2)
GATED = replace(CO_ATTENTION, kind="gated")
FUSIONS = {
    "concat": replace(CO_ATTENTION, attention="concat"),
    "additive": replace(CO_ATTENTION, attention="additive"),
    "scaled-dot": replace(CO_ATTENTION, attention="scaled-dot"),
    "multi-head": replace(CO_ATTENTION, attention="multi-head"),
    "mean": replace(CO_ATTENTION, attention="mean"),
    "gated additive": replace(GATED, attention="additive"),
    "gated multi-head": replace(GATED, attention="multi-head"),
    "gated mean": replace(GATED, attention="mean"),
}
KINDS = ["none", *FUSIONS]


def network(kind: str, *, words: int = 20) -> FusionNetwork:
    torch.manual_seed(0)
    recipe = Recipe(text=TextSection(hidden=6), fusion=FUSIONS.get(kind, FusionSection()))
    sizes = Sizes(words=words, characters=10, shapes=6, vector=4, region=0 if kind == "none" else 3)
    built = build_network(recipe, sizes, transitions=allowed_transitions(TAGS))
    assert isinstance(built, FusionNetwork)
    for parameter in built.parameters():
        torch.nn.init.normal_(parameter)
    for module in built.modules():
        if isinstance(module, torch.nn.Embedding):
            module.weight.data[0] = 0.0
    return built.eval()


def batch(
    lengths: tuple[int, ...] = (5, 1, 3), regions: tuple[int, ...] = (4, 0, 2), *, seed: int = 0
) -> Batch:
    """A batch whose padding is 0, as the indexer makes it."""
    rng = np.random.default_rng(seed)
    size, longest, most = len(lengths), max(lengths), max(1, *regions)
    mask = np.arange(longest) < np.array(lengths)[:, None]
    region_mask = np.arange(most) < np.array(regions)[:, None]
    characters = rng.integers(1, 10, (size, longest, 7))
    characters *= np.arange(7) < rng.integers(1, 8, (size, longest, 1))
    return Batch(
        words=rng.integers(0, 20, (size, longest)) * mask,
        vectors=rng.normal(size=(size, longest, 4)).astype(np.float32) * mask[..., None],
        characters=characters * mask[..., None],
        shapes=rng.integers(1, 6, (size, longest)) * mask,
        lengths=np.array(lengths),
        regions=rng.normal(size=(size, most, 3)).astype(np.float32) * region_mask[..., None],
        region_mask=region_mask,
        tags=rng.integers(0, len(TAGS), (size, longest)) * mask,
    )


def single(given: Batch, row: int) -> Batch:
    length, regions = int(given.lengths[row]), max(1, int(given.region_mask[row].sum()))
    longest_word = int((given.characters[row] > 0).sum(axis=-1).max())
    return Batch(
        words=given.words[row : row + 1, :length],
        vectors=given.vectors[row : row + 1, :length],
        characters=given.characters[row : row + 1, :length, :longest_word],
        shapes=given.shapes[row : row + 1, :length],
        lengths=given.lengths[row : row + 1],
        regions=given.regions[row : row + 1, :regions],
        region_mask=given.region_mask[row : row + 1, :regions],
    )


def longer(given: Batch, words: int, characters: int, regions: int) -> Batch:
    """The same posts with more padding, and nonsense in what is masked."""
    region_mask = np.pad(given.region_mask, [(0, 0), (0, regions)])
    vectors = np.pad(given.regions, [(0, 0), (0, regions), (0, 0)])
    nonsense = np.where(region_mask[..., None], vectors, 1e3)
    return replace(
        given,
        words=np.pad(given.words, [(0, 0), (0, words)]),
        shapes=np.pad(given.shapes, [(0, 0), (0, words)]),
        vectors=np.pad(given.vectors, [(0, 0), (0, words), (0, 0)], constant_values=7.0),
        characters=np.pad(given.characters, [(0, 0), (0, words), (0, characters)]),
        regions=nonsense.astype(np.float32),
        region_mask=region_mask,
        tags=None,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_gives_what_its_posts_give_alone(kind: str) -> None:
    net, given = network(kind), batch()
    together = emit(net, given)
    for row, length in enumerate(given.lengths):
        alone = emit(net, single(given, row))
        np.testing.assert_allclose(together.emissions[row, :length], alone.emissions[0], atol=1e-5)
        np.testing.assert_allclose(together.gate[row, :length], alone.gate[0], atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_padding_changes_nothing(kind: str) -> None:
    net, given = network(kind), batch()
    before, after = emit(net, given), emit(net, longer(given, words=4, characters=3, regions=2))
    for row, length in enumerate(given.lengths):
        np.testing.assert_allclose(
            after.emissions[row, :length], before.emissions[row, :length], atol=1e-5
        )


@pytest.mark.parametrize("kind", FUSIONS)
def test_the_picture_matters_and_its_absence_is_a_closed_gate(kind: str) -> None:
    net, given = network(kind), batch()
    moved = given.regions + given.region_mask[..., None].astype(np.float32)
    changed, before = emit(net, replace(given, regions=moved)), emit(net, given)
    assert np.abs(changed.emissions[0] - before.emissions[0]).max() > 0.01
    np.testing.assert_array_equal(changed.emissions[1], before.emissions[1])
    assert before.gate[1].tolist() == [0.0] * 5
    assert not before.region_weights[1].any()
    assert (before.gate[0] > 0).all()


@pytest.mark.parametrize("kind", FUSIONS)
def test_attention_differs_between_words_except_in_the_printed_form_and_the_mean(kind: str) -> None:
    net, per_word = network(kind), kind not in {"concat", "mean", "gated mean"}
    weights = emit(net, batch()).region_weights[0]
    recipe = Recipe(picture=PictureSection(source="pixels"), fusion=FUSIONS[kind])
    assert recipe.attends_per_word is per_word
    assert bool(np.ptp(weights, axis=0).max() > 0.01) is per_word


@pytest.mark.parametrize("kind", ["gated additive", "gated multi-head", "gated mean"])
def test_a_gated_network_reads_a_post_without_a_picture_as_its_text_only_twin_does(
    kind: str,
) -> None:
    gated, twin, given = network(kind), network("none"), batch()
    weights = gated.state_dict()
    for name in [name for name in weights if name.startswith("fusion.")]:
        del weights[name]
    twin.load_state_dict(weights)
    np.testing.assert_array_equal(emit(gated, given).emissions[1], emit(twin, given).emissions[1])


def test_the_mean_is_of_the_regions_that_may_be_looked_at() -> None:
    weights = emit(network("gated mean"), batch()).region_weights
    np.testing.assert_allclose(weights[0], 1 / 4)
    np.testing.assert_allclose(weights[2, :3], [[1 / 2, 1 / 2, 0, 0]] * 3)


def test_words_attend_to_words_only_inside_their_post() -> None:
    weights = emit(network("additive"), batch()).word_weights
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0, atol=1e-5)
    assert not weights[2, :, 3:].any()


def test_the_text_only_twin_ignores_regions() -> None:
    net, given = network("none"), batch()
    changed = replace(given, regions=given.regions + 1)
    np.testing.assert_array_equal(emit(net, changed).emissions, emit(net, given).emissions)


@pytest.mark.parametrize("kind", KINDS)
def test_one_batch_can_be_learned_by_heart_and_every_parameter_learns(kind: str) -> None:
    torch.manual_seed(0)
    net, given = network(kind).train(), batch(lengths=(5, 2, 3), regions=(4, 1, 2))
    assert given.tags is not None
    inputs, tags = to_tensors(given), torch.from_numpy(given.tags)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    losses = []
    for _ in range(150):
        optimizer.zero_grad()
        loss = net.loss(inputs, tags)
        loss.backward()  # type: ignore[no-untyped-call]
        losses.append(loss.item())
        assert not [name for name, parameter in net.named_parameters() if parameter.grad is None]
        optimizer.step()
    assert net.eval().loss(inputs, tags).item() < 0.2 * losses[0]


@pytest.mark.parametrize("is_partial", [False, True])
def test_the_loss_is_the_mean_of_the_posts(is_partial: bool) -> None:
    net, given = network("additive"), batch()
    assert given.tags is not None
    tags = torch.from_numpy(given.tags)
    emissions = net(to_tensors(given)).emissions
    lengths = torch.from_numpy(given.lengths)
    allowed = torch.nn.functional.one_hot(tags, len(TAGS)).bool()
    allowed[0, :2] = True
    if is_partial:
        likelihoods = net.crf.partial_log_likelihood(emissions, allowed, lengths)
        loss = net.loss(to_tensors(given), tags, allowed=allowed)
    else:
        likelihoods = net.crf.log_likelihood(emissions, tags, lengths)
        loss = net.loss(to_tensors(given), tags)
    assert loss.item() == pytest.approx(-likelihoods.detach().numpy().mean(), rel=1e-6)


def test_frozen_vectors_have_no_rows_of_their_own() -> None:
    torch.manual_seed(0)
    sizes = Sizes(words=20, characters=10, shapes=6, vector=4, region=0)
    recipe = Recipe(text=TextSection(train_vectors=False, hidden=3))
    built = build_network(recipe, sizes, transitions=allowed_transitions(TAGS))
    assert isinstance(built, FusionNetwork)
    table = built.text.words
    assert table is not None
    assert table.difference.num_embeddings == 2
    vectors = torch.randn(1, 2, 4)
    torch.testing.assert_close(table.eval()(torch.tensor([[7, 19]]), vectors), vectors)


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_says_how_wide_its_inputs_are(kind: str) -> None:
    net = network(kind)
    assert (net.vector_width, net.region_width) == (4, 0 if kind == "none" else 3)
    assert net.transformer is None


@pytest.mark.parametrize("hidden", [0, 6])
def test_a_network_with_a_transformer_reads_its_pieces(hidden: int, tmp_path: Path) -> None:
    folder = str(write_bert(tmp_path))
    recipe = Recipe(
        text=TextSection(words=False, shapes=0, hidden=hidden),
        characters=CharactersSection(filters=0),
        transformer=TransformerSection(frozen=1),
    )
    sizes = Sizes(words=20, characters=10, shapes=6, vector=4, region=0)
    transformer = Transformer.pretrained(folder)
    allowed = allowed_transitions(TAGS)
    net = build_network(recipe, sizes, transitions=allowed, transformer=transformer).eval()
    assert isinstance(net, FusionNetwork)
    assert net.transformer is transformer
    assert net.vector_width == 1
    frozen = [name for name, weights in net.named_parameters() if not weights.requires_grad]
    assert frozen
    assert all(".embeddings." in name for name in frozen)

    # A batch of two posts, of which the second is shorter
    spans = [[2, 4, 10, 6, 7, 3], [2, 5, 3, 0, 0, 0]]
    given = replace(
        batch(lengths=(3, 1), regions=(0, 0)),
        pieces=np.array(spans),
        piece_mask=np.array(spans) > 0,
        first_pieces=np.array([[1, 2, 3], [7, 0, 0]]),
    )
    emissions = emit(net, given).emissions
    inputs = to_tensors(given)
    with torch.inference_mode():
        vectors = transformer(inputs.pieces, inputs.piece_mask, inputs.first_pieces)
        if net.text.lstm is not None:
            vectors = net.text.lstm(vectors, inputs.lengths)
        expected = net.head(vectors).numpy()
    np.testing.assert_allclose(emissions[0], expected[0], atol=1e-6)
    np.testing.assert_allclose(emissions[1, 0], expected[1, 0], atol=1e-6)
    other = replace(given, pieces=np.array([[2, 5, 10, 6, 7, 3], spans[1]]))
    moved = np.abs(emit(net, other).emissions - emissions)
    assert moved[0].max() > 1e-3
    assert moved[1, 0].max() < 1e-6
