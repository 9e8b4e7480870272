"""What to train and to score, and the command that does the same again."""

import json
import re
import shlex
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mner.files.load import parse_toml
from mner.graphs.devices import Device
from mner.recipe.read import read_recipe, read_written, recipe_variables
from mner.recipe.sections import Recipe
from mner.runs.results import Origin

__all__ = ["Plan", "command_of", "origin_of"]

_VARIABLE_PATH = re.compile(r"([\w.]+=)?\$[\w@%+=:,./-]+")
"""A path that begins with a variable, as a shell reads it; it needs no quotes in commands."""


@dataclass(frozen=True)
class Plan:
    """What to train and to score."""

    recipe: Path
    runs: Mapping[int, Path]
    """The folder of each seed's run."""
    changes: Sequence[str] = ()
    """Changes of the recipe, `section.key=value`."""
    test: Path | None = None
    """Tagged posts that are scored once all runs are trained.

    They are read as the posts of the recipe are, with captions or pictures from the same sources.
    """
    name: str = ""
    """Name of the system in the results; the name of the recipe if empty."""
    device: Device = "auto"
    """Where the runs are trained."""
    out: Path | None = None
    """The value of `--out` in the command of the results; None for the default of `mner train`."""

    def of_seed(self, seed: int) -> Recipe:
        """Return the recipe of one run."""
        return read_recipe(self.recipe, changes=[*self.changes, f"training.seed={seed}"])


def origin_of(plan: Plan) -> Origin:
    """Return how the results of a plan are made again."""
    variables = recipe_variables(plan.recipe)
    changes = [_portable_change(change, variables) for change in plan.changes]
    return Origin(
        name=plan.name or plan.recipe.stem,
        command=command_of(plan, variables),
        recipe=read_written(plan.recipe, changes=[*changes, "training.seed=0"]).text,
    )


def command_of(plan: Plan, variables: Mapping[str, str]) -> str:
    """Return the command that makes the results of a plan again.

    A path in the folder of one of the environment variables begins with the name of the variable.
    """
    words = ["mner", "train", _portable(plan.recipe, variables)]
    for change in plan.changes:
        words += ["--set", _portable_change(change, variables)]
    words += ["--seeds", str(len(plan.runs))]
    if plan.out is not None and plan.out != Path("runs") / plan.recipe.stem:
        words += ["--out", _portable(plan.out, variables)]
    if plan.test:
        words += ["--test", _portable(plan.test, variables)]
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    return word if _VARIABLE_PATH.fullmatch(word) else shlex.quote(word)


def _portable(path: str | Path, variables: Mapping[str, str]) -> str:
    """Return a path; if it begins with the value of a variable, it begins with its name instead."""
    path = str(path)
    for name, value in variables.items():
        folder = value.rstrip("/")
        if path == value or path.startswith(f"{folder}/"):
            return f"${name}{path.removeprefix(folder)}"
    return path


def _portable_change(change: str, variables: Mapping[str, str]) -> str:
    """Return `section.key=value` with its path, or its list of paths, as `_portable` has them.

    The shell that gave a change has put the values of variables in place of their names.
    """
    key, equals, text = change.partition("=")
    if '"' not in text:
        return f"{key}{equals}{_portable(text, variables)}"
    try:
        value = parse_toml(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return change
    if isinstance(value, str):
        return f"{key}{equals}{json.dumps(_portable(value, variables), ensure_ascii=False)}"
    if isinstance(value, list) and all(isinstance(path, str) for path in value):
        paths = [_portable(path, variables) for path in value]
        return f"{key}{equals}{json.dumps(paths, ensure_ascii=False)}"
    return change
