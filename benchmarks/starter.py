"""The starter model: trained by the recipe `starter`, made small, exported and scored.

usage: python -m benchmarks.starter [--out runs/starter] [--seed 0] [--install]

The steps before it, which make its posts and its word vectors, are in benchmarks/starter.md;
$MNER_STARTER is their folder. $MNER_DATA is the folder that holds tweets/, twitter2015/ and, for
one more row of scores, posts/. The dev files of the three corpora choose the epoch; Twitter-2015
test and the second half of the annotated posts are scored once, at the end. A model card is
written, and --install puts the folder into the package.
"""

import json
import os
import shutil
import tomllib
import warnings
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from benchmarks.commands import new_parser, twitter2015
from benchmarks.labels import keep_labels
from benchmarks.markdown import table_head, table_line
from benchmarks.runs import machine
from benchmarks.shrink import shrink
from benchmarks.small_vectors import without
from mner.corpora.adapt import adapt
from mner.corpora.corpus import read_corpus
from mner.errors import DataWarning
from mner.posts.read import read_posts
from mner.recipe.data import DataSection
from mner.recipe.read import read_recipe, recipe_file, recipe_from_dict
from mner.require import require_entities
from mner.spans.score import score
from mner.spans.scores import Counts, Scores
from mner.tagging.export import export_model
from mner.tagging.known_posts import read_known_posts
from mner.tagging.load import load
from mner.tagging.model_folder import ModelFiles, load_network, read_model
from mner.tagging.save_model import save_model
from mner.tagging.tagger import Tagger
from mner.training.train import train
from mner.types import Post

ROOT = Path(__file__).parents[1]
RECIPE, CORPORA = recipe_file("starter"), recipe_file("starter-teacher")
CARD = ROOT / "benchmarks" / "starter_card.md"
PACKAGED = ROOT / "src" / "mner" / "starter"

NAMES = {
    "btc": "Broad Twitter Corpus, dev",
    "wnut17": "WNUT-17, dev",
    "tweebank": "Tweebank-NER, dev",
}
"""Names of the corpora, by the beginning of their files."""

LABELS = ("PER", "LOC", "ORG", "OTHER")
FIRST = 1_000
"""Posts of Twitter-2015's test that are also scored in small letters."""
HALF = 250
"""The annotated posts before this one were used for choosing."""
FREQUENT = 102_000
"""Words of GloVe beyond these, most frequent first, are left out where training did not see them,
so that the model is small enough."""
LARGEST = 25_000_000
"""Bytes of a model that may ship."""


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/starter"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--install", action="store_true")
    arguments = parser.parse_args()
    out: Path = arguments.out
    warnings.simplefilter("ignore", DataWarning)
    train(
        read_recipe(RECIPE, changes=[f"training.seed={arguments.seed}"]), out / "run", resume=True
    )
    folder = ship(out / "run", out / "starter", seed=arguments.seed)
    rows = list(table(folder, read_recipe(CORPORA).data))
    (folder / ModelFiles().card).write_text(card(folder, rows), encoding="utf-8")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{machine()}\n\n" + "\n".join(rows) + f"\n\n{folder}: {size / 1e6:.1f} MB")
    if size > LARGEST:
        raise SystemExit(f"{folder}: {size:,} bytes, at most {LARGEST:,} may ship: use fewer words")
    if arguments.install:
        shutil.rmtree(PACKAGED, ignore_errors=True)
        shutil.copytree(folder, PACKAGED)


def ship(run: Path, folder: Path, *, seed: int) -> Path:
    """Write the trained model, made small, with its graph.

    Its recipe is the one of the repository, which names no path of this machine.
    """
    trained = read_model(run)
    model, network = shrink(trained, load_network(trained))
    model = replace(model, vectors=without(model.vectors, rare_words(trained.vocabulary.words)))
    recipe = recipe_from_dict(tomllib.loads(RECIPE.read_text(encoding="utf-8")))
    recipe = replace(recipe, training=replace(recipe.training, seed=seed))
    known = read_known_posts(trained)
    save_model(replace(model, folder=folder, recipe=recipe), network, known=known)
    export_model(folder)
    return folder


def rare_words(seen: Container[str]) -> list[str]:
    """Return the words of GloVe, $MNER_VECTORS, that are rare and not among those seen."""
    with Path(os.environ["MNER_VECTORS"]).open(encoding="utf-8") as lines:
        words = [line.partition(" ")[0] for line in islice(lines, FREQUENT, None)]
    return [word for word in words if word not in seen]


def table(folder: Path, data: DataSection) -> Iterator[str]:
    """Give the scores as lines of a Markdown table."""
    columns = ("posts", "scored", *LABELS, "all: precision", "recall", "F1", "gold")
    yield table_head(columns)
    tagger = load(folder)
    for corpus in data.corpora:
        file = Path(corpus.dev)
        gold = list(adapt(read_corpus(file, data, captions=None), corpus))
        name = NAMES[file.name.split(".")[0]]
        found: Sequence[Post] = list(tagger.tag(gold))
        yield _row(name, "as annotated", score(gold, found))
        without = score(without_hashtags(gold), without_hashtags(found))
        yield _row(f"{name}, without hashtags", "as annotated", without)
        yield _row(f"{name}, in small letters", "as annotated", _scores(lowered(gold), tagger))
    test = list(read_corpus(twitter2015() / "test.txt", data, captions=None))
    predicted: Sequence[Post] = list(tagger.tag(test))
    three = score(keep_labels(test, ["PER", "LOC", "ORG"]), predicted)
    yield _row("Twitter-2015, test", "PER, LOC, ORG", three)
    yield _row("Twitter-2015, test", "all four", score(test, predicted))
    first = test[:FIRST]
    name = f"Twitter-2015, first {FIRST:,} of test"
    yield _row(name, "all four", score(first, predicted[:FIRST]))
    yield _row(f"{name}, in small letters", "all four", _scores(lowered(first), tagger))
    real = Path(os.environ["MNER_DATA"]) / "posts" / "gold.jsonl"
    if real.is_file():
        second = list(read_posts(real))[HALF:]
        scores = _scores(second, tagger)
        yield _row("real posts with pictures, second half", "all four", scores)


def _scores(gold: Sequence[Post], tagger: Tagger) -> Scores:
    return score(gold, list(tagger.tag(gold)))


def lowered(posts: Sequence[Post]) -> list[Post]:
    """Return posts in small letters."""
    return [
        replace(post, tokens=tuple(map(str.lower, post.tokens)), text=None, offsets=None)
        for post in posts
    ]


def without_hashtags(posts: Sequence[Post]) -> list[Post]:
    """Return posts without the entities that hold a hashtag."""
    results = []
    for post in posts:
        kept = []
        for entity in require_entities(post):
            tokens = post.tokens[entity.start : entity.end]
            if not any(token.startswith("#") for token in tokens):
                kept.append(entity)
        results.append(replace(post, entities=tuple(kept)))
    return results


def _row(posts: str, labels: str, scores: Scores) -> str:
    types = [_percent(scores.per_type.get(label)) for label in LABELS]
    overall = [f"{100 * value:.1f}" for value in (scores.precision, scores.recall, scores.f1)]
    return table_line([posts, labels, *types, *overall, scores.gold_fingerprint])


def _percent(counts: Counts | None) -> str:
    return f"{100 * counts.f1:.1f}" if counts is not None and counts.gold else "-"


def card(folder: Path, rows: Sequence[str]) -> str:
    """Return the model card: a text in which what differs between trainings is filled in."""
    about = json.loads((folder / ModelFiles().about).read_text(encoding="utf-8"))
    values = {"scores": "\n".join(rows), "words": f"{len(read_model(folder).vectors):,}", **about}
    text = CARD.read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


if __name__ == "__main__":
    main()
