"""The demonstration: from an empty folder to two trained taggers, their scores side by side, and a report."""

import io
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mner.corpora.corpus import read_corpus
from mner.corpora.sample import SPLITS, write_sample
from mner.evaluation.evaluate import evaluate
from mner.evaluation.evaluation import Evaluation
from mner.pages.examples import Example, ExamplesPage, Reading, System, write_examples
from mner.pictures.extract import extract_features
from mner.pictures.source import PictureSource
from mner.posts.write import write_posts
from mner.recipe.data import DataSection
from mner.recipe.sections import FusionSection, PictureSection, Recipe, TextSection, TrainingSection
from mner.runs.seeds import is_trained
from mner.spans.bootstrap import RESAMPLES
from mner.tagging.load import load
from mner.training.train import train
from mner.types import PictureState, Post

__all__ = ["prepare_sample", "run_demo", "sample_recipes"]

_LOG = logging.getLogger(__name__)
_PICTURE = PictureSection(source="pixels", encoder="efficientnet-lite0")
_GRID = (7, 7)
_EXAMPLES = 12
_TEXT = "Rep. Howard Coble in Baltimore with people of Google #travel"
_EXCHANGED = "co-attention, pictures exchanged"
_ABOUT = (
    "Invented posts with drawn pictures. In about half of the mentions only the picture tells whether a name is a person, a place, an organisation or a thing. "
    "The examples are the first posts of the test file."
)


def run_demo(out: Path, *, sizes: Mapping[str, int] = SPLITS) -> str:
    """Write the sample corpus, train a co-attention tagger and its text-only twin, evaluate both, and write `report.html`.

    Args:
        out: folder for everything; what an earlier run has finished is used again.
        sizes: posts of `train`, `valid` and `test`.

    Returns:
        What to print: the scores, three tagged posts, and where the report is.

    Raises:
        ConfigError: the folder holds models of another recipe.
    """
    corpus, store = prepare_sample(out, sizes=sizes)
    recipes = sample_recipes(corpus, store)
    for name, recipe in recipes.items():
        _train_once(name, recipe, out / name)
    test = corpus / "test.txt"
    stores = {
        name: store if recipe.picture.source == "pixels" else None
        for name, recipe in recipes.items()
    }
    evaluations = {
        name: evaluate(out / name, test, features=features, bootstrap=RESAMPLES)
        for name, features in stores.items()
    }
    evaluations[_EXCHANGED] = evaluate(
        out / "co-attention", test, features=store, control="shuffled", bootstrap=RESAMPLES
    )
    report = out / "report.html"
    write_examples(report, _report(evaluations, corpus / "images"))
    parts = [f"== {name}\n{evaluation.render()}" for name, evaluation in evaluations.items()]
    return "\n\n".join([*parts, _tagged(evaluations["co-attention"]), f"report: {report}"])


def prepare_sample(out: Path, *, sizes: Mapping[str, int] = SPLITS) -> tuple[Path, Path]:
    """The sample corpus and the store of its encoded pictures, made where they are not there yet."""
    corpus, store = out / "corpus", out / "features"
    is_new = write_sample(corpus, sizes=sizes)
    _LOG.info(
        "sample corpus: %s", f"{corpus} is written" if is_new else f"{corpus} is there already"
    )
    posts = [
        post
        for name in ("train", "valid", "test")
        for post in read_corpus(corpus / f"{name}.txt", DataSection(), captions=None)
    ]
    extract_features(posts, pictures=corpus / "images", out=store, encoder=_PICTURE)
    return corpus, store


def sample_recipes(corpus: Path, store: Path) -> dict[str, Recipe]:
    """The text-only and the co-attention tagger of the sample corpus: the same but for the picture."""
    text_only = Recipe(
        data=DataSection(
            train=str(corpus / "train.txt"), dev=str(corpus / "valid.txt"), features=str(store)
        ),
        text=TextSection(dimension=50, hidden=64),
        fusion=FusionSection(size=64, dropout=0.1),
        training=TrainingSection(
            epochs=35, patience=35, warmup_steps=50, learning_rate=4e-3, batch_size=10, threads=1
        ),
    )
    return {"text-only": text_only, "co-attention": replace(text_only, picture=_PICTURE)}


def _train_once(name: str, recipe: Recipe, out: Path) -> None:
    if is_trained(recipe, out):
        _LOG.info("%s tagger: %s is trained already", name, out)
    else:
        _LOG.info("%s tagger: training", name)
        train(recipe, out, resume=True)


def _report(evaluations: Mapping[str, Evaluation], pictures: Path) -> ExamplesPage:
    systems = tuple(
        System(
            name,
            one.looks_at,
            one.scores,
            seeds=(one.seed,),
            pictures={} if one.source == "none" else one.pictures,
            interval=one.intervals.overall.f1 if one.intervals else None,
        )
        for name, one in evaluations.items()
    )
    # Exchanged pictures are not shown: beside the post's own picture their attention would mean nothing.
    shown = {name: one for name, one in evaluations.items() if name != _EXCHANGED}
    examples = tuple(_example(shown, place, pictures) for place in range(_EXAMPLES))
    return ExamplesPage("What the picture tells", systems, examples, about=_ABOUT)


def _example(evaluations: Mapping[str, Evaluation], place: int, pictures: Path) -> Example:
    (post,) = {one.gold[place].id: one.gold[place] for one in evaluations.values()}.values()
    readings = []
    for name, one in evaluations.items():
        tagged = one.tagged[place]
        looks = one.source == "pixels"
        readings.append(
            Reading(
                name,
                tagged.post.entities or (),
                attention=tagged.attention if looks else None,
                grid=_GRID if looks else None,
            )
        )
    looking = next(one.tagged[place] for one in evaluations.values() if one.source == "pixels")
    return Example(
        post,
        tuple(readings),
        looking.picture,
        PictureSource(pictures).preview(post.picture) if post.picture else None,
    )


def _tagged(evaluation: Evaluation) -> str:
    """Two posts with pictures by the trained tagger, and a text by the starter model."""
    posts: Sequence[Post] = [
        one.post for one in evaluation.tagged if one.picture is PictureState.PRESENT
    ][:2]
    buffer = io.StringIO()
    write_posts([*posts, load()(_TEXT)], buffer, format="text")
    return f"== the first two posts with a picture, tagged by co-attention; and a text, tagged by the starter model\n{buffer.getvalue()}"
