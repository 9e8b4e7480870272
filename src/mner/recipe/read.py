"""Reading recipes from TOML, and writing them."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from importlib.resources import files
from pathlib import Path
from typing import Any

import tomli_w

from mner.errors import ConfigError, quoted
from mner.files.load import parse_toml, read_toml
from mner.recipe.build import build_recipe
from mner.recipe.checks import contradictions
from mner.recipe.sections import Recipe
from mner.recipe.variables import expand, expand_known, variables_in

__all__ = [
    "WrittenRecipe",
    "read_recipe",
    "read_written",
    "recipe_file",
    "recipe_from_dict",
    "recipe_variables",
    "to_toml",
]

_PACKAGED = Path(str(files("mner") / "recipes"))


@dataclass(frozen=True)
class WrittenRecipe:
    """A recipe, and the same recipe as it was written."""

    recipe: Recipe
    """The values of environment variables stand in place of their names, in all keys that the
    recipe uses."""
    text: str
    """TOML of all keys, changes and defaults included, with the names of environment variables."""


def recipe_file(recipe: str | Path) -> Path:
    """Return the file of a recipe, given by its path or by the name of one that `mner` brings.

    Raises:
        ConfigError: there is no such file, and no such name.
    """
    path = Path(recipe)
    packaged = _PACKAGED / f"{recipe}.toml"
    if path.is_file():
        return path
    if packaged.parent == _PACKAGED and packaged.is_file():
        return packaged
    names = ", ".join(sorted(file.stem for file in _PACKAGED.glob("*.toml")))
    raise ConfigError(f"{recipe}: no such recipe: expected a file, or one of {names}")


def read_recipe(recipe: str | Path, *, changes: Sequence[str] = ()) -> Recipe:
    """Read a recipe and apply changes; see `read_written`."""
    return read_written(recipe, changes=changes).recipe


def read_written(recipe: str | Path, *, changes: Sequence[str] = ()) -> WrittenRecipe:
    """Read a recipe, apply changes, and keep it also as it was written.

    Args:
        recipe: a path or a name, as for `recipe_file`.
        changes: `section.key=value` each, where the value is a TOML value or a bare string.

    Raises:
        ConfigError: the file is missing or not TOML, or keys or values are wrong, or environment
            variables are not set; one message names all problems.
    """
    path = recipe_file(recipe)
    values = _read_values(path)
    for change in changes:
        _apply(values, change)
    draft, _ = build_recipe(expand_known(values))
    unset: list[str] = []
    expanded = expand(values, is_used=draft.uses, problems=unset)
    finished = _checked(expanded, where=str(path), problems=unset)
    return WrittenRecipe(finished, tomli_w.dumps(_as_written(asdict(finished), values)))


def recipe_variables(recipe: str | Path) -> dict[str, str]:
    """Return the environment variables that a recipe names and that are set, with their values.

    Raises:
        ConfigError: the file is missing or not TOML.
    """
    return variables_in(_read_values(recipe_file(recipe)))


def recipe_from_dict(values: Mapping[str, Any], *, where: str = "recipe") -> Recipe:
    """Make a recipe of nested dictionaries; environment variables keep their names.

    Raises:
        ConfigError: unknown keys, wrong types or values out of range; one message names all
            problems, after `where`.
    """
    return _checked(values, where=where, problems=[])


def to_toml(recipe: Recipe) -> str:
    """Return the whole recipe as TOML that `read_recipe` reads back."""
    return tomli_w.dumps(asdict(recipe))


def _read_values(path: Path) -> dict[str, Any]:
    advice = "expected a recipe in TOML, as docs/recipes.md describes it"
    return read_toml(path, dict[str, Any], advice=advice, error=ConfigError)


def _apply(values: dict[str, Any], change: str) -> None:
    """Change one of the values that were read."""
    key, equals, text = change.partition("=")
    section, dot, name = key.strip().partition(".")
    if not (equals and dot and section and name):
        raise ConfigError(
            f"--set (changes= in Python) {quoted(change)}: expected section.key=value, as in "
            "training.epochs=3"
        )
    target = values.setdefault(section, {})
    if not isinstance(target, dict):
        raise ConfigError(
            f"--set (changes= in Python) {quoted(change)}: {section} is not a section"
        )
    try:
        value = parse_toml(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    default = getattr(getattr(Recipe(), section, None), name, None)
    if isinstance(default, str) and type(value) in {int, float, date, datetime, time}:
        value = text.strip()  # a file whose name is a number or a date
    target[name] = value


def _checked(values: Mapping[str, Any], *, where: str, problems: Sequence[str]) -> Recipe:
    """Build a recipe; raise one error for what is wrong with it and for `problems`."""
    recipe, wrong = build_recipe(values)
    all_problems = [*wrong.keys_and_types, *problems, *wrong.ranges]
    if not wrong.keys_and_types:
        all_problems += contradictions(recipe)
    if all_problems:
        raise ConfigError(f"{where}: " + "; ".join(all_problems))
    return recipe


def _as_written(value: Any, given: Any) -> Any:
    """Return a value of a recipe with the strings that the file gave for it."""
    if isinstance(given, str):
        return given
    if isinstance(value, dict) and isinstance(given, dict):
        return {
            key: _as_written(inner, given[key]) if key in given else inner
            for key, inner in value.items()
        }
    if isinstance(given, list):
        return [_as_written(*pair) for pair in zip(value, given, strict=True)]
    return value
