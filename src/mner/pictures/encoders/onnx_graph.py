"""The graph of a vision network, cut where its regions are, with preprocessing before it and the order of regions behind it."""

from collections.abc import Iterator
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
    """The one input of a vision network."""

    name: str
    type: int
    """Of ONNX, one of its floats."""
    channels_first: bool
    """(B, 3, S, S), not (B, S, S, 3)."""
    size: int
    """S; 0 where the graph leaves it open."""


def tensor_names(model: ModelProto) -> list[str]:
    """Every tensor that a node of the graph gives, in the order of the nodes."""
    return [name for node in model.graph.node for name in node.output if name]


def cut_at(model: ModelProto, output: str) -> None:
    """Leave of a graph only what one of its tensors depends on, and make that its only output."""
    graph, needed, kept = model.graph, {output}, list[NodeProto]()
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(_read_by(node))
    _replace(graph.node, reversed(kept))
    _replace(graph.initializer, [one for one in graph.initializer if one.name in needed])
    _replace(graph.input, [one for one in graph.input if one.name in needed])
    # The runtime infers the type of the output; shapes that the file claims need not be those of one picture.
    _replace(graph.output, [ValueInfoProto(name=output)])
    _replace(graph.value_info, [])


def picture_input(model: ModelProto) -> PictureInput:
    """What a graph takes.

    Raises:
        InputError: it does not take floats of shape (B, 3, S, S) or (B, S, S, 3) and nothing else.
    """
    constants = {one.name for one in model.graph.initializer}
    inputs = [one for one in model.graph.input if one.name not in constants]
    described = ", ".join(f"{one.name} {_dimensions(one)}" for one in inputs) or "nothing"
    expected = f"expected one input, floats of shape (B, 3, S, S) or (B, S, S, 3) with B open or 1, got {described}"
    if (
        len(inputs) != 1
        or inputs[0].type.tensor_type.elem_type not in _FLOATS
        or len(_dimensions(inputs[0])) != 4
    ):
        raise InputError(expected)
    batch, *rest = _dimensions(inputs[0])
    # Names in place of numbers leave all open; then it is as torch has it.
    channels_first = rest[0] == 3 or rest[2] != 3
    channels, *sides = rest if channels_first else (rest[2], *rest[:2])
    known = {side for side in sides if isinstance(side, int)}
    if not (_is_open_or(1, batch) and _is_open_or(3, channels) and len(known) <= 1):
        raise InputError(expected)
    return PictureInput(
        inputs[0].name,
        inputs[0].type.tensor_type.elem_type,
        channels_first,
        size=known.pop() if known else 0,
    )


def attach_pixels(
    model: ModelProto, picture: PictureInput, scaling: Scaling, *, size: int
) -> ModelProto:
    """A copy of a graph that takes `pixels`, uint8 (B, S, S, 3) RGB; its own names have a prefix from here on."""
    model = add_prefix(model, _PREFIX)
    graph, numbers = (
        model.graph,
        (np.array(255.0), np.array(scaling.mean), np.array(scaling.deviation)),
    )
    graph.initializer.extend(
        from_array(value.astype(np.float32), name)
        for value, name in zip(numbers, ("full", "mean", "deviation"), strict=True)
    )
    axes = (0, 3, 1, 2) if picture.channels_first else (0, 1, 2, 3)
    nodes = [
        make_node("Cast", ["pixels"], ["floats"], to=TensorProto.FLOAT),
        make_node("Div", ["floats", "full"], ["shares"]),
        make_node("Sub", ["shares", "mean"], ["centred"]),
        make_node("Div", ["centred", "deviation"], ["scaled"]),
        make_node("Transpose", ["scaled"], ["turned"], perm=axes),
        make_node("Cast", ["turned"], [_PREFIX + picture.name], to=picture.type),
    ]
    _replace(graph.node, [*nodes, *graph.node])
    _replace(
        graph.input, [make_tensor_value_info("pixels", TensorProto.UINT8, ["B", size, size, 3])]
    )
    return model


def attach_regions(model: ModelProto, layout: RegionLayout) -> None:
    """Let a graph with one output give `regions`, floats (B, R, V), in its place."""
    graph = model.graph
    kept = np.arange(layout.dropped, layout.dropped + layout.regions)
    graph.initializer.extend(
        [from_array(np.array([0, -1, layout.width]), "rows"), from_array(kept, "patches")]
    )
    graph.node.extend(
        [
            make_node("Transpose", [graph.output[0].name], ["ordered"], perm=layout.axes),
            make_node("Reshape", ["ordered", "rows"], ["listed"]),
            make_node("Gather", ["listed", "patches"], ["chosen"], axis=1),
            make_node("Cast", ["chosen"], ["regions"], to=TensorProto.FLOAT),
        ]
    )
    _replace(
        graph.output,
        [make_tensor_value_info("regions", TensorProto.FLOAT, ["B", layout.regions, layout.width])],
    )


def _read_by(node: NodeProto) -> Iterator[str]:
    """The tensors that a node reads, and those that graphs inside it may read."""
    yield from node.input
    for attribute in node.attribute:
        for graph in (attribute.g, *attribute.graphs):
            yield from (one.name for one in graph.output)
            for inner in graph.node:
                yield from _read_by(inner)


def _dimensions(value: ValueInfoProto) -> tuple[int | str, ...]:
    """Lengths of the axes, a name or nothing where they are open."""
    return tuple(
        one.dim_value if one.HasField("dim_value") else one.dim_param
        for one in value.type.tensor_type.shape.dim
    )


def _is_open_or(wanted: int, length: int | str) -> bool:
    return isinstance(length, str) or length == wanted


def _replace(field: Any, values: Any) -> None:
    values = list(values)
    del field[:]
    field.extend(values)
