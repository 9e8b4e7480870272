"""Dataclasses as the sections of a TOML file: read with all problems at once, written, and described in Markdown."""

import ast
import inspect
import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, fields, is_dataclass
from itertools import pairwise
from typing import Any, Literal, get_args, get_origin, get_type_hints

__all__ = ["build_section", "describe_sections", "sections_to_toml"]


def build_section(
    kind: type[Any], values: Mapping[str, Any], *, problems: list[str], prefix: str = ""
) -> Any:
    """Make a dataclass of nested dictionaries; what is wrong with them is added to `problems`, with keys that begin with `prefix`."""
    hints = get_type_hints(kind)
    known = {one.name for one in fields(kind)}
    problems += [
        f"unknown key {prefix}{name} (there are: {', '.join(sorted(known))})"
        for name in values
        if name not in known
    ]
    chosen = {}
    for name, value in values.items():
        if name not in known:
            continue
        if is_dataclass(hints[name]) and isinstance(value, Mapping):
            chosen[name] = build_section(
                hints[name], value, prefix=f"{prefix}{name}.", problems=problems
            )
            continue
        if (
            _is_list_of_tables(hints[name])
            and isinstance(value, list)
            and all(isinstance(one, Mapping) for one in value)
        ):
            (kind_of_one, _) = get_args(hints[name])
            chosen[name] = tuple(
                build_section(
                    kind_of_one, one, prefix=f"{prefix}{name}[{place}].", problems=problems
                )
                for place, one in enumerate(value)
            )
            continue
        try:
            chosen[name] = _convert(hints[name], value)
        except ValueError as exc:
            problems.append(f"{prefix}{name}: expected {exc}, got {value!r}")
    return kind(**chosen)


def sections_to_toml(whole: Any) -> str:
    """A dataclass of sections as TOML."""
    lines: list[str] = []
    for section, values in asdict(whole).items():
        lines += [
            f"[{section}]",
            *(f"{key} = {_toml_value(value)}" for key, value in values.items()),
            "",
        ]
    return "\n".join(lines)


def describe_sections(whole: type[Any]) -> str:
    """Each section of a dataclass of sections with its keys, their meanings and defaults, as Markdown; the line under a field is its meaning."""
    parts = []
    for section, kind in get_type_hints(whole).items():
        parts.append(_section_reference(f"[{section}]", kind))
        tables = {
            name: get_args(hint)[0]
            for name, hint in get_type_hints(kind).items()
            if _is_list_of_tables(hint)
        }
        parts += [
            _section_reference(f"[[{section}.{name}]]", table) for name, table in tables.items()
        ]
    return "\n".join(parts)


def _is_list_of_tables(hint: Any) -> bool:
    return get_origin(hint) is tuple and is_dataclass(get_args(hint)[0])


def _convert(hint: Any, value: Any) -> Any:
    """The value as the field's type; a ValueError says what was expected."""
    if is_dataclass(hint):
        raise ValueError("a section")
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise ValueError("one of " + ", ".join(map(str, get_args(hint))))
        return value
    if get_origin(hint) is tuple:
        element = get_args(hint)[0]
        if not isinstance(value, list | tuple) or is_dataclass(element):
            raise ValueError(
                "a list of "
                + ("tables" if is_dataclass(element) else getattr(element, "__name__", "names"))
            )
        return tuple(_convert(element, one) for one in value)
    if get_origin(hint) is Mapping:
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            raise ValueError("a table of strings")
        return value
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise ValueError(
            {
                "str": "a string",
                "int": "a whole number",
                "float": "a number",
                "bool": "true or false",
            }[hint.__name__]
        )
    return value


def _section_reference(heading: str, kind: type) -> str:
    docs, hints = _field_docs(kind), get_type_hints(kind)
    rows = [
        f"| `{one.name}` | `{_toml_value(_default(one))}` | {docs[one.name]}{_choices(hints[one.name])} |"
        for one in fields(kind)
    ]
    return "\n".join(
        [
            f"## {heading}\n\n{inspect.getdoc(kind)}\n",
            "| key | default | meaning |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _default(one: Field[Any]) -> Any:
    return one.default if one.default_factory is MISSING else one.default_factory()


def _field_docs(section: type) -> dict[str, str]:
    """For each field of a section the line that stands under it."""
    (definition,) = ast.parse(inspect.getsource(section)).body
    assert isinstance(definition, ast.ClassDef)
    return {
        statement.target.id: str(ast.literal_eval(following.value))
        for statement, following in pairwise(definition.body)
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and isinstance(following, ast.Expr)
    }


def _choices(hint: Any) -> str:
    if get_origin(hint) is tuple and get_origin(get_args(hint)[0]) is Literal:
        return _choices(get_args(hint)[0]).replace("One", "Any", 1)
    return (
        " One of " + ", ".join(f"`{choice}`" for choice in get_args(hint)) + "."
        if get_origin(hint) is Literal
        else ""
    )


def _toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _toml_string(value)
    if isinstance(value, Mapping):
        return (
            "{"
            + ", ".join(f"{_toml_string(key)} = {_toml_value(one)}" for key, one in value.items())
            + "}"
        )
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    return repr(value)


def _toml_string(text: str) -> str:
    """As JSON, but for DEL, which TOML wants escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
