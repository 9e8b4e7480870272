"""Recipes with some keys changed."""

from dataclasses import replace
from typing import Any

from mner.recipe.sections import Recipe

__all__ = ["with_data", "with_training"]


def with_training(recipe: Recipe, **keys: Any) -> Recipe:
    return replace(recipe, training=replace(recipe.training, **keys))


def with_data(recipe: Recipe, **keys: Any) -> Recipe:
    return replace(recipe, data=replace(recipe.data, **keys))
