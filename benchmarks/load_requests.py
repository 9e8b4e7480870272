"""Requests made of real posts, half of them with their picture."""

import base64
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.load_client import request_bytes
from mner import read_posts
from mner.types import PictureBytes, Post

__all__ = ["batch_requests", "mixed_posts", "single_requests", "text_posts"]

_JSON = "application/json"


def text_posts() -> list[Post]:
    """Return the posts of `$MNER_DATA/posts` without their pictures."""
    return [replace(post, picture=None) for post in read_posts(_folder() / "posts.jsonl")]


def mixed_posts() -> list[Post]:
    """Return the same posts, each second one with the bytes of its picture."""
    posts = list(read_posts(_folder() / "posts.jsonl"))
    return [
        replace(post, picture=_picture(post) if number % 2 else None)
        for number, post in enumerate(posts)
    ]


def single_requests(posts: Sequence[Post]) -> list[bytes]:
    """Return a request to /v1/tag for each post, its picture as base64."""
    return [request_bytes("/v1/tag", _JSON, json.dumps(_body(post)).encode()) for post in posts]


def batch_requests(posts: Sequence[Post], size: int) -> list[bytes]:
    """Return requests to /v1/tag/batch of some posts each."""
    bodies = [_body(post) for post in posts]
    return [
        request_bytes(
            "/v1/tag/batch", _JSON, json.dumps({"posts": bodies[start : start + size]}).encode()
        )
        for start in range(0, len(bodies) - size + 1, size)
    ]


def _folder() -> Path:
    return Path(os.environ["MNER_DATA"]) / "posts"


def _picture(post: Post) -> PictureBytes:
    name = str(post.picture)
    return PictureBytes(name, (_folder() / name).read_bytes())


def _body(post: Post) -> dict[str, str]:
    body = {"text": post.text or " ".join(post.tokens)}
    if isinstance(post.picture, PictureBytes):
        body["picture"] = base64.b64encode(post.picture.content).decode()
    return body
