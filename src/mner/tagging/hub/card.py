"""The card of a model as the hub shows it: the card in its folder, with a head for the hub."""

from typing import Any

from mner.errors import ModelError, clipped
from mner.tagging.hub.reference import PREFIX, HubReference
from mner.tagging.model_folder import Model, ModelFiles

__all__ = ["hub_card"]

_NO_HEAD = "---\nlibrary_name: mner\n---\n"


def hub_card(model: Model, reference: HubReference) -> str:
    """Return the card of a model in Markdown, with the keys of the hub in its head.

    Keys that the head of the model's own card has, such as `license`, stay as they are. No licence
    is made up, and of scores only those that the model recorded are given.

    Args:
        model: what the folder holds.
        reference: where the model goes.

    Raises:
        ModelError: the card cannot be read, or its head is no YAML.
    """
    from huggingface_hub import ModelCard, ModelCardData
    from yaml import YAMLError

    path = model.folder / ModelFiles().card
    try:
        text = path.read_text(encoding="utf-8") if path.is_file() else "# An `mner` model\n"
        card = ModelCard(text if text.startswith("---\n") else f"{_NO_HEAD}{text}")
    except (OSError, ValueError, YAMLError) as exc:
        raise ModelError(f"{path}: the card cannot be read ({clipped(exc)}): mend it") from exc
    own: dict[str, Any] = card.data.to_dict()  # type: ignore[no-untyped-call]
    keys = _tags(model) | own
    if "model-index" not in own:
        keys |= _scores(model, reference)
    card.data = ModelCardData(**keys)
    if PREFIX not in card.text:
        card.text = f"{card.text.rstrip()}\n\n{_use(reference)}"
    return str(card)


def _tags(model: Model) -> dict[str, Any]:
    looks_at = model.recipe.picture.source
    seen = [] if looks_at == "none" else ["multimodal"]
    return {
        "library_name": "mner",
        "pipeline_tag": "token-classification",
        "tags": ["mner", "named-entity-recognition", "social-media", *seen],
    }


def _scores(model: Model, reference: HubReference) -> dict[str, Any]:
    """Return the recorded F1 in the form of the hub; nothing where none was recorded."""
    from huggingface_hub import EvalResult

    about = model.about
    if about.dev_f1 is None:
        return {}
    result = EvalResult(
        task_type="token-classification",
        dataset_type="unknown",
        dataset_name=f"dev posts, which chose the epoch, fingerprint {about.dev_fingerprint}",
        metric_type="f1",
        metric_name=f"F1, {about.dev_scoring or 'scoring not recorded'}",
        metric_value=about.dev_f1,
    )
    return {"model_name": reference.name, "eval_results": [result]}


def _use(reference: HubReference) -> str:
    address = f"{PREFIX}{reference.repository}"
    return (
        "## Use\n\n"
        "```bash\n"
        "pip install 'mner[hub]'\n"
        f'mner tag --model {address} "RT @ann: landed in Lisbon at last"\n'
        "```\n\n"
        "```python\n"
        "import mner\n\n"
        f'tagger = mner.load("{address}")\n'
        "```\n"
    )
