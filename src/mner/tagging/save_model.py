"""Writing a model folder, with its card. Nothing in it is a pickle."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from mner.errors import MnerError, clipped
from mner.files.write import new_folder
from mner.recipe.read import to_toml
from mner.tagging.decoder_file import save_decoder
from mner.tagging.digests import write_digests
from mner.tagging.known_posts import KnownPosts, save_known_posts
from mner.tagging.model_folder import Model, ModelFiles

if TYPE_CHECKING:
    from mner.model.network import Network

__all__ = ["save_model"]

_SOURCES = {
    "none": "text only",
    "pixels": "text and picture",
    "captions": "text and caption (caption-mediated: it sees no pixels)",
}
"""What a model looks at, by `picture.source` of its recipe."""


def save_model(model: Model, network: "Network", *, known: KnownPosts) -> None:
    """Write a model folder; an older one there is replaced once the new one is complete.

    Args:
        model: what the folder holds beside the weights; its `folder` is where it is written.
        network: the network with its weights.
        known: what the folder keeps of the posts of the training.

    Raises:
        MnerError: the disk is full, or the folder cannot be written.
    """
    from safetensors import SafetensorError

    try:
        with new_folder(model.folder) as part:
            _write_model(model, network, part, known=known)
    except (OSError, SafetensorError) as exc:
        raise MnerError(
            f"{model.folder}: the model cannot be written ({clipped(exc)}): make room, and "
            "resume the training with --resume"
        ) from exc


def _write_model(model: Model, network: "Network", folder: Path, *, known: KnownPosts) -> None:
    from safetensors.torch import save_file

    files = ModelFiles()
    about = json.dumps(model.about.as_dict(), indent=1)
    (folder / files.about).write_text(about + "\n", encoding="utf-8")
    (folder / files.recipe).write_text(to_toml(model.recipe), encoding="utf-8")
    model.vocabulary.save(folder / files.vocabulary)
    save_known_posts(folder, known)
    (folder / files.card).write_text(_card(model), encoding="utf-8")
    model.vectors.save(folder / files.vectors)
    if model.pieces is not None and network.transformer is not None:
        model.pieces.save(folder / files.transformer)
        network.transformer.save_config(folder / files.transformer)
    save_decoder(
        folder / files.decoder,
        model.vocabulary.tags,
        crf=model.crf,
        temperature=model.temperature,
    )
    weights = {
        name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()
    }
    save_file(weights, folder / files.weights)
    (folder / files.weights).chmod(0o644)  # safetensors lets nobody but the owner read it
    write_digests(folder / files.about, but=[files.card])


def _card(model: Model) -> str:
    """Return the model card in Markdown."""
    facts = model.about.as_dict()
    del facts["format"], facts["mner"]
    listed = [f"* {name}: {json.dumps(fact, ensure_ascii=False)}" for name, fact in facts.items()]
    labels = ", ".join(model.vocabulary.labels)
    paragraphs = [
        "# An `mner` model",
        f"Finds {labels} in social media posts; {_SOURCES[model.recipe.picture.source]}.",
        "\n".join(listed),
        f"The recipe is in `{ModelFiles().recipe}`. Scores on dev chose the epoch and are "
        "therefore higher than on unseen posts.",
    ]
    return "\n\n".join(paragraphs) + "\n"
