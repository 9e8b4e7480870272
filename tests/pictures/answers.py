"""What a server may answer to who asks for a picture, as the bytes that it sends."""

from io import BytesIO

from PIL import Image

__all__ = ["ANSWERS", "picture"]


def picture() -> bytes:
    """Return the bytes of a small PNG."""
    buffer = BytesIO()
    Image.new("RGB", (4, 4), (255, 0, 0)).save(buffer, "PNG")
    return buffer.getvalue()


def _answer(*headers: str, status: str = "200 OK", body: bytes = b"") -> bytes:
    lines = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", *headers))
    return lines.encode("latin-1") + b"\r\n" + body


def _redirect(location: str, status: int = 302) -> bytes:
    return _answer(f"Location: {location}", "Content-Length: 0", status=f"{status} Found")


def _chunked(body: bytes) -> bytes:
    return _answer("Transfer-Encoding: chunked", body=body)


_LOCATIONS = (
    "http://[",
    "http://]",
    "http://[::1",
    "http://[::1]]/",
    "http://[v1.x]/",
    "http://[fe80::1%25eth0]/",
    "http://[::ffff:127.0.0.2]/",
    "//[",
    "http://",
    "http:///x",
    "http://:80/",
    "http://127.0.0.1:99999/",
    "http://127.0.0.1:-1/",
    "http://127.0.0.1:x/",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:\xb2/",
    "http://127.0.0.1:1/",
    "http://user:secret@127.0.0.1/",
    "http://@127.0.0.1/",
    "http://127.0.0.2/",
    "http://10.0.0.1/",
    "http://2130706434/",
    "http://0x7f.2/",
    "http://" + "a" * 64 + ".example/",
    "http://" + "a." * 200 + "example/",
    "http://a..b/",
    "http://.example/",
    "http://\xff\xfe.example/",
    "http://xn--0.example/",
    "http://xn--a-ecp.ru\xdf/",
    "http://ex\xadample\xa0.example/",
    "http://a b.example/",
    "http://a\tb.example/",
    "http://%00.example/",
    "http://127.0.0.2%2f@x/",
    "http://127.0.0.2\\@x/",
    "https://127.0.0.1:1/",
    "file:///etc/passwd",
    "FILE:/etc/passwd",
    "ftp://127.0.0.1/x",
    "data:image/png;base64,AAAA",
    "javascript:0",
    "gopher://127.0.0.1/",
    "a" * 300 + "://x/",
    "http://127.0.0.2/" + "x" * 60_000,
    "\x1b]0;owned\x07http://127.0.0.2/",
    "?" * 1000,
    "x" * 60_000,
)

_OTHERS = {
    "nothing": b"",
    "a blank line": b"\r\n",
    "zeros": bytes(1000),
    "every byte": bytes(range(256)) * 10,
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "HTTP 0.9": b"<html>hello</html>",
    "HTTP 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an unknown version": b"HTTP/9.9 200 OK\r\n\r\n",
    "a version that is no number": b"HTTP/x.y 200 OK\r\n\r\n",
    "no status": b"HTTP/1.1\r\n\r\n",
    "a status that is no number": _answer(status="abc OK"),
    "a status that is too small": _answer(status="99 Low"),
    "a status that is too large": _answer(status="1000 High"),
    "a status of many digits": _answer(status="2" * 5000),
    "a negative status": _answer(status="-200 OK"),
    "a status in other digits": "HTTP/1.1 ٢٠٠ OK\r\n\r\n".encode(),
    "a status line that is too long": b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n\r\n",
    "a long reason": _answer(status="404 " + "x" * 60_000),
    "a reason for terminals": _answer(status="404 \x1b[31mred\x1b]0;title\x07\x9b2J"),
    "interim answers": _answer(status="100 Continue") * 1000,
    "interim answers without end": _answer(status="100 Continue") * 200_000,
    "another protocol": _answer("Upgrade: websocket", status="101 Switching"),
    "no content": _answer(status="204 No Content"),
    "a part of the content": _answer(status="206 Partial", body=picture()),
    "not modified": _answer(status="304 Not Modified"),
    "a redirect to nowhere": _answer(status="302 Found"),
    "a redirect with an empty location": _redirect(""),
    "a redirect to several": _answer(
        "Location: http://[", "Location: http://127.0.0.2/", status="301 Moved"
    ),
    "a location over two lines": _answer("Location: http://\r\n [", status="307 Moved"),
    "a redirect of another kind": _redirect("http://127.0.0.2/", status=305),
    "too many headers": _answer(*(f"X-{number}: x" for number in range(200))),
    "a header that is too long": _answer("X: " + "x" * 70_000),
    "headers without end": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 90,
    "a header without a colon": _answer("nonsense", "more nonsense"),
    "a header without a name": _answer(": x", ":"),
    "a header of odd bytes": b"HTTP/1.1 200 OK\r\n\xff\xfe\x00: \x80\r\n\x00\r\n\r\n",
    "a folded header at the start": b"HTTP/1.1 200 OK\r\n folded\r\n\r\n",
    "lone carriage returns": b"HTTP/1.1 200 OK\rX: y\r\r",
    "odd types": _answer('Content-Type: "; boundary="; charset=\xff', body=b"x"),
    "several parts": _answer("Content-Type: multipart/mixed; boundary=x", body=b"--x\r\n\r\n"),
    "less than announced": _answer("Content-Length: 100000", body=b"x"),
    "much announced": _answer("Content-Length: 99999999999999999999", body=picture()),
    "a length of many digits": _answer("Content-Length: " + "9" * 10_000, body=b"x"),
    "a negative length": _answer("Content-Length: -5", body=b"x"),
    "a length that is no number": _answer("Content-Length: x", body=b"x"),
    "two lengths": _answer("Content-Length: 1", "Content-Length: 500", body=picture()),
    "no chunk": _chunked(b""),
    "a chunk that is no number": _chunked(b"xyz\r\nabc\r\n0\r\n\r\n"),
    "a chunk of negative length": _chunked(b"-1\r\n" + b"x" * 5_000_000),
    "a chunk of huge length": _chunked(b"f" * 60_000 + b"\r\nabc"),
    "a length of a chunk that is too long": _chunked(b"1;" + b"x" * 70_000 + b"\r\na\r\n"),
    "a chunk that is cut": _chunked(b"ff\r\nabc"),
    "chunks that do not end": _chunked(b"1\r\na\r\n" * 1000),
    "a chunk without its line end": _chunked(b"3\r\nabc0\r\n\r\n"),
    "trailers without end": _chunked(b"0\r\n" + b"X: y\r\n" * 500_000),
    "another encoding of the transfer": _answer("Transfer-Encoding: gzip", body=b"\x1f\x8b"),
    "two encodings of the transfer": _answer("Transfer-Encoding: gzip, chunked", body=b"0\r\n"),
    "content that is packed": _answer("Content-Encoding: gzip", body=b"\x1f\x8b\x08\x00"),
    "content that is said to be packed": _answer("Content-Encoding: br", body=b"\xff" * 100),
    "an empty picture": _answer("Content-Length: 0", "Content-Type: image/png"),
    "a page": _answer("Content-Type: image/png", body=b"<!doctype html><title>404"),
    "a picture that is cut": _answer("Content-Type: image/png", body=picture()[:40]),
    "more than is read": _answer(body=bytes(3_000_000)),
}


ANSWERS: dict[str, bytes] = {
    **{f"a redirect to {place[:40]!a}": _redirect(place) for place in _LOCATIONS},
    **_OTHERS,
}
"""Answers of which none is a picture, by what they are."""
