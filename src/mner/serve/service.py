"""The answers to requests that tag: from the body to the objects that `mner tag` writes."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from mner.errors import InputError, quoted
from mner.posts.records import record_of
from mner.serve.bodies import Bodies, Held
from mner.serve.door import NOTE
from mner.serve.limits import Limits
from mner.serve.metrics import Metrics
from mner.serve.models import Models, ServedModel
from mner.serve.posts import TagRequest, Wishes, read_batch, read_one
from mner.serve.problems import Problem, overloaded
from mner.serve.queues import results_of
from mner.tagging.explain import Explained
from mner.tagging.explanation import attention_of, explanation_of
from mner.types import PictureBytes, Post

__all__ = ["Fetch", "TagService"]

Fetch: TypeAlias = Callable[[str], bytes]
_Read: TypeAlias = Callable[[bytes, str, Limits], TagRequest]

_SMALL_BODY = 50_000
"""Bytes that are read in less time than it takes to ask another thread."""
_MOST_FETCHES = 8
"""Pictures that are fetched at the same time."""


@dataclass
class TagService:
    """Answers the requests that tag posts."""

    models: Models
    limits: Limits
    metrics: Metrics
    fetch: Fetch | None = None
    """Gets what is at a URL; None where no URL is followed."""
    logs_texts: bool = False
    bodies: Bodies = field(init=False)
    _fetching: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self.bodies = Bodies(self.limits)
        self._fetching = asyncio.Semaphore(_MOST_FETCHES)

    async def one(self, request: Request) -> Response:
        """Tag one post; the answer is the object that a line of `mner tag` is."""
        (line,) = await self._lines(request, read_one)
        return Response(line, media_type="application/json")

    async def batch(self, request: Request) -> Response:
        """Tag several posts."""
        lines = await self._lines(request, read_batch)
        return Response(f'{{"posts": [{", ".join(lines)}]}}', media_type="application/json")

    async def _lines(self, request: Request, read: _Read) -> list[str]:
        async with self.bodies.read(request) as held:
            body, content_type = bytes(held.body), request.headers.get("content-type", "")
            if len(body) <= _SMALL_BODY:
                asked = read(body, content_type, self.limits)
            else:
                asked = await asyncio.to_thread(read, body, content_type, self.limits)
            results = await self.tagged(request, asked, held)
            if asked.wishes.explain:
                return await asyncio.to_thread(_lines, results, asked.wishes)
            return _lines(results, asked.wishes)

    async def tagged(self, request: Request, asked: TagRequest, held: Held) -> list[Explained]:
        """Tag the posts of a request, whose body is held.

        Raises:
            Problem: the model is not served, or a post or its picture cannot be answered.
        """
        self.known(asked.model)
        self._require_ocr(asked.wishes)
        posts = await self._with_pictures(asked.posts, held)
        # The model is looked up again, since it may have been loaded again meanwhile.
        model = self.known(asked.model)
        self._note(request, model, posts)
        results = await results_of(model, posts, asked.wishes, seconds=self.limits.seconds)
        self.metrics.tagged(model.name, len(posts))
        return results

    def known(self, name: str | None) -> ServedModel:
        """Return a model by its name, or the first.

        Raises:
            Problem: there is none of this name.
        """
        model = self.models.get(name)
        if model is None:
            names = ", ".join(model.name for model in self.models.served)
            raise Problem(422, f"model {quoted(name)} is not served: expected one of {names}")
        return model

    def _require_ocr(self, wishes: Wishes) -> None:
        if wishes.ocr and not self.models.words.can_be_read:
            raise Problem(422, "`ocr` needs a service with the extra: pip install 'mner[ocr]'")

    def _note(self, request: Request, model: ServedModel, posts: Sequence[Post]) -> None:
        """Leave for the log what is tagged."""
        note = request.scope[NOTE]
        note.model, note.posts = model.name, note.posts + len(posts)
        if self.logs_texts:
            note.texts += tuple(post.text or " ".join(post.tokens) for post in posts)

    async def _with_pictures(self, posts: Sequence[Post], held: Held) -> list[Post]:
        """Fetch the pictures that are URLs, several at once; the first failure ends all."""
        if not any(_is_url(picture) for post in posts for picture in post.pictures):
            return list(posts)
        if self.fetch is None:
            raise Problem(422, "`picture_url` is followed only by a service with --allow-urls")
        fetch = partial(self._fetched, held, self.fetch)
        try:
            async with asyncio.timeout(self.limits.seconds), asyncio.TaskGroup() as group:
                tasks = [group.create_task(fetch(*numbered)) for numbered in enumerate(posts)]
        except TimeoutError as exc:
            raise overloaded(f"fetching took longer than {self.limits.seconds:g} s") from exc
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _fetched(self, held: Held, fetch: Fetch, position: int, post: Post) -> Post:
        """Return a post with the contents of its pictures."""
        pictures: list[str] = []
        for picture in post.pictures:
            if not _is_url(picture):
                pictures.append(picture)
                continue
            async with self._fetching:
                try:
                    content = await asyncio.to_thread(fetch, picture)
                except InputError as exc:
                    problem = f"the picture cannot be fetched: {exc}"
                    raise Problem(422, problem, post=position) from exc
            held.hold(len(content))
            pictures.append(PictureBytes(str(picture), content))
        return post.with_pictures(pictures)


def _is_url(picture: str) -> bool:
    return not isinstance(picture, PictureBytes)


def _lines(results: Iterable[Explained], wishes: Wishes) -> list[str]:
    return [_line(result, wishes) for result in results]


def _line(result: Explained, wishes: Wishes) -> str:
    """Return the object of a post; pictures without names are not named in it."""
    post = result.tagged.post
    post = post if any(post.pictures) else post.with_pictures(())
    explanation = None
    if wishes.explain:
        explanation = explanation_of(result) | {"where": attention_of(result)}
    return record_of(post, explanation=explanation).rstrip("\n")
