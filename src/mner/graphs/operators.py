"""Which graphs are allowed: their operators are read from the file before anything runs it.

A file of ONNX is a message of protobuf, and a message is a list of fields: a number, and bytes that
may be a message again. So the nodes are found without the package onnx, and the weights between
them are passed over.
"""

import mmap
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from mner.errors import quoted
from mner.files.regular import require_regular

__all__ = ["OPERATORS", "require_operators"]

OPERATORS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "": frozenset(
            [
                "Abs",
                "Add",
                "And",
                "AveragePool",
                "BatchNormalization",
                "Cast",
                "Ceil",
                "Clip",
                "Concat",
                "Constant",
                "ConstantOfShape",
                "Conv",
                "ConvInteger",
                "Cos",
                "CumSum",
                "DequantizeLinear",
                "Div",
                "DynamicQuantizeLinear",
                "Einsum",
                "Elu",
                "Equal",
                "Erf",
                "Exp",
                "Expand",
                "Flatten",
                "Floor",
                "Gather",
                "GatherElements",
                "GatherND",
                "Gelu",
                "Gemm",
                "GlobalAveragePool",
                "GlobalMaxPool",
                "Greater",
                "GreaterOrEqual",
                "HardSigmoid",
                "HardSwish",
                "Identity",
                "InstanceNormalization",
                "IsNaN",
                "LSTM",
                "LayerNormalization",
                "LeakyRelu",
                "Less",
                "LessOrEqual",
                "Log",
                "MatMul",
                "MatMulInteger",
                "Max",
                "MaxPool",
                "Min",
                "Mod",
                "Mul",
                "Neg",
                "NonZero",
                "Not",
                "Or",
                "PRelu",
                "Pad",
                "Pow",
                "QLinearConv",
                "QLinearMatMul",
                "QuantizeLinear",
                "Range",
                "Reciprocal",
                "ReduceL2",
                "ReduceMax",
                "ReduceMean",
                "ReduceMin",
                "ReduceSum",
                "Relu",
                "Reshape",
                "Resize",
                "ScatterND",
                "Shape",
                "Sigmoid",
                "Sign",
                "Sin",
                "Size",
                "Slice",
                "Softmax",
                "Softplus",
                "Split",
                "Sqrt",
                "Squeeze",
                "Sub",
                "Sum",
                "Tanh",
                "Tile",
                "Transpose",
                "Trilu",
                "Unsqueeze",
                "Where",
            ]
        ),
        "com.microsoft": frozenset({"DynamicQuantizeLSTM"}),
    }
)
"""The operators of an exported graph, by domain.

These are what the networks of `mner`, pretrained transformers and networks for pictures become, in
floats and in eight bits: arithmetic on tensors. No operator holds a graph of its own (Loop, If,
Scan), draws random numbers, or comes from elsewhere.
"""

_NESTED = {
    "model": {7: "graph"},
    "graph": {1: "node", 5: "tensor"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 10: "tensor"},
    "tensor": {},
}
"""Of each kind of message, the fields that are messages and are looked into."""
_REFUSED = {
    "model": {20: "instructions for training", 25: "functions"},
    "graph": {15: "sparse weights"},
    "node": {},
    "attribute": {6: "a graph in a node", 11: "a graph in a node", 22: "sparse", 23: "sparse"},
    "tensor": {13: "weights in another file"},
}
"""The fields that no exporter of ours writes."""
_OPERATOR, _DOMAIN = 4, 7
"""Fields of a node."""
_BYTES = 2
"""The kind of a field of any length; the lengths of the others follow."""
_FIXED = {1: 8, 5: 4}
_LARGEST = (1 << 31) - 1
"""No message of protobuf is larger."""
_MOST_FIELDS = 4_000_000
"""A large transformer has some 100,000."""


def require_operators(graph: Path) -> None:
    """Make sure that a file is a graph of allowed operators which needs no other file.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no graph, or something in it is not allowed.
    """
    with (
        require_regular(graph, largest=_LARGEST).open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        _Walk(data).message("model", 0, len(data))


class _Walk:
    """One way through the messages of a file; it counts the fields that it has seen."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._seen = 0

    def message(self, kind: str, start: int, end: int) -> None:
        """Check a message and those in it."""
        nested, refused = _NESTED[kind], _REFUSED[kind]
        operator, domain = "", ""
        for number, begin, stop in self._fields(start, end):
            if number in refused:
                raise ValueError(f"it has {refused[number]}")
            if number in nested:
                self.message(nested[number], begin, stop)
            elif kind == "node" and number == _OPERATOR:
                operator = self._text(begin, stop)
            elif kind == "node" and number == _DOMAIN:
                domain = self._text(begin, stop)
        if kind == "node":
            _require_operator(operator, "" if domain == "ai.onnx" else domain)

    def _fields(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Yield number, begin and end of each field of any length; the others are passed over."""
        position = start
        while position < end:
            self._seen += 1
            if self._seen > _MOST_FIELDS:
                raise ValueError(f"it has more than {_MOST_FIELDS} fields")
            tag, position = self._number(position, end)
            number, kind = tag >> 3, tag & 7
            if tag >> 32:
                raise ValueError("it is no message of ONNX")
            begin = position
            if kind == _BYTES:
                length, begin = self._number(position, end)
                position = begin + length
            elif kind in _FIXED:
                position += _FIXED[kind]
            elif kind == 0:
                _, position = self._number(position, end)
            else:
                raise ValueError("it is no message of ONNX")
            if position > end:
                raise ValueError("it is cut off")
            if kind == _BYTES:
                yield number, begin, position

    def _number(self, position: int, end: int) -> tuple[int, int]:
        """Return a number, of seven bits a byte, and the position after it."""
        value = shift = 0
        while position < end and shift < 70:
            byte = self._data[position]
            position += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value, position
            shift += 7
        raise ValueError("it is cut off")

    def _text(self, begin: int, stop: int) -> str:
        return self._data[begin : min(stop, begin + 200)].decode("utf-8", "replace")


def _require_operator(operator: str, domain: str) -> None:
    if operator not in OPERATORS.get(domain, ()):
        name = f"{domain}.{operator}" if domain else operator
        raise ValueError(f"the operator {quoted(name)} is not among those of exported graphs")
