"""A model is a folder: its files, how it is written, and how it becomes a tagger again. Nothing in it is a pickle."""

import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mner.bio import allowed_transitions
from mner.encoding.pieces import Pieces
from mner.encoding.vectors import VectorTable
from mner.encoding.vocab import Vocabulary
from mner.errors import ConfigError, InputError, MissingExtraError, MnerError, ModelError
from mner.files.write import new_folder
from mner.recipe.read import recipe_from_dict, to_toml
from mner.recipe.sections import Recipe
from mner.spans.crf import CrfParameters
from mner.tagging.about import About, read_about

if TYPE_CHECKING:
    from mner.model.network import Network

__all__ = ["Model", "ModelFiles", "crf_parameters", "load_network", "read_model", "save_model"]


@dataclass(frozen=True)
class ModelFiles:
    """The names of everything in a model folder."""

    about: str = "mner.json"
    """Version, sizes, where the model comes from: seeds, fingerprints of its data, score on dev."""
    recipe: str = "recipe.toml"
    vocabulary: str = "vocabulary.json"
    mentions: str = "mentions.json"
    """The mentions of the training posts, to tell seen from unseen ones in scoring."""
    weights: str = "network.safetensors"
    vectors: str = "vectors"
    """Folder: the table of word vectors."""
    transformer: str = "transformer"
    """Folder, for a model with a pretrained transformer: its configuration and its tokenizer. Its weights are among the others."""
    decoder: str = "decoder.json"
    """Tags, the scores between them, and the temperature of the probabilities."""
    graph: str = "emissions.onnx"
    """Optional: the network for ONNX Runtime, written by `mner export`."""
    pictures: str = "pictures.onnx"
    """Optional: the picture encoder for ONNX Runtime, written by `mner export` for a model that looks at pixels."""
    card: str = "README.md"


@dataclass(frozen=True)
class Model:
    """What a model folder holds beside the network's weights."""

    folder: Path
    recipe: Recipe
    vocabulary: Vocabulary
    vectors: VectorTable
    pieces: Pieces | None
    """Of a model with a pretrained transformer."""
    mentions: frozenset[tuple[str, str]]
    about: About
    crf: CrfParameters
    """The scores between tags, for decoding."""
    temperature: float
    """Emissions and scores between tags are divided by it before probabilities are taken; fitted on dev."""


def save_model(model: Model, network: "Network") -> None:
    """Write a model folder; an older one at the same place is replaced once the new one is complete.

    Raises:
        MnerError: the disk is full, or the folder cannot be written.
    """
    from safetensors import SafetensorError

    try:
        with new_folder(model.folder) as part:
            _write_model(model, network, part)
    except (OSError, SafetensorError) as exc:
        raise MnerError(
            f"{model.folder}: the model cannot be written ({exc}): make room, and train on by --resume"
        ) from exc


def _write_model(model: Model, network: "Network", part: Path) -> None:
    from safetensors.torch import save_file

    files = ModelFiles()
    _write_json(part / files.about, model.about.as_dict())
    (part / files.recipe).write_text(to_toml(model.recipe), encoding="utf-8")
    model.vocabulary.save(part / files.vocabulary)
    _write_json(part / files.mentions, sorted(model.mentions))
    (part / files.card).write_text(_card(model), encoding="utf-8")
    model.vectors.save(part / files.vectors)
    if model.pieces is not None and network.transformer is not None:
        model.pieces.save(part / files.transformer)
        network.transformer.save_config(part / files.transformer)
    _write_json(part / files.decoder, _decoder(model))
    save_file(
        {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()},
        part / files.weights,
    )
    (part / files.weights).chmod(0o644)  # safetensors writes for the owner alone


def read_model(path: Path) -> Model:
    """Read a model folder, or the one inside a run's folder, without its weights.

    Raises:
        ModelError: the folder is not a model, is of another format, or a file of it is missing or damaged.
    """
    folder = path / "model" if (path / "model").is_dir() else path
    files = ModelFiles()
    if not (folder / files.about).is_file():
        if runs := sorted(path.glob(f"*/model/{files.about}")):
            raise ModelError(
                f"{path}: not a model folder, but one that holds runs: name one of them, such as {runs[0].parents[1]}"
            )
        raise ModelError(
            f"{path}: not a model folder: expected {files.about} in it (`mner train` writes one)"
        )
    about = read_about(folder / files.about)
    try:
        vocabulary = Vocabulary.open(folder / files.vocabulary)
        decoder = json.loads((folder / files.decoder).read_text(encoding="utf-8"))
        _check_decoder(decoder, vocabulary)
        return Model(
            folder=folder,
            recipe=recipe_from_dict(
                tomllib.loads((folder / files.recipe).read_text(encoding="utf-8")),
                where=str(folder / files.recipe),
            ),
            vocabulary=vocabulary,
            vectors=VectorTable.open(folder / files.vectors),
            pieces=Pieces.open(folder / files.transformer)
            if (folder / files.transformer).is_dir()
            else None,
            mentions=frozenset(
                (surface, label)
                for surface, label in json.loads(
                    (folder / files.mentions).read_text(encoding="utf-8")
                )
            ),
            about=about,
            temperature=decoder["temperature"],
            crf=CrfParameters(
                **{
                    name: np.array(decoder[name], dtype=np.float32)
                    for name in ("start", "transitions", "end")
                },
                allowed=allowed_transitions(vocabulary.tags),
            ),
        )
    except (OSError, ValueError, KeyError, TypeError, InputError, ConfigError) as exc:
        raise ModelError(
            f"{path}: the model folder is damaged ({type(exc).__name__}: {exc}): train it again or copy it anew"
        ) from exc


def _check_decoder(decoder: Mapping[str, Any], vocabulary: Vocabulary) -> None:
    """Make sure that the scores are of the vocabulary's tags, and that the temperature is one."""
    if decoder["tags"] != list(vocabulary.tags):
        raise ValueError(
            f"{ModelFiles().decoder}: tags: expected those of the vocabulary, {list(vocabulary.tags)}, got {decoder['tags']}"
        )
    temperature = decoder["temperature"]
    if (
        isinstance(temperature, bool)
        or not isinstance(temperature, int | float)
        or not 0 < temperature < math.inf
    ):
        raise ValueError(
            f"{ModelFiles().decoder}: temperature: expected a number above 0, got {temperature!r}"
        )


def crf_parameters(network: "Network", vocabulary: Vocabulary) -> CrfParameters:
    """The network's transition scores and the scheme's constraints, for decoding."""
    start, transitions, end = (
        scores.detach().float().cpu().numpy() for scores in network.transition_scores()
    )
    return CrfParameters(
        start=start, transitions=transitions, end=end, allowed=allowed_transitions(vocabulary.tags)
    )


def load_network(model: Model) -> "Network":
    """The network of a model, with its weights, in torch.

    Raises:
        ModelError: the weights are missing, damaged, or of another network.
        MissingExtraError: torch or safetensors is not installed.
    """
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        from mner.model.build import Sizes, build_network
        from mner.model.transformer import Transformer
    except ImportError as exc:
        raise MissingExtraError("Tagging with this model", "train") from exc
    transitions = allowed_transitions(model.vocabulary.tags)
    path = model.folder / ModelFiles().weights
    try:
        transformer = (
            Transformer.from_config(model.folder / ModelFiles().transformer)
            if model.pieces
            else None
        )
        network = build_network(
            model.recipe,
            Sizes(**model.about.sizes),
            transformer,
            start=transitions.start,
            step=transitions.step,
            end=transitions.end,
        )
        network.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError, KeyError, TypeError, ValueError) as exc:
        raise ModelError(
            f"{path}: the weights do not fit the model ({exc}): train it again or copy it anew"
        ) from exc
    return network.eval()


def _decoder(model: Model) -> dict[str, Any]:
    """What decoding needs beside emissions; numbers of single precision survive JSON exactly."""
    scores = {name: getattr(model.crf, name).tolist() for name in ("start", "transitions", "end")}
    return {"tags": list(model.vocabulary.tags), "temperature": model.temperature, **scores}


def _card(model: Model) -> str:
    facts = "\n".join(
        f"* {name}: {json.dumps(value, ensure_ascii=False)}"
        for name, value in model.about.as_dict().items()
        if name not in {"format", "mner"}
    )
    source = {
        "none": "text only",
        "pixels": "text and picture",
        "captions": "text and caption (caption-mediated: it sees no pixels)",
    }[model.recipe.picture.source]
    return (
        f"# An `mner` model\n\nFinds {', '.join(model.vocabulary.labels)} in social media posts; {source}.\n\n{facts}\n\n"
        "The recipe is in `recipe.toml`. Scores on dev chose the epoch and are therefore higher than on unseen posts.\n"
    )


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
