"""The JSON Schema of a tagged post, a line of the JSONL that `mner tag` writes."""

import json
from importlib.resources import files
from typing import Any

__all__ = ["post_schema"]


def post_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12), which is also the file `mner/posts/post.schema.json`.

    What is promised of it stands in docs/formats.md.
    """
    text = files("mner.posts").joinpath("post.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
