"""The demonstration: from an empty folder to two trained taggers, their scores side by side, and a report."""

import logging
from dataclasses import replace
from pathlib import Path

from mner.config import Data, Picture, Recipe, Text, Training
from mner.data.sample import write_sample
from mner.errors import ModelError
from mner.workflows.checkpoint import read_model
from mner.workflows.corpus import read_corpus
from mner.workflows.evaluate import evaluate
from mner.workflows.extract import extract_features
from mner.workflows.train import train

__all__ = ["prepare_sample", "run_demo", "sample_recipes"]

_LOG = logging.getLogger(__name__)
_ENCODER = "efficientnet-lite0"
_EXAMPLES = 3


def run_demo(out: Path) -> str:
    """Write the sample corpus, train a co-attention tagger and its text-only twin, evaluate both, and write `report.html`.

    Args:
        out: folder for everything; what an earlier run has finished is used again.

    Returns:
        What to print: three tagged posts, the scores, and where the report is.

    Raises:
        ModelError: the folder holds models of another recipe.
    """
    corpus, store = prepare_sample(out)
    recipes = sample_recipes(corpus, store)
    for name, recipe in recipes.items():
        _train_once(name, recipe, out / name)
    evaluations = {name: evaluate(out / name, corpus / "test.txt", features=store) for name in recipes}
    evaluations["co-attention, pictures exchanged"] = evaluate(out / "co-attention", corpus / "test.txt", features=store, control="shuffled")
    raise NotImplementedError


def prepare_sample(out: Path) -> tuple[Path, Path]:
    """The sample corpus and the store of its encoded pictures, made where they are not there yet."""
    corpus, store = out / "corpus", out / "features"
    is_new = write_sample(corpus)
    _LOG.info("sample corpus: %s", corpus if is_new else f"{corpus} is there already")
    if store.is_dir():
        _LOG.info("encoded pictures: %s is there already", store)
    else:
        posts = [post for name in ("train", "valid", "test") for post in read_corpus(corpus / f"{name}.txt", Data(), captions=None)]
        extract_features(posts, pictures=corpus / "images", out=store, encoder=_ENCODER)
    return corpus, store


def sample_recipes(corpus: Path, store: Path) -> dict[str, Recipe]:
    """The text-only and the co-attention tagger of the sample corpus: the same but for the picture."""
    text_only = Recipe(
        data=Data(train=str(corpus / "train.txt"), dev=str(corpus / "valid.txt"), features=str(store)),
        text=Text(dimension=50, hidden=100),
        training=Training(epochs=12, warmup_steps=50, learning_rate=2e-3),
    )
    return {"text-only": text_only, "co-attention": replace(text_only, picture=Picture(source="pixels", encoder=_ENCODER))}


def _train_once(name: str, recipe: Recipe, out: Path) -> None:
    if not (out / "model").is_dir():
        _LOG.info("%s tagger: training", name)
        train(recipe, out, resume=True)
    elif read_model(out).recipe == recipe:
        _LOG.info("%s tagger: %s is trained already", name, out)
    else:
        raise ModelError(f"{out}: holds a model of another recipe; remove the folder, or choose another by --out")
