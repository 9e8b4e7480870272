"""The addresses of the service, and what answers them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.responses import Response

import mner
from mner.pages.tones import PALETTE, tone_of
from mner.serve.door import Access, Door
from mner.serve.front import api_page, front_page
from mner.serve.label_studio import add_label_studio
from mner.serve.limits import Limits
from mner.serve.metrics import Metrics
from mner.serve.models import Models
from mner.serve.openapi import components, described
from mner.serve.problems import Problem
from mner.serve.service import Fetch, TagService

__all__ = ["Api", "build_app"]

_NO_TELEMETRY: Any = {"auto_configure": False, "tracing": False, "metrics": False, "logs": False}
"""Nothing is sent anywhere, whatever the environment says (FASTAPI_OTEL_AUTO_CONFIGURE)."""


@dataclass
class Api:
    """What the service is made of."""

    models: Models
    limits: Limits
    metrics: Metrics
    access: Access = field(default_factory=Access)
    fetch: Fetch | None = None
    """Gets what is at a URL; None where no URL is followed."""
    logs_texts: bool = False

    async def reload(self) -> None:
        """Load the models again, while the ones before answer; they stay if that fails."""
        served = await asyncio.to_thread(self.models.load_again)
        self.metrics.reloaded(is_done=served is not None)
        if served is not None:
            self.models.replace(served)

    async def list_models(self, _request: Request) -> Response:
        """List the models."""
        models = [
            {
                "name": model.name,
                "fingerprint": model.fingerprint,
                "labels": list(model.labels),
                "looks_at": model.looks_at,
                "runtime": model.runtime,
                "colours": {label: PALETTE[tone_of(label)] for label in model.labels},
            }
            for model in self.models.served
        ]
        limits = {
            "posts": self.limits.posts,
            "slow_posts": self.limits.slow.posts,
            "text": self.limits.text,
            "body_bytes": self.limits.body_bytes,
        }
        listed = {"models": models, "default": models[0]["name"]}
        return _json(listed | {"ocr": self.models.words.can_be_read, "limits": limits})

    async def health(self, _request: Request) -> Response:
        """Say that the process answers."""
        return _json({"status": "ok"})

    async def ready(self, _request: Request) -> Response:
        """Say whether posts can be tagged."""
        if not self.models.are_ready:
            raise Problem(503, "a model is not running: restart the service")
        return _json({"status": "ready"})

    async def read_metrics(self, _request: Request) -> Response:
        """Give the counters of the service to Prometheus."""
        return Response(self.metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def build_app(api: Api) -> FastAPI:
    """Return the service as an ASGI application, which closes the models when it ends."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(api.models.close)

    app = FastAPI(
        title="mner",
        version=mner.__version__,
        description="Named entities of social media posts.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        telemetry=_NO_TELEMETRY,
    )
    service = TagService(
        api.models, api.limits, api.metrics, fetch=api.fetch, logs_texts=api.logs_texts
    )
    add = app.add_api_route
    add("/v1/tag", service.one, methods=["POST"], openapi_extra=described("tag"))
    add("/v1/tag/batch", service.batch, methods=["POST"], openapi_extra=described("batch"))
    add("/v1/models", api.list_models, methods=["GET"], openapi_extra=described("models"))
    for path, answer in (
        ("/", front_page),
        ("/docs", api_page),
        ("/healthz", api.health),
        ("/readyz", api.ready),
        ("/metrics", api.read_metrics),
    ):
        add(path, answer, methods=["GET"], include_in_schema=False)
    add_label_studio(app, service)
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(HTTPException, _answer_http)
    _watch(api, service)
    routes = frozenset(getattr(route, "path", "") for route in app.routes)
    app.add_middleware(Door, access=api.access, routes=routes, answered=api.metrics.answered)
    _describe(app, api)
    return app


def _json(value: object) -> Response:
    return Response(json.dumps(value), media_type="application/json")


async def _answer_problem(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return problem.response()


async def _answer_http(_request: Request, error: Exception) -> Response:
    """Answer what the framework refuses: unknown addresses and methods."""
    assert isinstance(error, HTTPException)
    detail = f"{error.detail}: see /openapi.json for what there is"
    return Problem(error.status_code, detail, headers=error.headers).response()


def _watch(api: Api, service: TagService) -> None:
    """Add to the metrics what waits and what is held."""
    bodies = service.bodies
    api.metrics.watch(
        "mner_waiting_posts",
        "Posts that wait for a model.",
        lambda: api.models.waiting,
    )
    api.metrics.watch(
        "mner_open_requests", "Requests that are being answered.", lambda: bodies.requests
    )
    api.metrics.watch(
        "mner_held_bytes", "Bytes of their bodies and of fetched pictures.", lambda: bodies.held
    )


def _describe(app: FastAPI, api: Api) -> None:
    """Add our schemas to the description of the API."""
    make = app.openapi
    names = [model.name for model in api.models.served]

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            make()["components"] = components(names, api.limits)
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
