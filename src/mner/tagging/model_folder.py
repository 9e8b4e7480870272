"""Reading a model folder, whose files are listed here. Nothing in it is a pickle."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mner.bio import allowed_transitions
from mner.encoding.pieces import Pieces
from mner.encoding.vectors import VectorTable
from mner.encoding.vocab import Vocabulary
from mner.errors import ConfigError, InputError, MissingExtraError, ModelError, clipped, quoted
from mner.files.load import read_content, read_toml
from mner.files.regular import require_regular
from mner.recipe.read import recipe_from_dict
from mner.recipe.sections import Recipe
from mner.spans.crf import CrfParameters
from mner.tagging.about import DAMAGED, REPAIR, About, read_about
from mner.tagging.decoder_file import read_decoder
from mner.tagging.digests import FileDigests, read_digests
from mner.tagging.hub.reference import is_hub_address

if TYPE_CHECKING:
    from mner.model.build import Build
    from mner.model.network import Network

__all__ = ["Model", "ModelFiles", "load_network", "read_model"]


@dataclass(frozen=True)
class ModelFiles:
    """The names of everything in a model folder."""

    about: str = "mner.json"
    """The description of the model, see `About`, and the digests of all other files but `card`."""
    recipe: str = "recipe.toml"
    vocabulary: str = "vocabulary.json"
    mentions: str = "mentions.json"
    """The mentions of the training posts, by which scoring separates seen from unseen ones."""
    texts: str = "texts.json"
    """Digests of the texts of train and dev, by which they are found in a test file; missing in
    models of earlier versions."""
    weights: str = "network.safetensors"
    vectors: str = "vectors"
    """Folder: the table of word vectors."""
    transformer: str = "transformer"
    """Folder, for a model with a pretrained transformer: its configuration and its tokenizer. Its
    weights are among the others."""
    decoder: str = "decoder.json"
    """Tags, the scores between them, and the temperature of the probabilities."""
    promises: str = "promises.json"
    """Optional: the precision that the model has promised, and from which probability on; written
    by `mner evaluate --promise`."""
    graph: str = "emissions.onnx"
    """Optional: the network for ONNX Runtime, written by `mner export`."""
    pictures: str = "pictures.onnx"
    """Optional: the picture encoder for ONNX Runtime, written by `mner export` for a model that
    looks at pixels."""
    card: str = "README.md"


@dataclass(frozen=True)
class Model:
    """What a model folder holds beside the network's weights."""

    folder: Path
    recipe: Recipe
    vocabulary: Vocabulary
    vectors: VectorTable
    pieces: Pieces | None
    """The word pieces of a pretrained transformer; None for a model without one."""
    about: About
    crf: CrfParameters
    """The scores between tags, for decoding."""
    temperature: float
    """Emissions and scores between tags are divided by it before probabilities are taken; fitted
    on dev."""
    digests: FileDigests = field(compare=False)
    """The digests of the files of the folder, as it was when it was read."""

    @property
    def fingerprint(self) -> str:
        """What tells this model from others: a digest of its description.

        The description holds the digests of the other files.

        Raises:
            ModelError: the description cannot be read.
        """
        path = self.folder / ModelFiles().about
        try:
            return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        except OSError as exc:
            raise ModelError(f"{path}: cannot be read: {exc.strerror or exc}") from exc


def read_model(path: Path) -> Model:
    """Read a model folder, or the one inside a run's folder, without its weights.

    Raises:
        ModelError: the folder is not a model, is of another format, or a file of it is missing or
            damaged.
    """
    folder = _model_folder(path)
    description = read_content(folder / ModelFiles().about, advice=DAMAGED, error=ModelError)
    about, digests = read_about(description), read_digests(description)
    _require_files(digests)
    try:
        return _read_model(folder, about, digests)
    except (InputError, ConfigError, OSError) as exc:
        raise ModelError(f"{path}: the model folder is damaged ({exc}): {REPAIR}") from exc


def load_network(model: Model, *, build: "Build | None" = None) -> "Network":
    """Return the network of a model, with its weights, in torch.

    Args:
        model: what its folder holds.
        build: what builds the network; None for a network of `mner`.

    Raises:
        ModelError: the weights are missing, damaged, or of another network, or the network is not
            one of `mner` and there is no `build`.
        MissingExtraError: torch or safetensors is not installed.
    """
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        from mner.model.build import build_network
        from mner.model.transformer import Transformer
    except ImportError as exc:
        raise MissingExtraError(
            f"Tagging with {model.folder}, which has no graph (run `mner export` where torch is),",
            "train",
        ) from exc
    if model.about.build and build is None:
        raise ModelError(
            f"{model.folder}: its network was built by {quoted(model.about.build)}, which is no "
            "part of mner: give that function, `mner.load(path, build=...)`, or tag from a graph, "
            "which `mner.tagging.export.export_model(path, build=...)` writes"
        )
    build = build or build_network
    transitions = allowed_transitions(model.vocabulary.tags)
    weights = model.folder / ModelFiles().weights
    model.digests.require([weights.name])
    transformer = None
    try:
        if model.pieces:
            transformer = Transformer.from_config(model.folder / ModelFiles().transformer)
        network = build(
            model.recipe,
            model.about.sizes,
            transitions=transitions,
            transformer=transformer,
        )
        network.load_state_dict(load_file(require_regular(weights)))
    except (OSError, SafetensorError, RuntimeError, KeyError, TypeError, ValueError) as exc:
        raise ModelError(
            f"{weights}: the weights do not fit the model ({clipped(exc)}): {REPAIR}"
        ) from exc
    return network.eval()


def _model_folder(path: Path) -> Path:
    """Return the folder itself, or the one inside a run's folder."""
    folder = path / "model" if (path / "model").is_dir() else path
    name = ModelFiles().about
    if (folder / name).is_file():
        return folder
    if runs := sorted(path.glob(f"*/model/{name}")):
        raise ModelError(
            f"{path}: not a model folder, but one that holds runs: name one of them, such as "
            f"{runs[0].parents[1]}"
        )
    if str(path) == "starter":
        raise ModelError(
            "starter: there is no such folder: the starter model is taken where no model is named, "
            "so leave --model out"
        )
    if is_hub_address(path):
        raise ModelError(
            f"{path}: a model on the hub is not a folder: fetch it by `mner pull user/name`, and "
            "name the folder that this makes"
        )
    problem = "not a model folder" if path.exists() else "there is no such folder"
    raise ModelError(f"{path}: {problem}: expected {name} in it (`mner train` writes one)")


def _require_files(digests: FileDigests) -> None:
    """Make sure that what is read here is as it was written; other files are checked when used."""
    files = ModelFiles()
    read = {files.recipe, files.vocabulary, files.decoder}
    digests.require(read | digests.names(files.vectors) | digests.names(files.transformer))


def _read_model(folder: Path, about: About, digests: FileDigests) -> Model:
    files = ModelFiles()
    vocabulary = Vocabulary.open(folder / files.vocabulary)
    crf, temperature = read_decoder(folder / files.decoder, vocabulary.tags)
    recipe = folder / files.recipe
    transformer = folder / files.transformer
    values = read_toml(recipe, dict[str, Any], advice=DAMAGED, error=ModelError)
    if not values:
        raise ModelError(f"{recipe}: expected the recipe of the model, got nothing: {DAMAGED}")
    model = Model(
        folder=folder,
        recipe=recipe_from_dict(values, where=str(recipe)),
        vocabulary=vocabulary,
        vectors=VectorTable.open(folder / files.vectors),
        pieces=Pieces.open(transformer) if transformer.exists() else None,
        about=about,
        crf=crf,
        temperature=temperature,
        digests=digests,
    )
    _require_one_model(model)
    return model


def _require_one_model(model: Model) -> None:
    """Raise ModelError where a file of a folder is not as large as the others say.

    Rows beyond the end of a table would be found only when a word is looked up.
    """
    tables, sizes = model.vocabulary.sizes, model.about.sizes
    found = {**tables._asdict(), "vector": model.vectors.dimension}
    expected = {name: getattr(sizes, name) for name in found}
    if found != expected:
        raise ModelError(
            f"{model.folder}: the vocabulary and the word vectors have the sizes {found}, "
            f"expected {expected}: {DAMAGED}"
        )
    if (model.pieces is not None) != bool(model.recipe.transformer.model):
        name = ModelFiles().transformer
        raise ModelError(
            f"{model.folder}: recipe and folder do not agree on whether there is a {name}: "
            f"{DAMAGED}"
        )
