"""The description of the HTTP API for programs (OpenAPI 3.1)."""

from collections.abc import Sequence
from typing import Any

from mner.posts.bounds import MOST_PICTURES
from mner.posts.schema import post_schema
from mner.serve.limits import Limits

__all__ = ["BATCH_EXAMPLE", "ONE_EXAMPLE", "components", "described"]

ONE_EXAMPLE: dict[str, Any] = {"text": "RT @ann: landed in Lisbon at last #travel"}
BATCH_EXAMPLE: dict[str, Any] = {
    "posts": [
        {"id": "a", "text": "saw Ann in Rome"},
        {"id": "b", "tokens": ["so", "far", "from", "Oslo"]},
    ]
}

_STRING: dict[str, Any] = {"type": "string"}
_OPTIONAL: dict[str, Any] = {"type": ["string", "null"]}
_MODEL = "Name of a model of `/v1/models`; the first if not given."
_WISHES: dict[str, Any] = {
    "explain": {
        "type": ["boolean", "null"],
        "description": "Also say what the picture had to do with each entity, and where each word "
        "looked: the key `explanation` of the answer.",
    },
    "ocr": {
        "type": ["boolean", "null"],
        "description": "Also find the names that are written in the picture: the key "
        "`picture_entities`. For a service with the extra `ocr`, as `/v1/models` says.",
    },
    "min_probability": {
        "type": ["number", "null"],
        "minimum": 0,
        "maximum": 1,
        "description": "Leave out entities that are less probable.",
    },
}
"""What is said once for all posts of a request, beside the model."""
_URL = "^[hH][tT][tT][pP][sS]?://"
_ESCAPED = (
    r'\\(["\\/bfnrt]|u([0-9a-ce-fA-CE-F][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2}'
    r"|[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}))"
)
_WORD = rf'"([^"\\\x00-\x1f]|{_ESCAPED})+"'
_WORDS = rf"^(\[({_WORD}(, ?{_WORD})*)?\])?$"
"""A JSON list of strings, or nothing."""
_BASE64 = "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
_POST: dict[str, Any] = {
    "id": {
        "type": ["string", "integer", "null"],
        "minLength": 1,
        "maxLength": 255,
        "minimum": -(2**63),
        "maximum": 2**63 - 1,
        "description": "The number of the post if not given.",
    },
    "text": _OPTIONAL | {"description": "A raw text, which is cut into tokens."},
    "tokens": {
        "type": ["array", "null"],
        "items": _STRING | {"minLength": 1},
        "description": "The words, if they are known.",
    },
    "offsets": {
        "type": ["array", "null"],
        "items": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
        "description": "Start and end of each token in `text`, in code points.",
    },
    "caption": _OPTIONAL | {"description": "For a model that looks at captions."},
}
_PICTURE: dict[str, Any] = {
    "picture": _OPTIONAL
    | {
        "pattern": f"^(data:[^,]*;base64,)?{_BASE64}$",
        "description": "A picture file as base64, or as a data: URL.",
    },
    "picture_name": _OPTIONAL
    | {"maxLength": 255, "description": "What the answer calls the picture."},
    "picture_url": _OPTIONAL
    | {
        "pattern": _URL,
        "maxLength": 4_000,
        "description": "For a service with --allow-urls.",
    },
}
_SEVERAL = {
    "type": ["array", "null"],
    "maxItems": MOST_PICTURES,
    "description": "Several pictures, in place of one.",
}


def described(operation: str) -> dict[str, Any]:
    """Return what is said of an operation: `tag`, `batch` or `models`."""
    answers: dict[str, dict[str, Any]] = {
        "tag": {"schema": _reference("TaggedPost")},
        "batch": {"schema": _reference("TaggedPosts")},
        "models": {"schema": _reference("Models")},
    }
    description: dict[str, Any] = {
        "security": [{"token": []}, {}],  # the token, or none where the service has none
        "responses": {
            "200": {"description": "The answer.", "content": _json(answers[operation])},
            "4XX": _problem("The request cannot be answered."),
            "503": _problem("Too much to do at the moment: try again after Retry-After seconds."),
        },
    }
    if operation == "tag":
        form = {"schema": _reference("FormToTag")}
        one = _json({"schema": _reference("PostToTag"), "example": ONE_EXAMPLE})
        content = one | {"multipart/form-data": form}
        description["requestBody"] = {"required": True, "content": content}
    if operation == "batch":
        content = _json({"schema": _reference("PostsToTag"), "example": BATCH_EXAMPLE})
        description["requestBody"] = {"required": True, "content": content}
    return description


def components(models: Sequence[str], limits: Limits) -> dict[str, Any]:
    """Return the schemas that operations refer to; that of tagged posts is the one of the JSONL.

    Args:
        models: the names of the models that are served.
        limits: those of the service.
    """
    tagged = _moved(post_schema())
    parts = {_title(name): part for name, part in tagged.pop("$defs").items()}
    tagged.pop("$schema")
    picture = _object(_PICTURE) | {
        "anyOf": [
            {"required": [name], "properties": {name: _STRING}}
            for name in ("picture", "picture_url")
        ],
        "allOf": [_needs("picture_name", "string", {"picture": _STRING})],
    }
    post = _POST | _PICTURE | {"pictures": _SEVERAL | {"items": picture}}
    wishes = {"model": _OPTIONAL | {"enum": [*models, None], "description": _MODEL}} | _WISHES
    posts = {"type": "array", "items": _object(post) | _has_words(), "maxItems": limits.posts}
    schemas = {
        "PostToTag": _object(post | wishes) | _has_words(),
        "FormToTag": _form(models),
        "PostsToTag": _object({"posts": posts} | wishes, required=["posts"])
        | _fewer_where_slow(limits),
        "TaggedPost": tagged,
        "TaggedPosts": {
            "type": "object",
            "required": ["posts"],
            "properties": {"posts": {"type": "array", "items": _reference("TaggedPost")}},
        },
        "Models": _listed(),
        "Problem": {
            "type": "object",
            "required": ["type", "title", "status", "detail"],
            "properties": {
                "type": _STRING,
                "title": _STRING,
                "status": {"type": "integer"},
                "detail": _STRING,
                "post": {"type": "integer", "description": "Position of the post that is wrong."},
            },
        },
    }
    return {
        "schemas": schemas | parts,
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    }


def _form(models: Sequence[str]) -> dict[str, Any]:
    """Return the fields of a form; those that are empty count as not given."""
    form: dict[str, Any] = dict.fromkeys(("text", "caption"), _STRING)
    form |= {
        "id": _STRING | {"maxLength": 255},
        "picture_url": _STRING | {"pattern": f"{_URL}|^$", "maxLength": 4_000},
        "tokens": _STRING | {"pattern": _WORDS, "description": "A JSON list of strings."},
        "picture": _STRING | {"format": "binary", "description": "A picture file."},
        "pictures": {
            "type": "array",
            "maxItems": MOST_PICTURES,
            "items": _STRING | {"format": "binary"},
            "description": "Several picture files.",
        },
        "model": _STRING | {"enum": [*models, ""]},
        "explain": {"type": "boolean"},
        "ocr": {"type": "boolean"},
        "min_probability": {"type": "number", "minimum": 0, "maximum": 1},
    }
    return _object(form)


def _listed() -> dict[str, Any]:
    """Return what is said of the models."""
    model = {
        "name": _STRING,
        "fingerprint": _STRING,
        "labels": {"type": "array", "items": _STRING},
        "looks_at": {"enum": ["pictures", "captions", None]},
        "runtime": _STRING,
        "colours": {
            "type": "object",
            "additionalProperties": _STRING,
            "description": "The colour of each label on pages of mner.",
        },
    }
    bounds = {name: {"type": "integer"} for name in ("posts", "slow_posts", "text", "body_bytes")}
    return _object(
        {
            "models": {"type": "array", "items": _object(model)},
            "default": _STRING,
            "ocr": {
                "type": "boolean",
                "description": "Whether words in pictures can be read.",
            },
            "limits": _object(bounds),
        },
        required=["models", "default", "ocr", "limits"],
    )


def _has_words() -> dict[str, Any]:
    """Return what a post needs beside the right types."""
    tokens = {"tokens": {"type": "array"}}
    return {
        "anyOf": [
            {"required": ["text"], "properties": {"text": _STRING}},
            {"required": ["tokens"], "properties": tokens},
        ],
        "allOf": [
            _needs("picture_name", "string", {"picture": _STRING}),
            _needs("offsets", "array", {"text": _STRING} | tokens),
        ],
    }


def _needs(name: str, kind: str, others: dict[str, Any]) -> dict[str, Any]:
    """Return that a key, where it has a value of a kind, needs others."""
    given = {"required": [name], "properties": {name: {"type": kind}}}
    return {"if": given, "then": {"required": list(others), "properties": others}}


def _fewer_where_slow(limits: Limits) -> dict[str, Any]:
    """Return that a request has fewer posts where it wants what takes long."""
    is_slow = [
        {"required": [name], "properties": {name: {"const": True}}} for name in ("explain", "ocr")
    ]
    fewer = {"properties": {"posts": {"maxItems": limits.slow.posts}}}
    return {"if": {"anyOf": is_slow}, "then": fewer}


def _object(properties: dict[str, Any], *, required: list[str] | None = None) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": required} if required else {})


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(content: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": content}


def _problem(description: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": _reference("Problem")}}
    return {"description": description, "content": content}


def _title(name: str) -> str:
    return f"Post{name.title()}"


def _moved(schema: Any) -> Any:
    """Let references lead to where OpenAPI keeps schemas."""
    if isinstance(schema, list):
        return [_moved(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        return schema | _reference(_title(name))
    return {key: _moved(value) for key, value in schema.items()}
