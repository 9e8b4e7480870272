"""Graphs that somebody made to do harm: each is one line of error, and none runs for ever."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx.numpy_helper import from_array

from mner.errors import ModelError
from mner.tagging.export import export_model
from mner.tagging.load import load
from mner.tagging.model_folder import ModelFiles
from mner.training.train import train
from mner.types import Post
from tests.tagging.folders import forget_digests
from tests.tiny import tiny_recipe

Graph = onnx.ModelProto
Change = Callable[[Graph], None]
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
POST = Post("1", ("saw", "Rome"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Path:
    folder = train(tiny_recipe(corpus), tmp_path_factory.mktemp("hostile") / "run").model
    export_model(folder)
    forget_digests(folder)
    return folder


@pytest.fixture
def copy(model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(model, tmp_path / "model"))


def assert_refused(folder: Path, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        list(load(folder, threads=1).tag([POST]))
    assert "emissions.onnx: " in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000


def node(operator: str, domain: str = "", **attributes: Any) -> Change:
    """Add a node that nothing reads."""

    def change(graph: Graph) -> None:
        made = helper.make_node(operator, ["words"], ["unread"], domain=domain, **attributes)
        graph.graph.node.append(made)
        if domain:
            graph.opset_import.append(helper.make_opsetid(domain, 1))

    return change


def inner() -> onnx.GraphProto:
    true = helper.make_node("Constant", [], ["true"], value=from_array(np.array(True)))
    value = helper.make_tensor_value_info("true", TensorProto.BOOL, [])
    return helper.make_graph([true], "inner", [], [value])


def endless(graph: Graph) -> None:
    """Put a loop before the emissions that never ends."""
    again = [
        helper.make_node("Constant", [], ["more"], value=from_array(np.array(2**62))),
        helper.make_node("Constant", [], ["go"], value=from_array(np.array(True))),
    ]
    step = helper.make_graph(
        [helper.make_node("Identity", ["was"], ["is"])],
        "step",
        [
            helper.make_tensor_value_info("turn", INT64, []),
            helper.make_tensor_value_info("was", TensorProto.BOOL, []),
        ],
        [helper.make_tensor_value_info("is", TensorProto.BOOL, [])],
    )
    graph.graph.node.extend([*again, helper.make_node("Loop", ["more", "go"], [], body=step)])


def function(graph: Graph) -> None:
    body = [helper.make_node("Relu", ["x"], ["y"])]
    graph.functions.append(
        helper.make_function("", "Tanh", ["x"], ["y"], body, [helper.make_opsetid("", 17)])
    )


def external(location: str) -> Change:
    def change(graph: Graph) -> None:
        tensor = TensorProto(name="secret", data_type=FLOAT, dims=[1])
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=location)
        graph.graph.initializer.append(tensor)

    return change


def external_constant(graph: Graph) -> None:
    tensor = TensorProto(name="secret", data_type=FLOAT, dims=[1])
    tensor.external_data.add(key="location", value="/etc/passwd")
    graph.graph.node.append(helper.make_node("Constant", [], ["read"], value=tensor))


def sparse(graph: Graph) -> None:
    weights = onnx.SparseTensorProto(values=from_array(np.ones(1, np.float32), "sparse"))
    weights.dims.append(1)
    graph.graph.sparse_initializer.append(weights)


def training(graph: Graph) -> None:
    graph.training_info.add()


def inner_of_an_allowed_operator(graph: Graph) -> None:
    graph.graph.node[0].attribute.append(helper.make_attribute("body", inner()))


def type_of_input(name: str, number: int) -> Change:
    def change(graph: Graph) -> None:
        value = next(value for value in graph.graph.input if value.name == name)
        value.type.tensor_type.elem_type = number
        cast = helper.make_node("Cast", [name], [f"{name}_"], to=FLOAT if name == "vectors" else 7)
        for reader in graph.graph.node:
            reader.input[:] = [f"{one}_" if one == name else one for one in reader.input]
        graph.graph.node.insert(0, cast)

    return change


def width_of_vectors(graph: Graph) -> None:
    value = next(value for value in graph.graph.input if value.name == "vectors")
    value.type.tensor_type.shape.dim[2].dim_value = 9


def fixed_batch(graph: Graph) -> None:
    for value in graph.graph.input:
        value.type.tensor_type.shape.dim[0].dim_value = 7


def another_input(graph: Graph) -> None:
    graph.graph.input.append(helper.make_tensor_value_info("password", FLOAT, [1]))


def another_output(graph: Graph) -> None:
    graph.graph.node.append(helper.make_node("Identity", ["words"], ["copied"]))
    graph.graph.output.append(helper.make_tensor_value_info("copied", INT64, ["B", "T"]))


def lost_output(graph: Graph) -> None:
    del graph.graph.output[3]


def turned_outputs(graph: Graph) -> None:
    values = list(graph.graph.output)
    del graph.graph.output[:]
    graph.graph.output.extend(reversed(values))


def emissions(
    *nodes: onnx.NodeProto, number: int = FLOAT, shape: tuple[int | str, ...] = ()
) -> Change:
    """Compute the emissions from what they were, `old`; `nodes` give them."""

    def change(graph: Graph) -> None:
        for made in graph.graph.node:
            made.output[:] = ["old" if one == "emissions" else one for one in made.output]
            made.input[:] = ["old" if one == "emissions" else one for one in made.input]
        graph.graph.node.extend(nodes)
        value = helper.make_tensor_value_info("emissions", number, list(shape) or ["B", "T", 5])
        graph.graph.output[0].CopyFrom(value)

    return change


def constant(name: str, *values: float, kind: type[np.generic] = np.int64) -> onnx.NodeProto:
    return helper.make_node("Constant", [], [name], value=from_array(np.array(values, kind)))


def scalar(name: str, value: float) -> onnx.NodeProto:
    array = np.array(value, np.int64 if isinstance(value, int) else np.float32)
    return helper.make_node("Constant", [], [name], value=from_array(array))


def op(name: str, *inputs: str, **attributes: Any) -> onnx.NodeProto:
    return helper.make_node(name, inputs, ["emissions"], **attributes)


def circle(graph: Graph) -> None:
    graph.graph.node.append(helper.make_node("Add", ["a", "b"], ["b"]))
    graph.graph.node.append(helper.make_node("Add", ["b", "a"], ["a"]))


def missing(graph: Graph) -> None:
    graph.graph.node.append(helper.make_node("Relu", ["nowhere"], ["read"]))


def future(graph: Graph) -> None:
    graph.opset_import[0].version = 9999


def far_future(graph: Graph) -> None:
    graph.ir_version = 9999


def no_outputs(graph: Graph) -> None:
    del graph.graph.output[:]


OPERATOR = r"cannot be loaded \(the operator '{}' is not among those of exported graphs\)"
NAMES = """
    Scan SequenceEmpty SequenceMap Optional RandomNormal RandomUniform RandomUniformLike Multinomial
    Bernoulli NonMaxSuppression ImageDecoder StringNormalizer StringSplit TfIdfVectorizer
    RegexFullMatch Unique Compress DFT MelWeightMatrix GRU RNN Det
"""
HUGE = 1 << 52
CHANGES: dict[str, tuple[Change, str]] = {
    **{name: (node(name), OPERATOR.format(name)) for name in NAMES.split()},
    "endless loop": (endless, OPERATOR.format("Loop").removesuffix(r"\)") + "|it has a graph in"),
    "if": (node("If", then_branch=inner(), else_branch=inner()), "it has a graph in a node"),
    "operator of somebody": (node("Run", "evil"), OPERATOR.format(r"evil\.Run")),
    "operator of ai.onnx.ml": (node("Scaler", "ai.onnx.ml"), "the operator 'ai.onnx.ml.Scaler'"),
    "contributed operator": (node("Attention", "com.microsoft"), "operator 'com.microsoft.Atten"),
    "allowed name elsewhere": (node("Add", "evil"), OPERATOR.format(r"evil\.Add")),
    "function": (function, "it has functions"),
    "weights in /etc/passwd": (external("/etc/passwd"), "it has weights in another file"),
    "weights above": (external("../../secret"), "it has weights in another file"),
    "weights beside": (external("weights.bin"), "it has weights in another file"),
    "weights of a constant": (external_constant, "it has weights in another file"),
    "sparse weights": (sparse, "it has sparse weights"),
    "training": (training, "it has instructions for training"),
    "inner graph": (inner_of_an_allowed_operator, "it has a graph in a node"),
    "words of 32 bits": (type_of_input("words", TensorProto.INT32), "input 'words': expected int"),
    "double vectors": (type_of_input("vectors", TensorProto.DOUBLE), "input 'vectors': expected f"),
    "wide vectors": (width_of_vectors, "cannot be loaded"),
    "fixed batch": (fixed_batch, r"input 'words': expected int64 \(B, T\), got int64 \(7, T\)"),
    "another input": (another_input, "unknown input 'password'"),
    "another output": (another_output, "unknown output 'copied'"),
    "lost output": (lost_output, "expected the outputs"),
    "no outputs": (no_outputs, "expected the outputs|cannot be loaded"),
    "turned outputs": (turned_outputs, "expected the outputs"),
    "integers": (
        emissions(op("Cast", "old", to=INT64), number=INT64),
        r"output 'emissions': expected float32 \(B, T, 5\), got int64",
    ),
    "doubles": (
        emissions(op("Cast", "old", to=TensorProto.DOUBLE), number=TensorProto.DOUBLE),
        r"output 'emissions': expected float32 \(B, T, 5\), got tensor\(double\)",
    ),
    "other tags": (
        emissions(constant("w", 0, 0, 0, 0, 0, 2), op("Pad", "old", "w"), shape=("B", "T", 7)),
        r"output 'emissions': expected float32 \(B, T, 5\), got float32 \(B, T, 7\)",
    ),
    "flat": (
        emissions(constant("w", -1), op("Reshape", "old", "w"), shape=("N",)),
        r"output 'emissions': expected float32 \(B, T, 5\), got float32 \(N\)",
    ),
    "other tags, untold": (
        emissions(constant("w", 0, 0, 0, 0, 0, 2), op("Pad", "old", "w"), shape=("B", "T", "L")),
        r"output 'emissions'|gives float32 of shape \(1, 2, 7\), expected float32",
    ),
    "other length, untold": (
        emissions(constant("w", 0, 0, 0, 0, 3, 0), op("Pad", "old", "w")),
        r"gives float32 of shape \(1, 5, 5\), expected float32 of shape \(1, 2, 5\)",
    ),
    "not a number": (
        emissions(scalar("w", float("nan")), op("Add", "old", "w")),
        "gives numbers that are not finite",
    ),
    "infinite": (
        emissions(scalar("w", float("inf")), op("Add", "old", "w")),
        "gives numbers that are not finite",
    ),
    "shape that does not fit": (
        emissions(constant("w", 3, 3, 3), op("Reshape", "old", "w"), shape=("B", "T", "L")),
        r"output 'emissions': expected float32 \(B, T, 5\), got float32 \(3, 3, 3\)",
    ),
    "row beyond the table": (
        emissions(
            scalar("w", 10**6),
            helper.make_node("Add", ["words", "w"], ["far"]),
            constant("one", 1, kind=np.float32),
            helper.make_node("Gather", ["one", "far"], ["got"]),
            helper.make_node("ReduceSum", ["got"], ["sum"], keepdims=0),
            op("Add", "old", "sum"),
        ),
        "cannot be run|cannot be loaded",
    ),
    "more memory than there is": (
        emissions(
            constant("w", HUGE),
            helper.make_node("ConstantOfShape", ["w"], ["big"]),
            helper.make_node("ReduceSum", ["big"], ["sum"], keepdims=0),
            op("Add", "old", "sum"),
        ),
        "cannot be run|cannot be loaded",
    ),
    "range without an end": (
        emissions(
            scalar("zero", 0),
            scalar("w", HUGE),
            scalar("one", 1),
            helper.make_node("Range", ["zero", "w", "one"], ["big"]),
            helper.make_node("Cast", ["big"], ["floats"], to=FLOAT),
            helper.make_node("ReduceSum", ["floats"], ["sum"], keepdims=0),
            op("Add", "old", "sum"),
        ),
        "cannot be run|cannot be loaded",
    ),
    "circle": (circle, "cannot be loaded"),
    "value from nowhere": (missing, "cannot be loaded"),
    "future operators": (future, "cannot be loaded"),
    "future format": (far_future, "cannot be loaded"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_hostile_graph_is_an_error_in_one_line(copy: Path, name: str) -> None:
    change, message = CHANGES[name]
    path = copy / ModelFiles().graph
    graph = onnx.load(path)
    change(graph)
    path.write_bytes(graph.SerializeToString())
    assert_refused(copy, message)


BYTES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "text": lambda content: b"this is not a graph\n" * 100,
    "zeros": lambda content: bytes(1000),
    "ones": lambda content: b"\xff" * 1000,
    "half": lambda content: content[: len(content) // 2],
    "one byte less": lambda content: content[:-1],
    "rubbish at the end": lambda content: content + b"\xff\xff\xff",
    "a field longer than the file": lambda content: b"\x3a\xff\xff\xff\xff\x0f" + content,
    "a number without an end": lambda content: b"\x80" * 50,
    "a tag of more than 32 bits": lambda content: b"\xba\x80\x80\x80\x80\x80\x01\x00" + content,
    "a group": lambda content: b"\x3b" + content,
    "no graph in it": lambda content: b"\x08\x08",
    "too many fields": lambda content: content + b"\x08\x08" * 4_100_000,
}


@pytest.mark.parametrize("name", BYTES)
def test_a_file_that_is_no_graph_is_an_error_in_one_line(copy: Path, name: str) -> None:
    path = copy / ModelFiles().graph
    path.write_bytes(BYTES[name](path.read_bytes()))
    assert_refused(copy, "cannot be loaded|expected the outputs")


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "large"])
def test_what_is_no_file_is_an_error_in_one_line(copy: Path, kind: str) -> None:
    path = copy / ModelFiles().graph
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    else:
        path.touch()
        os.truncate(path, 1 << 40)
    assert_refused(copy, r"cannot be loaded .*(it is a|Is a directory|bytes, and at most)")


def test_the_corpus_is_as_large_as_the_docs_say() -> None:
    assert len(CHANGES) + len(BYTES) + 4 >= 75


def test_the_graph_itself_is_accepted(copy: Path) -> None:
    path = copy / ModelFiles().graph
    path.write_bytes(onnx.load(path).SerializeToString())
    (tagged,) = load(copy, threads=1).tag([POST])
    assert [entity.label for entity in tagged.entities or ()] == ["LOC"]
