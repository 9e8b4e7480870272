"""Exporting network and picture encoder as ONNX graphs, so that a model tags without torch."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor, nn

from mner.errors import InputError, MissingExtraError, ModelError, clipped
from mner.files.apart import check_apart
from mner.files.write import new_file
from mner.graphs.export import export_graph
from mner.graphs.operators import require_operators
from mner.graphs.quantise import quantise_graph
from mner.model.build import Build
from mner.model.network import Network, Tensors
from mner.pictures.encoders.build import build_encoder
from mner.pictures.encoders.description import check_encoder
from mner.pictures.encoders.encoder import PictureEncoder
from mner.pictures.encoders.exported import ENCODER
from mner.recipe.sections import PictureSection
from mner.tagging.digests import replacing_file
from mner.tagging.model_folder import Model, ModelFiles, load_network, read_model

__all__ = ["export_encoder", "export_model"]

_LOG = logging.getLogger(__name__)
_OUTPUTS = ["emissions", "region_weights", "word_weights", "gate"]
_DYNAMIC = {
    **{name: {0: "B", 1: "T"} for name in ("words", "vectors", "shapes")},
    "characters": {0: "B", 1: "T", 2: "C"},
    "lengths": {0: "B"},
    "regions": {0: "B", 1: "R"},
    "region_mask": {0: "B", 1: "R"},
    **{name: {0: "W", 1: "P"} for name in ("pieces", "piece_mask")},
    "first_pieces": {0: "B", 1: "T"},
    **{name: {0: "B", 1: "T"} for name in _OUTPUTS},
}


def export_model(path: str | Path, *, int8: bool = False, build: Build | None = None) -> Path:
    """Write the graph of the network into the model folder, where `mner.load` finds it.

    For a model that looks at pixels, the graph of its picture encoder is written as well. If the
    encoder that the model was trained with is not at hand or cannot be written, its graph is left
    out, and a warning is logged.

    Args:
        path: a model folder.
        build: the function that built the network, for a model of `mner.train(..., build=...)`.
        int8: quantise the weights of LSTM and linear layers to eight bits. The graph is then
            smaller, faster on some processors, and a little less exact. Pictures stay in floats.

    Returns:
        The file of the network's graph.

    Raises:
        ModelError: the folder is not a model.
        InputError: the network has an operator that graphs of model folders may not have.
        MissingExtraError: the package onnx is not installed.
    """
    model = read_model(Path(path))
    target = model.folder / ModelFiles().graph
    network = load_network(model, build=build)
    with _replacing(target) as part:
        _write_graph(network, part)
        if int8:
            quantise_graph(part)
    if model.recipe.picture.source == "pixels":
        _write_picture_graph(model)
    return target


def export_encoder(picture: PictureSection, target: Path) -> Path:
    """Write a picture encoder, with its preprocessing, as an ONNX graph that needs no torch.

    Args:
        picture: which encoder.
        target: the file.

    Returns:
        The file.

    Raises:
        InputError: the encoder's weights cannot be used or are the target, or its network cannot
            be exported.
        MissingExtraError: its packages or onnx are not installed.
    """
    check_apart(target, {"--weights": picture.weights or None})
    _write_described(build_encoder(picture), target)
    return target


class _Positional(nn.Module):
    """The network with its inputs one by one, as the exporter wants them."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        emissions, fused = self.network(Tensors(*inputs))
        return emissions, fused.region_weights, fused.word_weights, fused.gate


def _write_graph(network: Network, target: Path) -> None:
    export_graph(
        _Positional(network),
        tuple(_example(network)),
        target,
        inputs=Tensors._fields,
        outputs=_OUTPUTS,
        dynamic=_DYNAMIC,
    )


def _example(network: Network) -> Tensors:
    """Return a batch of two posts of unlike length, since what is traced has to be general."""
    pieces = (2, 5) if network.transformer is not None else (0, 0)
    return Tensors(
        words=torch.tensor([[1, 1, 1], [1, 0, 0]]),
        vectors=torch.zeros(2, 3, network.vector_width),
        characters=torch.ones(2, 3, 4, dtype=torch.long),
        shapes=torch.ones(2, 3, dtype=torch.long),
        lengths=torch.tensor([3, 1]),
        regions=torch.zeros(2, 2, network.region_width),
        region_mask=torch.tensor([[True, True], [True, False]]),
        pieces=torch.ones(pieces, dtype=torch.long),
        piece_mask=torch.ones(pieces, dtype=torch.bool),
        first_pieces=torch.tensor([[1, 2, 3], [6, 0, 0]]),
    )


def _write_picture_graph(model: Model) -> None:
    """Write the graph of the encoder that the model was trained with, or log why it is not."""
    target = model.folder / ModelFiles().pictures
    try:
        encoder = build_encoder(model.recipe.picture)
        check_encoder(model.recipe.picture.encoder, encoder.describe(), model.about.encoder)
        _write_described(encoder, target)
    except (InputError, MissingExtraError, ModelError) as exc:
        _LOG.warning(
            "%s is not written, so pictures have to come from a store of features, or to be "
            "encoded by torch where the encoder is at hand: %s",
            target.name,
            exc,
        )


def _write_described(encoder: PictureEncoder, target: Path) -> None:
    """Write the graph of an encoder, with the encoder's description in its metadata."""
    with _replacing(target) as part:
        encoder.write_graph(part)
        import onnx  # it is there, since the graph could not have been written without it

        graph = onnx.load(part)
        onnx.helper.set_model_props(graph, {ENCODER: json.dumps(encoder.describe())})
        onnx.save(graph, part)


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """Write a graph as `new_file` does, if it will be accepted when it is read; errors name it.

    In a model folder, the description of the model gets its digest.
    """
    about = target.with_name(ModelFiles().about)
    replaced = replacing_file(about, target.name) if about.is_file() else new_file(target)
    try:
        with replaced as part:
            yield part
            require_operators(part)
    except OSError as exc:
        raise ModelError(f"{target}: cannot be written: {exc.strerror or exc}") from exc
    except ValueError as exc:
        raise InputError(
            f"{target}: cannot be written as a graph that is read: {clipped(exc)}"
        ) from exc
