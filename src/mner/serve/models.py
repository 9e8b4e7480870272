"""The models that are served, by name, each with the threads that run it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from mner.errors import InputError, MnerError, clipped, quoted
from mner.graphs.devices import Device
from mner.serve.batcher import Batcher
from mner.serve.explainer import Wanted, Words, explained
from mner.serve.limits import Limits
from mner.tagging.batching import batch_size_of
from mner.tagging.explain import Explained
from mner.tagging.hub.local import local_folder
from mner.tagging.hub.reference import is_hub_address, parse_reference
from mner.tagging.load import open_tagger
from mner.tagging.model_folder import read_model
from mner.tagging.results import Tagged
from mner.tagging.tagger import Tagger
from mner.types import LooksAt, Post

__all__ = ["ModelSource", "Models", "ServedModel", "named_model"]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model folder, and the name under which clients know it."""

    name: str
    folder: Path


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model that is loaded, and the threads that run it."""

    name: str
    fingerprint: str
    labels: tuple[str, ...]
    looks_at: LooksAt | None
    runtime: str
    """What runs the model, such as `ONNX Runtime on cpu`."""
    batcher: Batcher[Post, Tagged]
    explainer: Batcher[Wanted, Explained]
    """Runs the posts that take long, so that the others do not wait for them."""

    @property
    def batchers(self) -> tuple[Batcher[Any, Any], ...]:
        """Both queues."""
        return self.batcher, self.explainer


class Models:
    """The models that are served; the first is that of requests which name none.

    Args:
        sources: where they are.
        limits: those of their queues.
        device: where they run; see `mner.load`.
        on_batch: is told the name of a model and how many posts it tags together.

    Attributes:
        words: reads the words in pictures.

    Raises:
        InputError: two models have the same name.
        ModelError: a model cannot be loaded.
    """

    def __init__(
        self,
        sources: Sequence[ModelSource],
        limits: Limits,
        *,
        on_batch: Callable[[str, int], None],
        device: Device | None = None,
    ) -> None:
        names = [source.name for source in sources]
        for name in names:
            if names.count(name) > 1:
                raise InputError(
                    f"two models are named {quoted(name)}: name one, as in --model other=FOLDER"
                )
        self._sources = sources
        self._limits = limits
        self._on_batch = on_batch
        self._device = device
        self.words = Words()
        self._served: Mapping[str, ServedModel] = {}
        self._served = self.load()

    @property
    def served(self) -> tuple[ServedModel, ...]:
        """The models in the order in which they were given."""
        return tuple(self._served.values())

    @property
    def are_ready(self) -> bool:
        """Whether each model is run by its threads."""
        return all(batcher.is_alive for batcher in self._batchers())

    @property
    def waiting(self) -> int:
        """The number of posts that wait for a model."""
        return sum(batcher.waiting for batcher in self._batchers())

    def get(self, name: str | None) -> ServedModel | None:
        """Return a model by its name, or the first; None where there is none of this name."""
        return self.served[0] if name is None else self._served.get(name)

    def load(self) -> Mapping[str, ServedModel]:
        """Load the models from their folders, as they are now.

        Raises:
            ModelError: one of them cannot be loaded.
        """
        taggers = [self._open(source) for source in self._sources]
        return {
            source.name: self._served_model(source.name, tagger, fingerprint)
            for source, (tagger, fingerprint) in zip(self._sources, taggers, strict=True)
        }

    def load_again(self) -> Mapping[str, ServedModel] | None:
        """Load the models again; None, with a line in the log, where one cannot be loaded."""
        try:
            return self.load()
        except (MnerError, OSError) as exc:
            _LOG.error("the models stay as they are, since loading failed: %s", clipped(exc))
            return None

    def replace(self, served: Mapping[str, ServedModel]) -> None:
        """Serve other models; the ones before finish what they have accepted."""
        before, self._served = self._served, served
        for model in before.values():
            for batcher in model.batchers:
                batcher.close()

    def close(self) -> None:
        """Accept nothing more, and wait until everything that was accepted is done."""
        for batcher in self._batchers():
            batcher.close()
        for batcher in self._batchers():
            batcher.join()

    def _batchers(self) -> list[Batcher[Any, Any]]:
        return list(chain.from_iterable(model.batchers for model in self.served))

    def _open(self, source: ModelSource) -> tuple[Tagger, str]:
        model = read_model(source.folder)
        return open_tagger(model, device=self._device), model.fingerprint

    def _served_model(self, name: str, tagger: Tagger, fingerprint: str) -> ServedModel:
        def tag(posts: Sequence[Post]) -> list[Tagged]:
            return list(tagger.explain(posts, batch_size=batch_size_of(len(posts))))

        def look(wanted: Sequence[Wanted]) -> list[Explained]:
            return explained(tagger, wanted, self.words)

        def count(posts: int) -> None:
            self._on_batch(name, posts)

        slow = self._limits.slow
        return ServedModel(
            name,
            fingerprint,
            tuple(tagger.labels),
            tagger.looks_at,
            str(tagger.loaded),
            Batcher(tag, self._limits, name=name, on_batch=count),
            Batcher(look, slow, name=f"{name}, explained", on_batch=count),
        )


def named_model(text: str) -> ModelSource:
    """Return the model that `NAME=FOLDER` or `FOLDER` stands for.

    Without a name it has that of its folder, or of the folder around it if that is `model`. In
    place of a folder, `hf://user/name@revision` names a model on the hub, which is fetched.

    Raises:
        InputError: the name is empty, or a model cannot be fetched.
        ModelError: what was fetched is no model of `mner`, or a file of it was changed.
        MissingExtraError: the package huggingface_hub is needed and not installed.
    """
    name, separator, folder = text.partition("=")
    if separator and "/" not in name:
        if not name or not folder:
            raise InputError(f"--model {quoted(text)}: expected NAME=FOLDER or FOLDER")
        return ModelSource(name, local_folder(folder))
    if is_hub_address(text):
        return ModelSource(parse_reference(text).name, local_folder(text))
    path = Path(text)
    resolved = path.resolve()
    own = resolved.parent.name if resolved.name == "model" else resolved.name
    return ModelSource(own, path)
