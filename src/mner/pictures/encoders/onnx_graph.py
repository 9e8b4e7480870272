"""The graph of a vision network, turned into the graph of a picture encoder.

It is cut where its regions are, preprocessing is put before it, and the order of regions after it.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto
from onnx.compose import add_prefix
from onnx.helper import make_node, make_tensor_value_info
from onnx.numpy_helper import from_array

from mner.errors import InputError
from mner.pictures.encoders.encoder import Scaling
from mner.pictures.encoders.region_layout import RegionLayout

__all__ = [
    "PictureInput",
    "attach_pixels",
    "attach_regions",
    "cut_at",
    "picture_input",
    "tensor_names",
]

_PREFIX = "network/"
_FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE)


class PictureInput(NamedTuple):
    """The only input of a vision network."""

    name: str
    type: int
    """ONNX's number of one of its floats."""
    channels_first: bool
    """(B, 3, S, S), not (B, S, S, 3)."""
    size: int
    """S; 0 where the graph leaves it open."""


def tensor_names(model: ModelProto) -> list[str]:
    """Return the names of all tensors that nodes of the graph give, in the order of the nodes."""
    return [name for node in model.graph.node for name in node.output if name]


def cut_at(model: ModelProto, output: str) -> None:
    """Keep only what one tensor of a graph depends on, and make that tensor the only output."""
    graph, needed, kept = model.graph, {output}, list[NodeProto]()
    # From the end to the beginning: a node is needed if a later one reads what it gives.
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(_read_by(node))
    _replace(graph.node, reversed(kept))
    _replace(graph.initializer, [tensor for tensor in graph.initializer if tensor.name in needed])
    _replace(graph.input, [value for value in graph.input if value.name in needed])
    # The runtime infers the type of the output. The shapes that the file claims need not be those
    # of a single picture.
    _replace(graph.output, [ValueInfoProto(name=output)])
    _replace(graph.value_info, [])


def picture_input(model: ModelProto) -> PictureInput:
    """Return what a graph takes.

    Raises:
        InputError: it does not take floats of shape (B, 3, S, S) or (B, S, S, 3) and nothing else.
    """
    constants = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in constants]
    if len(inputs) == 1:
        picture = _as_picture(inputs[0])
        if picture is not None:
            return picture
    got = ", ".join(f"{value.name} {_dimensions(value)}" for value in inputs) or "nothing"
    raise InputError(
        "expected one input, floats of shape (B, 3, S, S) or (B, S, S, 3) with B open or 1,"
        f" got {got}"
    )


def _as_picture(value: ValueInfoProto) -> PictureInput | None:
    """Read an input as a picture; None where it is something else."""
    type_, dimensions = value.type.tensor_type.elem_type, _dimensions(value)
    if type_ not in _FLOATS or len(dimensions) != 4:
        return None
    batch, second, third, fourth = dimensions
    # Where names stand instead of numbers, both are possible; torch has the channels first.
    channels_first = second == 3 or fourth != 3
    if channels_first:
        channels, sides = second, {third, fourth}
    else:
        channels, sides = fourth, {second, third}
    known_sides = {side for side in sides if isinstance(side, int)}
    if not _is_open_or(1, batch) or not _is_open_or(3, channels) or len(known_sides) > 1:
        return None
    size = known_sides.pop() if known_sides else 0
    return PictureInput(value.name, type_, channels_first, size)


def attach_pixels(
    model: ModelProto, picture: PictureInput, scaling: Scaling, *, size: int
) -> ModelProto:
    """Return a copy of a graph that takes `pixels`, uint8 (B, S, S, 3) RGB.

    The graph's own names get a prefix.

    Args:
        model: the graph.
        picture: its input.
        scaling: what the network was trained on.
        size: S.
    """
    model = add_prefix(model, _PREFIX)
    constants = {"full": 255.0, "mean": scaling.mean, "deviation": scaling.deviation}
    for name, value in constants.items():
        model.graph.initializer.append(from_array(np.array(value, dtype=np.float32), name))
    axes = (0, 3, 1, 2) if picture.channels_first else (0, 1, 2, 3)
    nodes = [
        make_node("Cast", ["pixels"], ["floats"], to=TensorProto.FLOAT),
        make_node("Div", ["floats", "full"], ["shares"]),
        make_node("Sub", ["shares", "mean"], ["centred"]),
        make_node("Div", ["centred", "deviation"], ["scaled"]),
        make_node("Transpose", ["scaled"], ["turned"], perm=axes),
        make_node("Cast", ["turned"], [_PREFIX + picture.name], to=picture.type),
    ]
    _replace(model.graph.node, [*nodes, *model.graph.node])
    pixels = make_tensor_value_info("pixels", TensorProto.UINT8, ["B", size, size, 3])
    _replace(model.graph.input, [pixels])
    return model


def attach_regions(model: ModelProto, layout: RegionLayout) -> None:
    """Make a graph with one output give `regions`, floats (B, R, V), instead."""
    graph = model.graph
    patches = np.arange(layout.dropped, layout.dropped + layout.regions)
    graph.initializer.append(from_array(np.array([0, -1, layout.width]), "rows"))
    graph.initializer.append(from_array(patches, "patches"))
    nodes = [
        make_node("Transpose", [graph.output[0].name], ["ordered"], perm=layout.axes),
        make_node("Reshape", ["ordered", "rows"], ["listed"]),
        make_node("Gather", ["listed", "patches"], ["chosen"], axis=1),
        make_node("Cast", ["chosen"], ["regions"], to=TensorProto.FLOAT),
    ]
    graph.node.extend(nodes)
    regions = make_tensor_value_info(
        "regions", TensorProto.FLOAT, ["B", layout.regions, layout.width]
    )
    _replace(graph.output, [regions])


def _read_by(node: NodeProto) -> Iterator[str]:
    """Yield the tensors that a node reads, and those that graphs inside it may read."""
    yield from node.input
    for attribute in node.attribute:
        for graph in (attribute.g, *attribute.graphs):
            for value in graph.output:
                yield value.name
            for inner in graph.node:
                yield from _read_by(inner)


def _dimensions(value: ValueInfoProto) -> tuple[int | str, ...]:
    """Return the lengths of the axes; where one is open, its name, which may be empty."""
    dimensions: list[int | str] = []
    for axis in value.type.tensor_type.shape.dim:
        dimensions.append(axis.dim_value if axis.HasField("dim_value") else axis.dim_param)
    return tuple(dimensions)


def _is_open_or(wanted: int, length: int | str) -> bool:
    return isinstance(length, str) or length == wanted


def _replace(field: Any, values: Iterable[Any]) -> None:
    """Put values in the place of those of a repeated field."""
    values = list(values)
    del field[:]
    field.extend(values)
