"""The reference of all keys of a recipe, as Markdown."""

import ast
import inspect
import json
from dataclasses import MISSING, Field, fields
from itertools import pairwise
from typing import Any, get_origin, get_type_hints

from mner.recipe.fields import choices_of, range_of, table_of
from mner.recipe.sections import Recipe

__all__ = ["reference"]

_ABOUT = """A recipe is a TOML file. Every key has a default; unknown keys are errors.
`mner train RECIPE --set section.key=value` changes one value."""


def reference() -> str:
    """Return every section and key with its meaning, its values and its default."""
    parts = [f"# Recipes\n\n{_ABOUT}\n"]
    for name, section in get_type_hints(Recipe).items():
        parts.append(_section(f"[{name}]", section))
        for key, hint in get_type_hints(section).items():
            table = table_of(hint)
            if table is not None:
                parts.append(_section(f"[[{name}.{key}]]", table))
    return "\n".join(parts)


def _section(heading: str, section: type[Any]) -> str:
    meanings, hints = _meanings(section), get_type_hints(section, include_extras=True)
    lines = [
        f"## {heading}\n\n{inspect.getdoc(section)}\n",
        "| key | default | meaning |",
        "|---|---|---|",
    ]
    for key in fields(section):
        meaning = f"{meanings[key.name]}{_values(hints[key.name])}"
        lines.append(f"| `{key.name}` | `{json.dumps(_default(key))}` | {meaning} |")
    return "\n".join([*lines, ""])


def _meanings(section: type[Any]) -> dict[str, str]:
    """Return the string that stands under each field of a section."""
    (definition,) = ast.parse(inspect.getsource(section)).body
    assert isinstance(definition, ast.ClassDef)
    meanings = {}
    for statement, following in pairwise(definition.body):
        if isinstance(statement, ast.AnnAssign) and isinstance(following, ast.Expr):
            assert isinstance(statement.target, ast.Name)
            meanings[statement.target.id] = " ".join(ast.literal_eval(following.value).split())
    return meanings


def _values(hint: Any) -> str:
    """Return a sentence, with a blank before it, on the values that a key takes."""
    if choices := choices_of(hint):
        names = ", ".join(f"`{choice}`" for choice in choices)
        return f" {'Any' if get_origin(hint) is tuple else 'One'} of {names}."
    if words := range_of(hint):
        return f" {words[0].upper()}{words[1:]}."
    return ""


def _default(key: Field[Any]) -> Any:
    return key.default if key.default_factory is MISSING else key.default_factory()
