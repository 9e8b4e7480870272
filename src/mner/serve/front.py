"""The pages of the service for people: one to try it, and one about the API.

They load nothing. Their policy allows only the scripts and the style that they come with, and
requests to the service itself.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mner.pages.html import asset, source_of, template
from mner.posts.table_fields import KNOWN_NAMES
from mner.serve.api_page import operations
from mner.serve.examples import examples

__all__ = ["PAGES", "api_page", "front_page"]

PAGES = frozenset({"/", "/docs"})
"""Their addresses. They hold nothing of posts or models, so they are shown without a token."""
_SCRIPTS = (
    "attention.js",
    "service_api.js",
    "service_post.js",
    "service_look.js",
    "service_result.js",
    "service_csv.js",
    "service_table.js",
    "service.js",
)


async def front_page(_request: Request) -> Response:
    """Show the page where people try the models."""
    return _answer("service.html.j2", _SCRIPTS, **_front())


async def api_page(request: Request) -> Response:
    """Show what the service can be asked, from its own description for programs."""
    origin = str(request.base_url).rstrip("/")
    described = operations(request.app.openapi())
    return _answer("service_api.html.j2", (), operations=described, origin=origin)


@cache
def _front() -> Mapping[str, Any]:
    return {"examples": examples(), "names": KNOWN_NAMES}


def _answer(name: str, scripts: Sequence[str], **view: Any) -> Response:
    style = asset("base.css") + asset("service.css")
    policy = {
        "default-src": "'none'",
        "script-src": " ".join(source_of(asset(script)) for script in scripts) or "'none'",
        "style-src": source_of(style),
        "img-src": "data: blob:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    html = template(name).render(style=style, scripts=scripts, **view)
    headers = {
        "Content-Security-Policy": "; ".join(f"{key} {value}" for key, value in policy.items())
    }
    return Response(html, headers=headers, media_type="text/html")
