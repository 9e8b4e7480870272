"""Any vision network in an ONNX file as a picture encoder.

Preprocessing, network and regions are one graph, which is run here and exported as it is.
"""

import hashlib
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import chain
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError, EncodeError
from numpy.typing import NDArray
from onnx.external_data_helper import load_external_data_for_model

from mner.errors import InputError, clipped, quoted
from mner.files.regular import require_regular
from mner.graphs.devices import Device, runtime_device
from mner.graphs.session import CUDA_PROVIDER, open_session
from mner.pictures.encoders.description import EncoderDescription
from mner.pictures.encoders.encoder import PictureEncoder, Scaling, check_pixels
from mner.pictures.encoders.onnx_graph import (
    attach_pixels,
    attach_regions,
    cut_at,
    picture_input,
    tensor_names,
)
from mner.pictures.encoders.region_layout import read_layout
from mner.pictures.encoders.run_graph import encode_one_by_one
from mner.types import Floats

__all__ = ["OnnxVision"]

_OLDEST_OPSET = 7
"""The first version whose arithmetic repeats axes of length 1, which preprocessing needs."""


class OnnxVision(PictureEncoder):
    """A graph that takes one picture as floats, (B, 3, S, S) or (B, S, S, 3).

    It gives what `read_layout` reads, at its end or inside. One black picture is encoded to see
    what it gives.

    Args:
        weights: the .onnx file; weights that it keeps in files of their own lie beside it.
        scaling: what the network was trained on.
        size: S, where the graph leaves it open; 0 takes the graph's.
        output: the tensor that holds the regions, an output of the graph or one inside it; the
            first output if empty.
        device: where it runs.

    Raises:
        InputError: the file is missing or no ONNX graph, the output is not in it, or input, size or
            output are not as described above.
    """

    name = "onnx"

    def __init__(
        self,
        weights: Path,
        scaling: Scaling,
        *,
        size: int = 0,
        output: str = "",
        device: Device = "cpu",
    ) -> None:
        on_cuda = runtime_device(device) == "cuda"
        model = _read(weights)
        self._path = weights
        self.output = output or model.graph.output[0].name
        self.preprocessing = str(scaling)
        self.fingerprint = _fingerprint(weights)
        if self.output not in tensor_names(model):
            raise InputError(f"{weights}: {_unknown(self.output, model)}")
        cut_at(model, self.output)
        try:
            picture = picture_input(model)
            self.size = _size(picture.size, wanted=size)
            self._model = attach_pixels(model, picture, scaling, size=self.size)
            shape = _output_shape(self._model, size=self.size)
            layout = read_layout(shape, channels_first=picture.channels_first)
            attach_regions(self._model, layout)
            self.regions, self.width = layout.regions, layout.width
            self._session = open_session(self._model.SerializeToString(), on_cuda=on_cuda)
            self.device = "cuda" if CUDA_PROVIDER in self._session.get_providers() else "cpu"
        except InputError as exc:
            raise InputError(f"{weights}, output {self.output}: {exc}") from exc

    def __call__(self, pixels: NDArray[np.uint8]) -> Floats:
        """See `PictureEncoder`."""
        check_pixels(pixels, size=self.size)
        return encode_one_by_one(self._encode, pixels, shape=(self.regions, self.width))

    def _encode(self, pixels: NDArray[np.uint8]) -> Floats:
        regions: Floats
        try:
            (regions,) = self._session.run(["regions"], {"pixels": pixels})
        except Exception as exc:  # the runtime's errors have no other common base
            raise InputError(f"{self._path}: a picture cannot be encoded ({_reason(exc)})") from exc
        if regions.shape != (1, self.regions, self.width):
            raise InputError(
                f"{self._path}: expected regions of shape (1, {self.regions}, {self.width}) for"
                f" every picture, got {regions.shape}"
            )
        return regions

    def write_graph(self, target: Path) -> None:
        """See `PictureEncoder`; B is 1 where the network was made for one picture."""
        onnx.save(self._model, target)

    def describe(self) -> EncoderDescription:
        """See `PictureEncoder`."""
        return {**super().describe(), "output": self.output}


def _read(weights: Path) -> onnx.ModelProto:
    try:
        model = onnx.load(require_regular(weights), load_external_data=False)
        for name in _beside(model):
            _check_location(weights, name)
        load_external_data_for_model(model, str(weights.parent))
    except FileNotFoundError as exc:
        raise InputError(
            f"{weights}: expected an ONNX file, but {exc.filename} is not there"
        ) from exc
    # ValidationError reports a missing or damaged file of weights beside the graph.
    except (OSError, DecodeError, ValueError, onnx.checker.ValidationError) as exc:
        raise InputError(
            f"{weights}: cannot be read as ONNX ({_reason(exc)}): expected a file that an exporter"
            " such as torch.onnx or tf2onnx has written"
        ) from exc
    if not (model.graph.node and model.graph.output):
        raise InputError(f"{weights}: expected an ONNX file, but there is no graph in it")
    opset = _opset(model)
    if opset < _OLDEST_OPSET:
        raise InputError(
            f"{weights}: expected operators of version {_OLDEST_OPSET} or later, got {opset}:"
            " convert it with onnx.version_converter"
        )
    return model


def _opset(model: onnx.ModelProto) -> int:
    """Return the version of ONNX's own operators that a graph uses, or 0."""
    own = [opset.version for opset in model.opset_import if opset.domain in {"", "ai.onnx"}]
    return max(own, default=0)


def _beside(model: onnx.ModelProto) -> list[str]:
    """Return the names of the files in which a graph keeps weights, sorted."""
    names = set()
    functions = [node for function in model.functions for node in function.node]
    for tensor in chain(_tensors_of(model.graph), _tensors_in(functions)):
        for entry in tensor.external_data:
            if entry.key == "location":
                names.add(entry.value)
    return sorted(names)


def _tensors_of(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    yield from _tensors_in(graph.node)


def _tensors_in(nodes: Iterable[onnx.NodeProto]) -> Iterator[onnx.TensorProto]:
    """Yield the tensors among the attributes of nodes, and of the graphs inside them."""
    for node in nodes:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            for graph in (attribute.g, *attribute.graphs):
                yield from _tensors_of(graph)


def _check_location(weights: Path, name: str) -> None:
    """Raise InputError where a file of weights is outside of the folder of its graph."""
    folder = weights.parent.resolve()
    file = (folder / name).resolve()
    if Path(name).is_absolute() or not file.is_relative_to(folder):
        raise InputError(
            f"{weights}: keeps weights in {quoted(name)}: expected a file in the same folder"
        )
    require_regular(file)


def _fingerprint(weights: Path) -> str:
    """Return the digest of a file, and of those beside it in which it keeps weights."""
    digest = hashlib.sha256(weights.read_bytes())
    for name in _beside(onnx.load(weights, load_external_data=False)):
        digest.update((weights.parent / name).read_bytes())
    return digest.hexdigest()


def _unknown(output: str, model: onnx.ModelProto) -> str:
    """Return the message for an output that a graph does not have, with those most like it."""
    names = tensor_names(model)
    # Among the tensors of a layer, the last is what the layer gives.
    alike = [name for name in names if output in name][-5:]
    alike = alike or get_close_matches(output, names, n=5, cutoff=0.4)
    outputs = ", ".join(value.name for value in model.graph.output)
    return (
        f"no tensor {quoted(output)} in the graph; its outputs: {clipped(outputs)};"
        f" of {len(names)} tensors inside, most alike: {clipped(', '.join(alike)) or 'none'}"
    )


def _size(of_graph: int, *, wanted: int) -> int:
    if not (of_graph or wanted):
        raise InputError(
            "the graph leaves the size of pictures open: give it by picture.size (--size)"
        )
    if of_graph and wanted not in {0, of_graph}:
        raise InputError(
            f"expected pictures of {of_graph} x {of_graph}, got size {wanted}:"
            " remove picture.size (--size)"
        )
    return of_graph or wanted


def _output_shape(model: onnx.ModelProto, *, size: int) -> tuple[int, ...]:
    """Return the shape of what a graph gives for one picture."""
    black = np.zeros((1, size, size, 3), np.uint8)
    try:
        (output,) = open_session(model.SerializeToString()).run(None, {"pixels": black})
    except EncodeError as exc:
        raise InputError("graphs of more than 2 GB cannot be used") from exc
    except Exception as exc:  # the runtime's errors have no other common base
        raise InputError(
            f"a picture of {size} x {size} cannot be encoded ({_reason(exc)})"
        ) from exc
    if not isinstance(output, np.ndarray) or output.dtype.kind != "f":
        got = getattr(output, "dtype", type(output).__name__)
        raise InputError(f"expected floats, got {got}")
    return tuple(output.shape)


def _reason(exc: Exception) -> str:
    return clipped(" ".join(str(exc).split()))
