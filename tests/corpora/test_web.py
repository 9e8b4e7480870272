import urllib.request
from email.message import Message
from http.client import HTTPMessage
from io import BytesIO

import pytest

from mner.corpora.web import Redirects
from mner.errors import InputError


def test_a_redirection_that_gives_up_encryption_is_not_followed() -> None:
    request = urllib.request.Request("https://example.org/f")
    with pytest.raises(
        InputError, match=r"redirects to http://example\.org/f, which is not encrypted"
    ):
        Redirects().redirect_request(
            request, BytesIO(), 302, "Found", HTTPMessage(Message().policy), "http://example.org/f"
        )
