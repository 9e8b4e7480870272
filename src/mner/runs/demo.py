"""The demonstration: from an empty folder to two trained taggers and a report.

The taggers are the same but for the picture, and the report shows their scores side by side.
"""

import io
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mner.corpora.corpus import read_corpus
from mner.corpora.sample import SPLITS, write_sample
from mner.evaluation.evaluate import evaluate
from mner.evaluation.evaluation import Evaluation
from mner.pages.example import Example, Reading
from mner.pages.examples import ExamplesPage, System, write_examples
from mner.pictures.extract import extract_features
from mner.pictures.source import PictureSource
from mner.posts.write import write_posts
from mner.recipe.data import DataSection
from mner.recipe.sections import FusionSection, PictureSection, Recipe, TextSection, TrainingSection
from mner.runs.post_effects import post_effects
from mner.runs.seeds import is_trained
from mner.runs.signs import read_signs, sign_examples
from mner.spans.bootstrap import RESAMPLES
from mner.tagging.load import load
from mner.training.train import train
from mner.types import PictureState, Post

__all__ = ["prepare_sample", "run_demo", "sample_recipes"]

_LOG = logging.getLogger(__name__)

_PICTURE = PictureSection(source="pixels", encoder="efficientnet-lite0")
_GRID = (7, 7)
_TEXT = "Rep. Howard Coble in Baltimore with people of Google #travel"
_EXCHANGED = "co-attention, pictures exchanged"
_ABOUT = (
    "Invented posts with drawn pictures. In about half of the mentions only the picture shows "
    "whether a name is a person, a place, an organisation or a thing."
)
_ABOUT_SIGNS = (
    "The last posts hold no name in their texts: the starter model found the names on the signs in "
    "their pictures."
)
_NO_SIGNS = "Names that are written in pictures are not shown: pip install 'mner[ocr]'."


def run_demo(out: Path, *, sizes: Mapping[str, int] = SPLITS) -> str:
    """Make the sample corpus, train and evaluate two taggers on it, and write `report.html`.

    The taggers are one with co-attention over the picture and its text-only twin.

    Args:
        out: folder for everything; what an earlier run has finished is used again.
        sizes: number of posts of `train`, `valid` and `test`.

    Returns:
        Text to print: the scores, tagged posts, and the path of the report.

    Raises:
        ConfigError: the folder holds models of another recipe.
    """
    corpus, store = prepare_sample(out, sizes=sizes)
    recipes = sample_recipes(corpus, store)
    for name, recipe in recipes.items():
        _train_once(name, recipe, out / name)

    test = corpus / "test.txt"
    evaluations = {
        "text-only": evaluate(out / "text-only", test, bootstrap=RESAMPLES),
        "co-attention": evaluate(out / "co-attention", test, features=store, bootstrap=RESAMPLES),
        _EXCHANGED: evaluate(
            out / "co-attention", test, features=store, control="shuffled", bootstrap=RESAMPLES
        ),
    }

    signs = read_signs(out / "signs")
    report = out / "report.html"
    page = _page(evaluations, corpus / "images")
    write_examples(report, _with_signs(page, sign_examples(signs, out / "signs")))
    parts = [f"== {name}\n{evaluation.render()}" for name, evaluation in evaluations.items()]
    parts += [_tagged_text(evaluations["co-attention"]), _signs_text(signs), f"report: {report}"]
    return "\n\n".join(parts)


def prepare_sample(out: Path, *, sizes: Mapping[str, int] = SPLITS) -> tuple[Path, Path]:
    """Return the sample corpus and the store of its encoded pictures.

    Both are made if they are not there yet.
    """
    corpus, store = out / "corpus", out / "features"
    is_new = write_sample(corpus, sizes=sizes)
    _LOG.info("sample corpus: %s %s", corpus, "is written" if is_new else "is there already")
    posts: list[Post] = []
    for split in ("train", "valid", "test"):
        posts += read_corpus(corpus / f"{split}.txt", DataSection(), captions=None)
    extract_features(posts, pictures=corpus / "images", out=store, encoder=_PICTURE)
    return corpus, store


def sample_recipes(corpus: Path, store: Path) -> dict[str, Recipe]:
    """Return the recipes of the two taggers, which differ only in the picture."""
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


def _page(evaluations: Mapping[str, Evaluation], pictures: Path) -> ExamplesPage:
    systems = []
    for name, evaluation in evaluations.items():
        intervals = evaluation.intervals
        system = System(
            name,
            evaluation.looks_at,
            evaluation.scores,
            seeds=(evaluation.seed,),
            pictures={} if evaluation.source == "none" else evaluation.pictures,
            interval=intervals.overall.f1 if intervals else None,
        )
        systems.append(system)
    # Beside the post's own picture the attention to another picture would mean nothing.
    shown = {name: evaluations[name] for name in ("text-only", "co-attention")}
    source = PictureSource(pictures)
    effects = post_effects(
        evaluations["co-attention"].gold,
        without=[tagged.post for tagged in evaluations["text-only"].tagged],
        with_picture=[tagged.post for tagged in evaluations["co-attention"].tagged],
    )
    examples = tuple(_example(shown, position, source) for position in effects.chosen())
    about = f"{_ABOUT} {effects.summary()}"
    return ExamplesPage("What the picture shows", tuple(systems), examples, about=about)


def _with_signs(page: ExamplesPage, signs: Sequence[Example]) -> ExamplesPage:
    """Return the page with the posts that have a sign in their picture as its last ones."""
    about = f"{page.about} {_ABOUT_SIGNS if signs else _NO_SIGNS}"
    return replace(page, examples=(*page.examples, *signs), about=about)


def _example(
    evaluations: Mapping[str, Evaluation], position: int, pictures: PictureSource
) -> Example:
    """Return the post at a position of the test file, as each tagger read it."""
    readings = []
    for name, evaluation in evaluations.items():
        tagged = evaluation.tagged[position]
        entities = tagged.post.entities
        if evaluation.source == "pixels":
            reading = Reading(name, entities, attention=tagged.attention, grid=_GRID)
        else:
            reading = Reading(name, entities)
        readings.append(reading)
    co_attention = evaluations["co-attention"]
    post = co_attention.gold[position]
    previews = tuple(map(pictures.preview, post.pictures))
    tagged = co_attention.tagged[position]
    return Example(post, tuple(readings), tagged.picture, previews, tagged.pictures)


def _tagged_text(evaluation: Evaluation) -> str:
    """Show two posts with pictures, tagged by co-attention, and a text by the starter model."""
    posts: list[Post] = []
    for tagged in evaluation.tagged:
        if tagged.picture is PictureState.PRESENT and len(posts) < 2:
            posts.append(tagged.post)
    buffer = io.StringIO()
    write_posts([*posts, load()(_TEXT)], buffer, format="text")
    return (
        "== the first two posts with a picture, tagged by co-attention; and a text, tagged by the "
        f"starter model\n{buffer.getvalue()}"
    )


def _signs_text(signs: Sequence[Post]) -> str:
    """Show the names in the pictures with signs, or say what reads them."""
    if not signs:
        return _NO_SIGNS
    buffer = io.StringIO()
    write_posts(signs, buffer, format="text")
    return (
        f"== names on the signs in drawn pictures, found by the starter model\n{buffer.getvalue()}"
    )
