"""Loading a tagger, which runs in ONNX Runtime if the model has a graph, and else in torch."""

import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from mner.encoding.indexer import Indexer
from mner.errors import InputError, ModelError, quoted
from mner.graphs.devices import Device, check_device_name, torch_device
from mner.pictures.source import PictureSource
from mner.spans.entities import EntityDecoder
from mner.tagging.hub.local import local_folder
from mner.tagging.loaded import Loaded
from mner.tagging.model_folder import Model, ModelFiles, load_network, read_model
from mner.tagging.notices import warn_of_unused
from mner.tagging.onnx_backend import OnnxBackend
from mner.tagging.regions import RegionSource, open_regions
from mner.tagging.starter import starter_model
from mner.tagging.tagger import Tagger
from mner.tagging.windows import Backend

if TYPE_CHECKING:
    from mner.model.build import Build

__all__ = ["load", "open_picture_regions", "open_tagger"]

_LOG = logging.getLogger(__name__)

_BackendName = Literal["auto", "onnx", "torch"]


def load(
    path: str | Path | None = None,
    *,
    pictures: str | Path | PictureSource | None = None,
    features: str | Path | None = None,
    backend: _BackendName = "auto",
    threads: int = 0,
    device: Device | None = None,
    build: "Build | None" = None,
    trust_paths: bool = False,
) -> Tagger:
    """Load a tagger.

    Args:
        path: a folder that `mner train` wrote, or `hf://user/name@revision` for a model on the
            Hugging Face hub; None for the starter model, which looks at text only.
        pictures: the folder in which pictures are looked for by id, or another source; without
            either, a post's picture is a path.
        features: a store of encoded pictures, or a feature file of the public Keras code, used in
            place of the pictures themselves.
        backend: `auto` takes ONNX Runtime if `mner export` has written the graphs, else torch.
        threads: the threads of ONNX Runtime; 0 leaves the choice to it.
        device: `auto` takes a GPU where one can be used, and logs which device was taken; None does
            the same without a word.
        build: the function that built the network of the model, for a model that
            `mner.train(..., build=...)` trained and that has no graph; it is called, so it has to
            be yours or of somebody you trust.
        trust_paths: whether paths of pictures that `read_posts` read from a file may lead out of
            the working directory; paths that the program gives itself always may.

    Raises:
        InputError: `backend` or `device` is none of these, `device` is `cuda` and there is none,
            `threads` is not a number of threads, or `trust_paths` is given beside `pictures`.
        ModelError: the folder is not a model or the starter model is not there, a file of it is
            damaged, `backend` is `onnx` and there is no graph, or the network is not one of `mner`
            and neither `build` nor a graph says what it is.
        MissingExtraError: torch, or for the hub huggingface_hub, is needed and not installed.
    """
    folder = starter_model() if path is None else local_folder(path)
    if isinstance(pictures, str):
        pictures = Path(pictures)
    if isinstance(features, str):
        features = Path(features)
    if trust_paths and pictures is not None:
        raise InputError(
            "trust_paths does not go with pictures: a folder of pictures is never left, and a"
            " PictureSource has its own trust_paths"
        )
    tagger = open_tagger(
        read_model(folder),
        pictures=PictureSource(trust_paths=True) if trust_paths else pictures,
        features=features,
        backend=backend,
        threads=threads,
        device=device,
        build=build,
    )
    warn_of_unused(
        {"pictures": ("pictures", pictures), "features": ("pictures", features)}, tagger.looks_at
    )
    return tagger


def open_tagger(
    model: Model,
    *,
    pictures: Path | PictureSource | None = None,
    features: Path | None = None,
    regions: RegionSource | None = None,
    backend: _BackendName = "auto",
    threads: int = 0,
    device: Device | None = None,
    build: "Build | None" = None,
) -> Tagger:
    """Make a tagger of a model whose folder has been read; arguments and errors as for `load`.

    With `regions`, the model looks at these, and opens no encoder of its own.
    """
    if backend not in get_args(_BackendName):
        names = ", ".join(get_args(_BackendName))
        raise InputError(f"backend {quoted(backend)} is not known: expected one of {names}")
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 0:
        raise InputError(f"threads: expected a whole number, 0 or more, got {quoted(threads)}")
    is_named, device = device is not None, device or "auto"
    check_device_name(device)
    indexer = Indexer(
        model.vocabulary,
        model.vectors,
        model.pieces,
        longest_word=model.recipe.characters.longest_word,
        parts_hashtags=model.recipe.text.hashtag_words,
    )
    if regions is None:
        regions = open_picture_regions(
            model,
            pictures=pictures,
            features=features,
            backend=backend,
            threads=threads,
            device=device,
        )
    network, loaded = _backend(model, backend, threads=threads, device=device, build=build)
    if is_named:
        _LOG.info("the model runs in %s", loaded)
    return Tagger(
        indexer,
        network,
        EntityDecoder(model.vocabulary.tags, model.crf, temperature=model.temperature),
        regions=regions,
        per_word=model.recipe.attends_per_word,
        loaded=loaded,
    )


def open_picture_regions(
    model: Model,
    *,
    pictures: Path | PictureSource | None = None,
    features: Path | None = None,
    backend: _BackendName = "auto",
    threads: int = 0,
    device: Device | None = None,
) -> RegionSource | None:
    """Open what a model looks at; None for a text-only model. Arguments as for `load`."""
    graph = model.folder / ModelFiles().pictures
    is_exported = backend != "torch" and _has_graph(model, graph.name)
    return open_regions(
        model.recipe,
        model.vectors,
        pictures=pictures,
        features=features,
        encoder=model.about.encoder,
        graph=graph if is_exported else None,
        threads=threads,
        device=device or "auto",
    )


def _backend(
    model: Model,
    name: _BackendName,
    *,
    threads: int,
    device: Device,
    build: "Build | None",
) -> tuple[Backend, Loaded]:
    """Return what turns batches into emissions, and how it does so."""
    graph = model.folder / ModelFiles().graph
    has_graph = name != "torch" and _has_graph(model, graph.name)
    if name == "onnx" and not has_graph:
        raise ModelError(
            f"{model.folder}: has no {graph.name}: write it by `mner export {model.folder}`"
        )
    if has_graph:
        runtime = OnnxBackend(
            graph,
            sizes=model.about.sizes,
            tags=len(model.vocabulary.tags),
            threads=threads,
            device=device,
        )
        return runtime, Loaded(model.folder, model.about, "ONNX Runtime", runtime.device)
    network = load_network(model, build=build)
    from mner.model.network import emit

    taken = torch_device(device)
    backend = partial(emit, network.to(taken), device=taken)
    return backend, Loaded(model.folder, model.about, "torch", taken)


def _has_graph(model: Model, name: str) -> bool:
    """Return whether a model has a graph, which then is the one that was written for it.

    Raises:
        ModelError: it is another one, or it is gone.
    """
    digests = model.digests
    if not digests.lists(name) and not (model.folder / name).exists():
        return False
    digests.require([name])
    return True
