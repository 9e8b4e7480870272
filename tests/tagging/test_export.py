import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import onnx
import pytest

from mner.errors import InputError, ModelError
from mner.posts.read import read_posts
from mner.recipe.sections import FusionSection, Recipe, TransformerSection
from mner.tagging.export import export_model
from mner.tagging.load import load
from mner.tagging.model_folder import ModelFiles, load_network, read_model
from mner.tagging.onnx_backend import OnnxBackend
from mner.training.train import train
from mner.types import Batch, Post
from tests.model.test_fusion_network import batch
from tests.tagging.folders import forget_digests
from tests.tiny import tiny_caption_recipe, tiny_recipe
from tests.tiny_transformers import write_bert

KINDS: dict[str, FusionSection | None] = {
    "none": None,
    **{
        name: FusionSection(attention=name, size=4) for name in ("concat", "additive", "scaled-dot")
    },
    "cross-attention": FusionSection(kind="gated", attention="multi-head", size=4, heads=2),
    "mean": FusionSection(kind="gated", attention="mean"),
}
BACKENDS: tuple[Literal["torch", "onnx"], ...] = ("torch", "onnx")


@pytest.fixture(scope="module")
def models(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One exported model of every kind."""
    built = {}
    for kind, fusion in KINDS.items():
        recipe = (
            replace(tiny_caption_recipe(corpus), fusion=fusion) if fusion else tiny_recipe(corpus)
        )
        recipe = replace(recipe, training=replace(recipe.training, epochs=3))
        built[kind] = train(recipe, tmp_path_factory.mktemp(kind) / "run").model
        export_model(built[kind])
    return built


def fitting(model: Path, lengths: tuple[int, ...], regions: tuple[int, ...], seed: int) -> Batch:
    """A random batch in the sizes of a model."""
    sizes = read_model(model).about.sizes
    given = batch(lengths, regions, seed=seed)
    rng = np.random.default_rng(seed)
    return replace(
        given,
        words=given.words % sizes.words,
        vectors=rng.normal(size=(*given.words.shape, sizes.vector)).astype(np.float32),
        characters=given.characters % sizes.characters,
        shapes=given.shapes % sizes.shapes,
        regions=rng.normal(size=(*given.region_mask.shape, sizes.region)).astype(np.float32),
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_graph_gives_the_emissions_of_torch_for_any_batch(
    models: dict[str, Path], kind: str
) -> None:
    from mner.model.network import emit

    model = read_model(models[kind])
    graph = OnnxBackend(
        models[kind] / ModelFiles().graph,
        sizes=model.about.sizes,
        tags=len(model.vocabulary.tags),
    )
    network = load_network(model)
    for seed, (lengths, regions) in enumerate(
        [
            ((5, 1, 3), (4, 0, 2)),
            ((7,), (3,)),
            ((1,), (0,)),
            ((2, 9, 4, 4), (1, 0, 0, 5)),
            ((40, 3), (49, 49)),
        ]
    ):
        given = fitting(models[kind], lengths, regions, seed)
        ours, theirs = graph(given), emit(network, given)
        for row, length in enumerate(lengths):
            np.testing.assert_allclose(
                ours.emissions[row, :length], theirs.emissions[row, :length], atol=1e-4
            )
            np.testing.assert_allclose(
                ours.region_weights[row, :length], theirs.region_weights[row, :length], atol=1e-4
            )
            np.testing.assert_allclose(
                ours.gate[row, :length], theirs.gate[row, :length], atol=1e-4
            )


@pytest.mark.parametrize("kind", KINDS)
def test_both_backends_find_the_same_entities(
    models: dict[str, Path], kind: str, corpus: Path
) -> None:
    posts = [replace(post, caption="a man") for post in read_posts(corpus / "train.txt")]
    by_torch, by_graph = (
        list(load(models[kind], backend=backend).tag(posts)) for backend in BACKENDS
    )
    for one, other in zip(by_torch, by_graph, strict=True):
        assert [entity.span for entity in one.entities] == [
            entity.span for entity in other.entities
        ]
        assert [entity.probability for entity in one.entities] == pytest.approx(
            [entity.probability for entity in other.entities], abs=1e-4
        )


def test_an_exported_model_tags_without_torch(models: dict[str, Path]) -> None:
    program = (
        "import sys\n"
        "for name in ('torch', 'safetensors', 'accelerate', 'transformers', 'h5py'):\n"
        "    sys.modules[name] = None\n"
        "import mner\n"
        f"(post,) = mner.load({str(models['none'])!r}).tag([mner.Post('1', ('saw', 'Rome'))])\n"
        "print([entity.span for entity in post.entities])\n"
    )
    (expected,) = load(models["none"], backend="torch").tag([Post("1", ("saw", "Rome"))])
    printed = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout
    assert printed == f"{[entity.span for entity in expected.entities]}\n"


def test_eight_bits_are_smaller_and_nearly_the_same(
    recipe: Recipe, corpus: Path, tmp_path: Path
) -> None:
    wide = replace(
        recipe,
        text=replace(recipe.text, hidden=64),
        training=replace(recipe.training, epochs=6, learning_rate=0.01),
    )
    model = train(wide, tmp_path / "run").model
    sizes = {int8: export_model(model, int8=int8).stat().st_size for int8 in (False, True)}
    assert sizes[True] < 0.6 * sizes[False]
    posts = list(read_posts(corpus / "dev.txt"))
    by_torch, by_graph = (list(load(model, backend=backend).tag(posts)) for backend in BACKENDS)
    assert [[e.span for e in post.entities] for post in by_torch] == [
        [e.span for e in post.entities] for post in by_graph
    ]


def test_of_a_transformer_what_ends_in_the_sum_of_all_layers_keeps_its_floats(
    recipe: Recipe, corpus: Path, tmp_path: Path
) -> None:
    section = TransformerSection(model=str(write_bert(tmp_path / "bert")), learning_rate=0.01)
    model = train(replace(recipe, transformer=section), tmp_path / "run").model
    posts = list(read_posts(corpus / "dev.txt"))
    found = []
    for int8 in (False, True):
        graph = onnx.load(export_model(model, int8=int8)).graph
        found.append(list(load(model, backend="onnx").tag(posts)))
    products = {node.name: node.op_type for node in graph.node if "MatMul" in node.op_type}
    for name in ("attention/output/dense", "layer.0/output/dense"):
        assert any(f"{name}/MatMul" in node for node in products), products
    for node, kind in products.items():
        is_kept = "output/dense" in node or "/head/" in node
        is_weight = "dense" in node or "/query/" in node or "/head/" in node
        if is_weight:
            assert kind == ("MatMul" if is_kept else "MatMulInteger"), node
    probabilities = [
        [entity.probability for post in tagged for entity in post.entities] for tagged in found
    ]
    assert probabilities[0]
    assert probabilities[1] == pytest.approx(probabilities[0], abs=0.02)


def test_a_graph_that_cannot_be_written_leaves_the_model_as_it_was(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = train(recipe, tmp_path / "run").model
    before = sorted(path.name for path in model.iterdir())

    def full(_network: object, part: Path) -> None:
        part.write_bytes(b"half a fi")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mner.tagging.export._write_graph", full)
    with pytest.raises(
        ModelError, match=r"emissions\.onnx: cannot be written: No space left on device"
    ):
        export_model(model)
    assert sorted(path.name for path in model.iterdir()) == before


def test_a_graph_that_would_not_be_read_is_not_written(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = train(replace(recipe, training=replace(recipe.training, epochs=1)), tmp_path / "run")

    def random(_network: object, part: Path) -> None:
        node = onnx.helper.make_node("RandomNormal", [], ["x"], shape=[1])
        graph = onnx.helper.make_graph([node], "g", [], [])
        onnx.save(onnx.helper.make_model(graph), part)

    monkeypatch.setattr("mner.tagging.export._write_graph", random)
    message = r"emissions\.onnx: cannot be written as a graph that is read: the operator 'RandomNor"
    with pytest.raises(InputError, match=message):
        export_model(model.model)
    assert not (model.model / "emissions.onnx").exists()
    load(model.model)


def test_a_graph_that_is_not_there_or_damaged_is_named(recipe: Recipe, tmp_path: Path) -> None:
    model = train(
        replace(recipe, training=replace(recipe.training, epochs=1)), tmp_path / "run"
    ).model
    with pytest.raises(ModelError, match=r"has no emissions.onnx: write it by `mner export"):
        load(model, backend="onnx")
    forget_digests(model)
    (model / "emissions.onnx").write_bytes(b"nonsense")
    with pytest.raises(
        ModelError, match=r"emissions.onnx: cannot be loaded .*: write it again by `mner export`"
    ):
        load(model)
    with pytest.raises(ModelError, match="not a model folder"):
        export_model(tmp_path)
