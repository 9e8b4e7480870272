"""Loading a tagger, which runs in ONNX Runtime if the model has a graph, and else in torch."""

from functools import partial
from pathlib import Path
from typing import Literal, get_args

from mner.encoding.indexer import Indexer
from mner.errors import InputError, ModelError, quoted
from mner.pictures.source import PictureSource
from mner.spans.entities import EntityDecoder
from mner.tagging.model_folder import Model, ModelFiles, load_network, read_model
from mner.tagging.notices import warn_of_unused
from mner.tagging.onnx_backend import OnnxBackend
from mner.tagging.regions import open_regions
from mner.tagging.starter import starter_model
from mner.tagging.tagger import Tagger
from mner.tagging.windows import Backend

__all__ = ["load", "open_tagger"]

_BackendName = Literal["auto", "onnx", "torch"]


def load(
    path: str | Path | None = None,
    *,
    pictures: str | Path | PictureSource | None = None,
    features: str | Path | None = None,
    backend: _BackendName = "auto",
    threads: int = 0,
    trust_paths: bool = False,
) -> Tagger:
    """Load a tagger.

    Args:
        path: a folder that `mner train` wrote; None for the starter model, which looks at text
            only.
        pictures: the folder in which pictures are looked for by id, or another source; without
            either, a post's picture is a path.
        features: a store of encoded pictures, or a feature file of the public Keras code, used in
            place of the pictures themselves.
        backend: `auto` takes ONNX Runtime if `mner export` has written the graphs, else torch.
        threads: the threads of ONNX Runtime; 0 leaves the choice to it.
        trust_paths: whether paths of pictures that `read_posts` read from a file may lead out of
            the working directory; paths that the program gives itself always may.

    Raises:
        InputError: `backend` is none of these, `threads` is not a number of threads, or
            `trust_paths` is given beside `pictures`.
        ModelError: the folder is not a model or the starter model is not there, a file of it is
            damaged, or `backend` is `onnx` and there is no graph.
        MissingExtraError: torch is needed and not installed.
    """
    folder = starter_model() if path is None else Path(path)
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
    backend: _BackendName = "auto",
    threads: int = 0,
) -> Tagger:
    """Make a tagger of a model whose folder has been read; arguments and errors as for `load`."""
    if backend not in get_args(_BackendName):
        names = ", ".join(get_args(_BackendName))
        raise InputError(f"backend {quoted(backend)} is not known: expected one of {names}")
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 0:
        raise InputError(f"threads: expected a whole number, 0 or more, got {quoted(threads)}")
    indexer = Indexer(
        model.vocabulary,
        model.vectors,
        model.pieces,
        longest_word=model.recipe.characters.longest_word,
    )
    graph = model.folder / ModelFiles().pictures
    is_exported = backend != "torch" and _has_graph(model, graph.name)
    regions = open_regions(
        model.recipe,
        model.vectors,
        pictures=pictures,
        features=features,
        encoder=model.about.encoder,
        graph=graph if is_exported else None,
        threads=threads,
    )
    return Tagger(
        indexer,
        _backend(model, backend, threads=threads),
        EntityDecoder(model.vocabulary.tags, model.crf, temperature=model.temperature),
        regions=regions,
        per_word=model.recipe.attends_per_word,
    )


def _backend(model: Model, name: _BackendName, *, threads: int) -> Backend:
    graph = model.folder / ModelFiles().graph
    has_graph = name != "torch" and _has_graph(model, graph.name)
    if name == "onnx" and not has_graph:
        raise ModelError(
            f"{model.folder}: has no {graph.name}: write it by `mner export {model.folder}`"
        )
    if has_graph:
        return OnnxBackend(
            graph, sizes=model.about.sizes, tags=len(model.vocabulary.tags), threads=threads
        )
    network = load_network(model)
    from mner.model.network import emit

    return partial(emit, network)


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
