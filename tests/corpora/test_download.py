import hashlib
import shutil
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from mner.corpora.download import download
from mner.corpora.web import is_url
from mner.errors import InputError
from tests.loopback import CONTENT, Request, Server

DIGEST = "sha256:" + hashlib.sha256(CONTENT).hexdigest()
OTHER = CONTENT[::-1]
HALF = len(CONTENT) // 2


def bring(url: str, target: Path, **changes: object) -> None:
    options = {
        "largest": 1 << 20,
        "size": len(CONTENT),
        "digest": DIGEST,
        "attempts": 3,
        "pause": 0.0,
        "timeout": 5.0,
        **changes,
    }
    download(url, target, **options)  # type: ignore[arg-type]


def honest(request: Request) -> None:
    request.reply_in_range(CONTENT)


def cut(request: Request, *, sent: int = HALF) -> None:
    request.reply_in_range(CONTENT, sent=sent)


def changed(request: Request) -> None:
    request.reply_in_range(OTHER)


def deaf(request: Request) -> None:
    """Knows no ranges."""
    request.reply(CONTENT, ETag='"one"')


def deaf_and_cut(request: Request) -> None:
    request.reply(CONTENT, sent=HALF, ETag='"one"')


def nameless_and_cut(request: Request) -> None:
    request.reply(CONTENT, sent=HALF)


def status(code: int) -> Callable[[Request], None]:
    return lambda request: request.send_error(code)


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_comes_whole_and_leaves_nothing_beside(server: Server, tmp_path: Path) -> None:
    bring(server.at("f", honest), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert left(tmp_path) == {"f"}


def test_a_cut_connection_is_resumed_from_its_last_byte(server: Server, tmp_path: Path) -> None:
    bring(server.at("f", cut, cut, honest), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert server.ranges == [None, f"bytes={HALF}-"]


def test_a_later_call_resumes_what_an_earlier_call_left(server: Server, tmp_path: Path) -> None:
    url = server.at("f", partial(cut, sent=1000))
    with pytest.raises(
        InputError,
        match=r"the connection ended at byte 3000 of \d+ "
        r"\(try 3 of 3; 3000 bytes are kept, and the same command resumes",
    ):
        bring(url, tmp_path / "f")
    assert left(tmp_path) == {".f.part", ".f.part.json"}
    bring(server.at("f", honest), tmp_path / "f")
    assert server.ranges == ["bytes=3000-"]
    assert (tmp_path / "f").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "behaviours",
    [(cut, changed, changed), (cut, deaf), (deaf_and_cut, deaf), (nameless_and_cut, deaf)],
)
def test_the_bytes_of_two_answers_are_never_joined(
    server: Server, tmp_path: Path, behaviours: tuple[Callable[[Request], None], ...]
) -> None:
    last = OTHER if behaviours[-1] is changed else CONTENT
    bring(server.at("f", *behaviours), tmp_path / "f", digest=None)
    assert (tmp_path / "f").read_bytes() == last


def wrong_range(request: Request, content_range: str) -> None:
    request.reply(OTHER[HALF:], status=206, Content_Range=content_range)


@pytest.mark.parametrize(
    "content_range",
    [
        f"bytes {HALF + 1}-9/{len(CONTENT)}",
        f"bytes {HALF}-9/{len(CONTENT) + 1}",
        "nonsense",
        f"bytes {HALF}-9/*",
    ],
)
def test_an_answer_to_another_range_is_thrown_away(
    server: Server, tmp_path: Path, content_range: str
) -> None:
    bring(
        server.at("f", cut, partial(wrong_range, content_range=content_range), honest),
        tmp_path / "f",
    )
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert server.ranges[2] is None


def test_a_changed_etag_in_a_partial_answer_is_seen(server: Server, tmp_path: Path) -> None:
    def other(request: Request) -> None:
        request.reply(
            OTHER[HALF:],
            status=206,
            ETag='"other"',
            Content_Range=f"bytes {HALF}-{len(CONTENT) - 1}/{len(CONTENT)}",
        )

    url = server.at("f", cut, other)
    with pytest.raises(InputError, match="the file changed on the server between two tries"):
        bring(url, tmp_path / "f", attempts=2)
    assert left(tmp_path) == set()


def test_a_file_that_has_become_shorter_is_brought_again(server: Server, tmp_path: Path) -> None:
    bring(server.at("f", cut, status(416), honest), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT


@pytest.mark.parametrize("code", [500, 503, 429])
def test_an_answer_that_may_pass_is_tried_again(server: Server, tmp_path: Path, code: int) -> None:
    bring(server.at("f", status(code), honest), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT


@pytest.mark.parametrize(("code", "tries"), [(404, 1), (403, 1), (500, 3)])
def test_an_answer_that_does_not_pass_is_an_error(
    server: Server, tmp_path: Path, code: int, tries: int
) -> None:
    url = server.at("f", status(code))
    with pytest.raises(InputError, match=f"the server answers {code}"):
        bring(url, tmp_path / "f")
    assert len(server.ranges) == tries


def test_a_server_that_promises_more_than_it_sends_is_left_after_some_tries(
    server: Server, tmp_path: Path
) -> None:
    url = server.at("f", lambda request: request.reply(CONTENT, announced=len(CONTENT) + 10))
    with pytest.raises(
        InputError,
        match=rf"the connection ended at byte {len(CONTENT)} of {len(CONTENT) + 10} \(try 3 of 3",
    ):
        bring(url, tmp_path / "f", size=None)
    assert "f" not in left(tmp_path)


@pytest.mark.parametrize(
    ("content", "announced", "message"),
    [
        (CONTENT, HALF, rf"expected {len(CONTENT)} bytes, the server has {HALF}"),
        (b"<html>log in first</html>", None, rf"expected {len(CONTENT)} bytes, the server has 25"),
        (OTHER, None, r"not the file it should be: expected sha256 \w{64}, got \w{64}"),
    ],
)
def test_a_wrong_file_never_gets_the_name(
    server: Server, tmp_path: Path, content: bytes, announced: int | None, message: str
) -> None:
    url = server.at("f", lambda request: request.reply(content, announced=announced))
    with pytest.raises(InputError, match=message):
        bring(url, tmp_path / "f")
    assert left(tmp_path) == set()


def test_a_file_above_the_bound_is_not_brought(server: Server, tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=rf"the server has {len(CONTENT)} bytes, expected at most 1000"
    ):
        bring(server.at("f", honest), tmp_path / "f", size=None, largest=1000)

    def endless(request: Request) -> None:
        request.send_response(200)
        request.end_headers()
        for _ in range(1000):
            request.wfile.write(CONTENT)

    with pytest.raises(InputError, match="more than 300000 bytes came"):
        bring(server.at("f", endless), tmp_path / "f", size=None, largest=300_000)


def test_a_file_without_a_length_is_brought_by_its_checksum(server: Server, tmp_path: Path) -> None:
    def chunked(request: Request, *, is_cut: bool = False) -> None:
        request.protocol_version = "HTTP/1.1"
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.send_header("Connection", "close")
        request.end_headers()
        request.wfile.write(
            b"%x\r\n%s\r\n" % (len(CONTENT), CONTENT) + b"0\r\n\r\n"
            if not is_cut
            else b"%x\r\n%s" % (len(CONTENT), CONTENT[:HALF])
        )

    bring(server.at("f", partial(chunked, is_cut=True), chunked), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert server.ranges == [None, None]


def test_redirections_are_followed(server: Server, tmp_path: Path) -> None:
    def redirect(request: Request) -> None:
        request.reply(b"", status=302, Location="/elsewhere")

    bring(server.at("f", redirect, partial(cut, sent=500), redirect, honest), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert server.ranges == [None, None, "bytes=500-", "bytes=500-"]


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://127.0.0.1/f"])
def test_a_redirection_to_another_scheme_is_not_followed(
    server: Server, tmp_path: Path, to: str
) -> None:
    url = server.at("f", lambda request: request.reply(b"", status=302, Location=to))
    with pytest.raises(InputError, match=r"302|unknown url type"):
        bring(url, tmp_path / "f", attempts=1)
    assert left(tmp_path) == set()


def test_a_server_that_says_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/f"
        with pytest.raises(InputError, match=r"no connection \(timed out\)"):
            bring(url, tmp_path / "f", timeout=0.1, attempts=2)
    with pytest.raises(InputError, match=r"no connection \(.*refused"):
        bring(url, tmp_path / "f", attempts=1)


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_a_full_disk_is_seen_before(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10, 9, 1000))
    url = server.at("f", honest)
    with pytest.raises(
        InputError, match=rf"{len(CONTENT)} bytes are to come, but only 1000 are free"
    ):
        bring(url, tmp_path / "f")


def test_parts_of_another_address_or_without_their_description_are_not_used(
    server: Server, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="the connection ended"):
        bring(server.at("g", cut), tmp_path / "f", attempts=1)
    bring(server.at("f", honest), tmp_path / "f")
    assert server.ranges == [None]
    (tmp_path / "f").unlink()
    (tmp_path / ".f.part").write_bytes(OTHER[:100])
    (tmp_path / ".f.part.json").write_text("{}")
    bring(server.at("f", honest), tmp_path / "f")
    assert server.ranges == [None]


def test_other_schemes_are_refused(tmp_path: Path) -> None:
    assert not is_url("file:///etc/passwd")
    with pytest.raises(InputError, match="expected an address that starts with http"):
        bring("file:///etc/passwd", tmp_path / "f")
