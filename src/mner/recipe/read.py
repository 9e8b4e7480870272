"""Reading recipes from TOML, checked as a whole, and writing them."""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from importlib.resources import files
from pathlib import Path
from typing import Any

from mner.errors import ConfigError
from mner.recipe.checks import contradictions
from mner.recipe.schema import build_section, describe_sections, sections_to_toml
from mner.recipe.sections import Recipe

__all__ = ["read_recipe", "recipe_file", "recipe_from_dict", "reference", "to_toml"]

_PACKAGED = Path(str(files("mner") / "recipes"))


def recipe_file(recipe: str | Path) -> Path:
    """Return the file of a recipe that is given by its path, or by the name of one that comes with `mner`.

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
    """Read a recipe, named as for `recipe_file`, and apply changes of the form `section.key=value` (a TOML value, or a bare string).

    Raises:
        ConfigError: the file is missing or no TOML, an environment variable is not set, or keys or values are wrong; all problems at once.
    """
    path = recipe_file(recipe)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as exc:
        raise ConfigError(f"{path}: cannot read the recipe ({exc.strerror})") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{path}: not TOML: {exc}") from exc
    for change in changes:
        _apply(values, change)
    return recipe_from_dict(
        {name: _expand(section, str(path)) for name, section in values.items()}, where=str(path)
    )


def recipe_from_dict(values: Mapping[str, Any], *, where: str = "recipe") -> Recipe:
    """Make a recipe of nested dictionaries.

    Raises:
        ConfigError: unknown keys, wrong types or values out of range; all of them in one message.
    """
    problems: list[str] = []
    recipe: Recipe = build_section(Recipe, values, problems=problems)
    if not problems:
        problems = list(contradictions(recipe))
    if problems:
        raise ConfigError(f"{where}: " + "; ".join(problems))
    return recipe


def to_toml(recipe: Recipe) -> str:
    """The whole recipe as TOML that `read_recipe` reads back."""
    return sections_to_toml(recipe)


def reference() -> str:
    """Every section and key with its meaning and default, as Markdown."""
    about = "A recipe is a TOML file; every key has a default. Unknown keys are errors. `mner train RECIPE --set section.key=value` changes one."
    return f"# Recipes\n\n{about}\n\n{describe_sections(Recipe)}"


def _apply(values: dict[str, Any], change: str) -> None:
    key, equals, text = change.partition("=")
    section, dot, name = key.strip().partition(".")
    if not (equals and dot and section and name):
        raise ConfigError(f"--set {change}: expected section.key=value, as in training.epochs=3")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    if isinstance(getattr(getattr(Recipe(), section, None), name, None), str) and type(value) in (
        int,
        float,
        date,
        datetime,
        time,
    ):
        value = text.strip()  # a file of such a name
    target = values.setdefault(section, {})
    if not isinstance(target, dict):
        raise ConfigError(f"--set {change}: {section} is not a section")
    target[name] = value


def _expand(value: Any, where: str) -> Any:
    """Put the values of environment variables for their names, in all strings of a TOML value; `where` names it in errors."""
    if isinstance(value, dict):
        return {key: _expand(one, f"{where}: {key}") for key, one in value.items()}
    if isinstance(value, list):
        return [_expand(one, where) for one in value]
    if not isinstance(value, str):
        return value
    names = (
        name.strip("{}") for name in re.findall(r"\$(\w+|\{[^}]*\})", value, re.ASCII)
    )  # as expandvars finds them
    if unset := [name for name in names if name not in os.environ]:
        raise ConfigError(
            f"{where} = {value!r}: the environment variable {unset[0]} is not set; set it, or name the path by --set"
        )
    return os.path.expandvars(value)
