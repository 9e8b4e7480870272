"""Errors as clients get them: problem documents of RFC 9457."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

__all__ = ["MEDIA_TYPE", "Problem", "overloaded"]

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818  the word of RFC 9457
    """A request that cannot be answered.

    Args:
        status: the HTTP status, whose phrase is the problem's title.
        detail: what is wrong, and what to do.
        post: the position of the post that is wrong, counted from 0.
        headers: further headers of the answer.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        post: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.post = post
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """Return the answer."""
        content: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.post is not None:
            content["post"] = self.post
        return Response(json.dumps(content), self.status, self.headers, media_type=MEDIA_TYPE)


def overloaded(detail: str) -> Problem:
    """Return the problem of a service that has too much to do at the moment."""
    return Problem(503, f"{detail}: try again later", headers={"Retry-After": "1"})
