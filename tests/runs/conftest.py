"""Runs of two seeds and their text-only twin, scored."""

from dataclasses import replace
from pathlib import Path

import pytest

from mner.recipe.sections import Recipe
from mner.runs.folder import read_runs
from mner.runs.scores import Gold, ScoredRun, score_runs
from mner.training.train import train
from tests.tiny import tiny_caption_recipe, tiny_recipe


@pytest.fixture(scope="session")
def folders(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two seeds that look at captions, and a text-only twin."""
    out = tmp_path_factory.mktemp("runs")
    captions, text = tiny_caption_recipe(corpus), tiny_recipe(corpus)
    recipes = {"captions-0": captions, "captions-1": _seeded(captions, 1), "text": text}
    for name, recipe in recipes.items():
        train(recipe, out / name)
    return {name: out / name for name in recipes}


def _seeded(recipe: Recipe, seed: int) -> Recipe:
    return replace(recipe, training=replace(recipe.training, seed=seed))


@pytest.fixture(scope="session")
def gold(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Gold:
    """The dev posts, with names that no run has seen."""
    file = tmp_path_factory.mktemp("gold") / "dev.txt"
    file.write_text(
        (corpus / "dev.txt")
        .read_text()
        .replace("saw\tO\nBob", "saw\tO\nEve")
        .replace("today\tO", "Perth\tB-LOC")
    )
    return Gold(file, captions=corpus / "captions.jsonl")


@pytest.fixture(scope="session")
def scored(folders: dict[str, Path], gold: Gold) -> list[ScoredRun]:
    return score_runs(read_runs(list(folders.values())), gold)
