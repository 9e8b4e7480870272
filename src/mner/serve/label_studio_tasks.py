"""The requests of Label Studio: tasks as posts, as the labelling interface shows them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from mner.errors import InputError
from mner.posts.raw import raw_post
from mner.serve.label_studio_config import Interface, read_interface
from mner.serve.limits import Limits
from mner.serve.pictures import picture_bytes, picture_url
from mner.serve.posts import decoded
from mner.serve.problems import Problem
from mner.types import PictureBytes, Post

__all__ = ["Tasks", "read_setup", "read_tasks"]


@dataclass(slots=True)
class Tasks:
    """The tasks of a request."""

    interface: Interface
    posts: list[Post] = field(default_factory=list)
    """Task by task, a post for each text that the interface shows, or one without a text."""
    left_out: Counter[str] = field(default_factory=Counter)
    """What could not be used of the tasks, and how often."""

    @property
    def posts_a_task(self) -> int:
        """The number of posts that a task is."""
        return max(1, len(self.interface.text_fields))


class _Task(msgspec.Struct):
    data: dict[str, Any]


class _PredictBody(msgspec.Struct):
    tasks: list[_Task]
    label_config: str


class _SetupBody(msgspec.Struct):
    schema: str


def read_setup(body: bytes) -> Interface:
    """Return the labelling interface of a project that asks whether the service fits it.

    Raises:
        Problem: the request is no JSON, or its interface cannot be read.
    """
    return _interface(decoded(body, _SetupBody).schema)


def read_tasks(body: bytes, limits: Limits, *, follows_urls: bool) -> Tasks:
    """Return the tasks for which predictions are wanted.

    A text that is missing, no string, or too long has no words. A picture is a `data:` URL, or an
    http or https URL where these are followed; any other, such as a path of Label Studio's own
    server, is left out. `Tasks.left_out` counts both.

    Args:
        body: of the request.
        limits: how long a text may be.
        follows_urls: whether pictures are fetched.

    Raises:
        Problem: the request is no JSON, or its interface cannot be read.
    """
    given = decoded(body, _PredictBody)
    tasks = Tasks(_interface(given.label_config))
    reader = _Reader(limits, follows_urls, tasks.left_out)
    names = tasks.interface.text_fields or (None,)
    for number, task in enumerate(given.tasks):
        picture = reader.picture(task.data, tasks.interface.picture)
        for name in names:
            tasks.posts.append(reader.post(str(number), task.data, name, picture))
    return tasks


@dataclass(frozen=True, slots=True)
class _Reader:
    limits: Limits
    follows_urls: bool
    left_out: Counter[str]

    def post(
        self, identity: str, data: Mapping[str, Any], name: str | None, picture: str | None
    ) -> Post:
        text = "" if name is None else data.get(name)
        post = self._text_post(identity, text)
        # The name of a picture is empty, so whether there is one is not asked for by its truth.
        return post if picture is None else replace(post, picture=picture)

    def _text_post(self, identity: str, text: object) -> Post:
        if not isinstance(text, str):
            self.left_out["texts that are no string"] += 1
            return raw_post(identity, "")
        if len(text) > self.limits.text:
            self.left_out[f"texts of more than {self.limits.text} characters"] += 1
            return raw_post(identity, "")
        return raw_post(identity, text)

    def picture(self, data: Mapping[str, Any], name: str | None) -> str | None:
        value = data.get(name) if name else None
        if not value:
            return None
        is_inside = isinstance(value, str) and value.startswith("data:")
        is_url = isinstance(value, str) and value.lower().startswith(("http://", "https://"))
        if not is_inside and not is_url:
            self.left_out["pictures that are neither data: URLs nor http or https URLs"] += 1
            return None
        if is_url and not self.follows_urls:
            self.left_out["pictures at URLs, which --allow-urls follows"] += 1
            return None
        try:
            return PictureBytes("", picture_bytes(value)) if is_inside else picture_url(value)
        except InputError:
            self.left_out["pictures whose URLs cannot be read"] += 1
            return None


def _interface(config: str) -> Interface:
    try:
        return read_interface(config)
    except InputError as exc:
        raise Problem(422, str(exc)) from exc
