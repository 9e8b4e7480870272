"""The description of the HTTP API (OpenAPI) as people read it: a table for each operation."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Key", "Operation", "operations"]


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a JSON object."""

    name: str
    kind: str
    """The types of its value, in words."""
    is_required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One address with one method."""

    method: str
    path: str
    summary: str
    asked: tuple[Key, ...]
    """The keys of the body; empty for an operation without a body."""
    answered: tuple[Key, ...]
    example: str
    """A body, as JSON; empty for an operation without a body."""
    answers: tuple[tuple[str, str], ...]
    """Status and meaning."""


def operations(described: Mapping[str, Any]) -> list[Operation]:
    """Return the operations of a description, in its order."""
    return [
        _operation(described, method.upper(), path, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]


def _operation(
    described: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]
) -> Operation:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    answers = operation["responses"]
    answered = answers["200"]["content"]["application/json"]["schema"]
    example = body.get("example")
    return Operation(
        method,
        path,
        operation.get("description") or operation["summary"],
        tuple(_keys(described, body.get("schema", {}))),
        tuple(_keys(described, answered)),
        "" if example is None else json.dumps(example, indent=2, ensure_ascii=False),
        tuple((status, answer["description"]) for status, answer in answers.items()),
    )


def _keys(described: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Key]:
    schema = _resolved(described, schema)
    for name, value in schema.get("properties", {}).items():
        yield Key(
            name,
            _kind(described, value),
            name in schema.get("required", ()),
            value.get("description", ""),
        )


def _resolved(described: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    name = schema["$ref"].rpartition("/")[2]
    found: Mapping[str, Any] = described["components"]["schemas"][name]
    return found


def _kind(described: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Return the types of a value in words, such as `list of strings`."""
    schema = _resolved(described, schema)
    if "enum" in schema:
        return " or ".join(map(json.dumps, schema["enum"]))
    types = schema.get("type", "any")
    names = [types] if isinstance(types, str) else [name for name in types if name != "null"]
    words = [_list_of(described, schema) if name == "array" else str(name) for name in names]
    return " or ".join(words)


def _list_of(described: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    kind = _kind(described, schema.get("items", {}))
    if kind.startswith("list of "):
        return f"list of {kind.replace('list', 'lists', 1)}"
    return f"list of {kind}s"
