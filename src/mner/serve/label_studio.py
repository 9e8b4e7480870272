"""The service as an ML backend of Label Studio, which asks it for predictions."""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from mner.serve.bodies import Held
from mner.serve.label_studio_results import prediction
from mner.serve.label_studio_tasks import Tasks, read_setup, read_tasks
from mner.serve.models import ServedModel
from mner.serve.posts import TagRequest, Wishes
from mner.serve.problems import Problem
from mner.serve.service import TagService
from mner.tagging.explain import Explained
from mner.types import Post

__all__ = ["add_label_studio"]

_LOG = logging.getLogger(__name__)


def add_label_studio(app: FastAPI, service: TagService) -> None:
    """Add the addresses that Label Studio calls; the first model answers."""
    backend = _Backend(service)
    for path, method, answer in (
        ("/health", "GET", backend.health),
        ("/setup", "POST", backend.setup),
        ("/versions", "GET", backend.versions),
        ("/predict", "POST", backend.predict),
        ("/webhook", "POST", backend.webhook),
    ):
        app.add_api_route(path, answer, methods=[method], include_in_schema=False)


@dataclass(frozen=True, slots=True)
class _Backend:
    service: TagService

    async def health(self, _request: Request) -> Response:
        """Say that there is a backend."""
        return _json({"status": "UP", "model_class": self.service.known(None).name})

    async def versions(self, _request: Request) -> Response:
        """List the only version of the model."""
        return _json({"versions": [_version(self.service.known(None))]})

    async def setup(self, request: Request) -> Response:
        """Say the version of the model, if the project has a label that the model knows."""
        async with self.service.bodies.read(request) as held:
            interface = read_setup(bytes(held.body))
        model = self.service.known(None)
        if not interface.knows_any(model.labels):
            problem = (
                f"the labelling interface has no label of model {model.name}, which finds "
                f"{', '.join(model.labels)}: expected Labels for a Text, or RectangleLabels for an "
                "Image, with values or predicted_values among these"
            )
            # Label Studio shows the status of an answer alone and sends people to this log.
            _LOG.warning("Label Studio: %s", problem)
            raise Problem(422, problem)
        return _json({"model_version": _version(model)})

    async def predict(self, request: Request) -> Response:
        """Tag the tasks of a project."""
        async with self.service.bodies.read(request) as held:
            tasks = await asyncio.to_thread(
                read_tasks,
                bytes(held.body),
                self.service.limits,
                follows_urls=self.service.fetch is not None,
            )
            version = _version(self.service.known(None))
            results = await self._results(request, tasks, held)
        for reason, count in tasks.left_out.items():
            _LOG.warning("Label Studio: left out %d %s", count, reason)
        tagged = [result.tagged for result in results]
        count = tasks.posts_a_task
        each_task = (tagged[start : start + count] for start in range(0, len(tagged), count))
        answers = [prediction(tasks.interface, found, version) for found in each_task]
        return _json({"results": answers})

    async def webhook(self, request: Request) -> Response:
        """Take notice of what happened in a project, which changes nothing here."""
        async with self.service.bodies.read(request):
            return _json({})

    async def _results(self, request: Request, tasks: Tasks, held: Held) -> list[Explained]:
        """Tag all tasks, since Label Studio asks for as many as people choose.

        Words in pictures are read for one task after the other, so that `Limits.seconds` holds for
        each. No more are read when Label Studio has stopped waiting.
        """
        has_boxes = bool(tasks.interface.boxes) and self.service.models.words.can_be_read
        ask = _Ask(self.service, request, held, Wishes(ocr=has_boxes))
        together = 1 if has_boxes else self.service.limits.posts
        results: list[Explained] = []
        for start in range(0, len(tasks.posts), together):
            if await request.is_disconnected():
                raise _gave_up(start, len(tasks.posts))
            posts = tasks.posts[start : start + together]
            try:
                results += await ask(posts)
            except Problem as problem:
                if problem.status != 422:
                    raise
                for post in posts:
                    results.append(await ask.alone(post, tasks.left_out))
        return results


@dataclass(frozen=True, slots=True)
class _Ask:
    """Tags posts of a request."""

    service: TagService
    request: Request
    held: Held
    wishes: Wishes

    async def __call__(self, posts: Sequence[Post]) -> list[Explained]:
        asked = TagRequest(tuple(posts), None, self.wishes)
        return await self.service.tagged(self.request, asked, self.held)

    async def alone(self, post: Post, left_out: Counter[str]) -> Explained:
        """Tag a post, without its picture if that cannot be had: one must not spoil the others."""
        try:
            (result,) = await self([post])
        except Problem as problem:
            if problem.status != 422 or post.picture is None:
                raise
            left_out["pictures that cannot be read"] += 1
            (result,) = await self([post.with_pictures(())])
        return result


def _gave_up(done: int, count: int) -> Problem:
    problem = (
        f"the connection ended after {done} of {count} texts and pictures: choose fewer tasks, or "
        "start Label Studio with a longer ML_TIMEOUT_PREDICT"
    )
    _LOG.warning("Label Studio: %s", problem)
    return Problem(408, problem)


def _version(model: ServedModel) -> str:
    """Return a name of the model that changes with it, so that tasks are predicted again."""
    return f"{model.name} {model.fingerprint}"


def _json(value: object) -> Response:
    return Response(json.dumps(value), media_type="application/json")
