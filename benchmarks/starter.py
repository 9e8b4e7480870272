"""The starter model: cut and quantise word vectors, train by the recipe `starter`, shrink, export, score, and write its card.

usage: python -m benchmarks.starter [--out runs/starter] [--words 150000] [--seed 0] [--install]
$MNER_DATA is the folder that holds tweets/ and twitter2015/, $MNER_VECTORS a GloVe text file, most frequent words first. Twitter-2015 test is scored once,
at the end; dev files of the three corpora choose everything. --install puts the folder into the package.
"""

import argparse
import json
import os
import shutil
import tomllib
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from benchmarks.labels import keep_labels
from benchmarks.runs import machine
from benchmarks.shrink import shrink
from benchmarks.small_vectors import quantised
from mner.corpora.adapt import adapt
from mner.corpora.corpus import read_corpus
from mner.encoding.vector_cache import load_vectors
from mner.errors import DataWarning
from mner.recipe.read import read_recipe, recipe_file, recipe_from_dict
from mner.recipe.sections import Recipe
from mner.spans.score import score
from mner.spans.scores import Counts, Scores
from mner.tagging.export import export_model
from mner.tagging.load import load
from mner.tagging.model_folder import ModelFiles, load_network, read_model
from mner.tagging.save_model import save_model
from mner.training.train import train
from mner.types import Post

ROOT = Path(__file__).parents[1]
RECIPE, CARD, PACKAGED = (
    recipe_file("starter"),
    ROOT / "benchmarks" / "starter_card.md",
    ROOT / "src" / "mner" / "starter",
)
NAMES = {
    "btc": "Broad Twitter Corpus, dev",
    "wnut17": "WNUT-17, dev",
    "tweebank": "Tweebank-NER, dev",
}
LARGEST = 25_000_000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("runs/starter"))
    parser.add_argument("--words", type=int, default=150_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--install", action="store_true")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", DataWarning)
    vectors = cut_vectors(Path(os.environ["MNER_VECTORS"]), arguments.words, arguments.out)
    recipe = read_recipe(
        RECIPE, changes=[f"text.vectors={vectors}", f"training.seed={arguments.seed}"]
    )
    train(recipe, arguments.out / "run", resume=True)
    folder = ship(arguments.out / "run", arguments.out / "starter", seed=arguments.seed)
    rows = list(table(folder, recipe))
    (folder / ModelFiles().card).write_text(card(folder, rows), encoding="utf-8")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{machine()}\n\n" + "\n".join(rows) + f"\n\n{folder}: {size / 1e6:.1f} MB")
    if size > LARGEST:
        raise SystemExit(f"{folder}: {size:,} bytes, at most {LARGEST:,} may ship: lower --words")
    if arguments.install:
        shutil.rmtree(PACKAGED, ignore_errors=True)
        shutil.copytree(folder, PACKAGED)


def cut_vectors(source: Path, words: int, out: Path) -> Path:
    """The table of the first words of a file in eight bits, so that training sees the numbers that ship."""
    folder = out / f"vectors-{words}"
    if not folder.is_dir():
        out.mkdir(parents=True, exist_ok=True)
        head = out / "head.txt"
        with source.open("rb") as whole, head.open("wb") as part:
            part.writelines(islice(whole, words))
        quantised(load_vectors(head, cache=out / "cache")).save(folder)
        head.unlink()
        shutil.rmtree(out / "cache")
    return folder


def ship(run: Path, folder: Path, *, seed: int) -> Path:
    """The trained model, shrunk, with its graph, and with the recipe as it stands in the repository: no path of this machine."""
    trained = read_model(run)
    model, network = shrink(trained, load_network(trained))
    recipe = recipe_from_dict(tomllib.loads(RECIPE.read_text(encoding="utf-8")))
    save_model(
        replace(
            model,
            folder=folder,
            recipe=replace(recipe, training=replace(recipe.training, seed=seed)),
        ),
        network,
    )
    export_model(folder)
    return folder


def table(folder: Path, recipe: Recipe) -> Iterator[str]:
    """The scores as lines of a Markdown table."""
    yield "| posts | scored | PER | LOC | ORG | OTHER | all: precision | recall | F1 | gold |\n|---|---|---|---|---|---|---|---|---|---|"
    tagger = load(folder)
    for corpus in recipe.data.corpora:
        gold = list(adapt(read_corpus(Path(corpus.dev), recipe.data, captions=None), corpus))
        yield _row(
            NAMES[Path(corpus.dev).name.split(".")[0]],
            "as annotated",
            score(gold, list(tagger.tag(gold))),
        )
    test = read_corpus(
        Path(os.environ["MNER_DATA"]) / "twitter2015" / "test.txt", recipe.data, captions=None
    )
    predicted: Sequence[Post] = list(tagger.tag(test))
    yield _row(
        "Twitter-2015, test",
        "PER, LOC, ORG",
        score(keep_labels(test, ["PER", "LOC", "ORG"]), predicted),
    )
    yield _row("Twitter-2015, test", "all four", score(test, predicted))


def _row(posts: str, labels: str, scores: Scores) -> str:
    types = [_percent(scores.per_type.get(label)) for label in ("PER", "LOC", "ORG", "OTHER")]
    overall = [f"{100 * value:.1f}" for value in (scores.precision, scores.recall, scores.f1)]
    return f"| {' | '.join([posts, labels, *types, *overall, scores.gold_fingerprint])} |"


def _percent(counts: Counts | None) -> str:
    return f"{100 * counts.f1:.1f}" if counts is not None and counts.gold else "-"


def card(folder: Path, rows: Sequence[str]) -> str:
    """The model card: a text with places for what differs between trainings."""
    about = json.loads((folder / ModelFiles().about).read_text(encoding="utf-8"))
    values = {"scores": "\n".join(rows), "words": f"{len(read_model(folder).vectors):,}", **about}
    text = CARD.read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


if __name__ == "__main__":
    main()
