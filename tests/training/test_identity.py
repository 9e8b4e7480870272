"""The digest by which a run is resumed, against one that is made of everything at once."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mner.encoding.vectors import VectorTable
from mner.posts.raw import raw_post
from mner.recipe.sections import Recipe
from mner.spans.gold import fingerprint
from mner.training.identity import identity
from mner.training.material import Material, read_material
from mner.types import Entity, Post
from tests.training.changes import with_data, with_training

CAPTIONED = Post("a", ("Ann", "was", "here"), (Entity(0, 1, "PER"),), caption="a man")
PICTURED = Post("b", ("in", "Rome"), (Entity(1, 2, "LOC"),), picture="3", annotated=("LOC",))
IN_TWO = replace(PICTURED, id="c", picture="4", more_pictures=("5",), annotated=None)


@pytest.fixture
def material(recipe: Recipe, tmp_path: Path) -> Material:
    """Three training posts, one dev post, and the vectors of the tiny corpus."""
    train = [CAPTIONED, PICTURED, IN_TWO]
    return replace(read_material(recipe, tmp_path), train=train, dev=[CAPTIONED])


def expected(recipe: Recipe, material: Material, *after: Any) -> str:
    values = asdict(recipe)
    for section, key in (("training", "tracker"), ("training", "accumulation")):
        del values[section][key]
    if not values["picture"]["dropout"]:
        del values["picture"]["dropout"]
    pictures, words = [], set()
    for post in (*material.train, *material.dev):
        shown = [post.picture, *post.more_pictures] if post.more_pictures else post.picture
        pictures.append([shown, post.caption, post.annotated])
        words |= {*post.tokens, *(post.caption or "").split()}
    of_posts = [fingerprint(material.train), fingerprint(material.dev)]
    described = [values, *of_posts, material.picture_encoder, pictures, *after]
    vectors = material.vectors.vectors(material.vectors.rows(sorted(words)))
    return hashlib.sha256(json.dumps(described).encode() + vectors.tobytes()).hexdigest()


def test_everything_is_in_the_digest(recipe: Recipe, material: Material) -> None:
    assert identity(recipe, material) == expected(recipe, material)
    assert identity(recipe, material, build="a.b") == expected(recipe, material, "a.b")
    dropped = replace(recipe, picture=replace(recipe.picture, dropout=0.25))
    assert identity(dropped, material) == expected(dropped, material) != identity(recipe, material)


def test_texts_of_dev_decide_where_there_are_any(recipe: Recipe, material: Material) -> None:
    raw = replace(raw_post("d", "in\nRome"), entities=())
    with_text = replace(material, dev=[CAPTIONED, raw])
    texts = [[None, None], ["in\nRome", [[0, 2], [3, 7]]]]
    assert identity(recipe, with_text) == expected(recipe, with_text, texts)
    assert identity(recipe, with_text, build="b") == expected(recipe, with_text, texts, "b")


def test_vectors_of_all_words_are_read_in_parts(recipe: Recipe, material: Material) -> None:
    rng = np.random.default_rng(0)
    words = [f"w{number}" for number in range(9000)]
    vectors = VectorTable.from_words(words, rng.normal(size=(9000, 3)))
    many = replace(material, train=[Post("a", tuple(words), ())], vectors=vectors)
    assert identity(recipe, many) == expected(recipe, many)
    table = rng.normal(size=(9000, 3))
    other = replace(many, vectors=VectorTable.from_words(words, table))
    table[sorted(words).index("w999")] += 1.0
    changed = replace(many, vectors=VectorTable.from_words(words, table))
    assert len({identity(recipe, each) for each in (many, other, changed)}) == 3


def with_first(change: Callable[[Post], Post]) -> Callable[[Material], Material]:
    def changed(material: Material) -> Material:
        first, *others = material.train
        return replace(material, train=[change(first), *others])

    return changed


@pytest.mark.parametrize(
    "change",
    [
        with_first(lambda post: replace(post, caption="a woman")),
        with_first(lambda post: replace(post, picture="9")),
        with_first(lambda post: replace(post, annotated=("PER",))),
        with_first(lambda post: replace(post, entities=())),
        with_first(lambda post: replace(post, tokens=("Bob", "was", "here"))),
        lambda material: replace(material, train=material.train[::-1]),
        lambda material: replace(material, dev=[PICTURED]),
    ],
)
def test_each_change_of_the_data_changes_it(
    recipe: Recipe, material: Material, change: Callable[[Material], Material]
) -> None:
    assert identity(recipe, change(material)) != identity(recipe, material)


def test_what_changes_no_weight_changes_nothing(recipe: Recipe, material: Material) -> None:
    same = with_training(recipe, tracker="none", accumulation=2)
    other = with_training(recipe, tracker="tensorboard", accumulation=1)
    assert identity(same, material) == identity(other, material)
    for changed in (with_training(recipe, seed=9), with_data(recipe, orphans="drop")):
        assert identity(changed, material) != identity(recipe, material)
