"""Posts read from a JSON array of objects, one object at a time.

The array is the whole file, or the value of `data` in an object, as services give it.
"""

import codecs
import json
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from typing import BinaryIO

from mner.errors import InputError, clipped, quoted
from mner.posts.bounds import MOST_LINE
from mner.posts.characters import BYTE_ORDER_MARK
from mner.posts.exchange.forms import FORMS, read_form
from mner.posts.lines import require_readable
from mner.posts.reading import Lines, NumberedPosts, Reading
from mner.posts.records import read_records

__all__ = ["read_array"]

_CHUNK = 1 << 16
_BLANKS = " \t\r\n"
_DECODER = json.JSONDecoder()


def read_array(lines: Lines, reading: Reading) -> NumberedPosts:
    """Yield each post with the number of the line where it starts; see `read_records`.

    Other keys of the posts are kept. Objects of at most `MOST_LINE` characters are read, of which
    one is in memory. Lines of a stream are bounded by it too.

    Raises:
        InputError: the file is no such array; or as for `read_records`.
    """
    form = FORMS.get(reading.options.format)
    options = replace(reading.options, format="auto", keep=True)
    of_lines = replace(reading, options=options, again=nullcontext)
    with reading.again() as stream:
        chunks = _of_lines(lines, reading) if stream is None else _decoded(stream, reading)
        objects = _objects(_Cursor(chunks, reading))
        if form is None:
            yield from read_records(objects, of_lines)
        else:
            yield from read_form(objects, of_lines, form=form)


def _of_lines(lines: Lines, reading: Reading) -> Iterator[str]:
    for number, line in lines:
        try:
            require_readable(line)
        except InputError as exc:
            raise reading.log.located(number, exc) from exc
        yield line + "\n"


def _decoded(stream: BinaryIO, reading: Reading) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_last = False
    while not is_last:
        chunk = stream.read(_CHUNK)
        is_last = not chunk
        try:
            text = decoder.decode(chunk, is_last)
        except UnicodeDecodeError as exc:
            raise InputError(
                f"{reading.log.name}: not UTF-8: it has the byte 0x{exc.object[exc.start]:02x}; "
                "convert the file to UTF-8"
            ) from exc
        if text:
            yield text


class _Cursor:
    """A place in a text of JSON, of which a part is in memory."""

    def __init__(self, chunks: Iterator[str], reading: Reading) -> None:
        self._chunks = chunks
        self.log = reading.log
        self._text = next(chunks, "").removeprefix(BYTE_ORDER_MARK)
        self._position = 0
        self.line = 1

    def peek(self) -> str:
        """Return the next character that is not blank; at the end of the file none."""
        while True:
            while self._text[self._position : self._position + 1] in (*_BLANKS,):
                self._move(self._position + 1)
            if self._position < len(self._text) or not self._more():
                return self._text[self._position : self._position + 1]

    def takes(self, character: str) -> bool:
        """Go over a character, if it is the next one."""
        if self.peek() != character:
            return False
        self._move(self._position + 1)
        return True

    def take(self, character: str, *, after: str) -> None:
        if not self.takes(character):
            raise self.error(f"expected {quoted(character)} after {after}")

    def value(self) -> str:
        """Go over the next value and return its text."""
        self.peek()
        while True:
            try:
                _, end = _DECODER.raw_decode(self._text, self._position)
            except RecursionError as exc:
                raise self.error("expected an object that is not nested too deeply") from exc
            except ValueError as exc:
                size = len(self._text) - self._position
                if size > MOST_LINE or not self._more(size):
                    raise self.error(f"expected one JSON object ({clipped(exc)})") from exc
                continue
            if end < len(self._text) or not self._more():
                text = self._text[self._position : end]
                self._move(end)
                return text

    def error(self, message: str) -> InputError:
        return self.log.located(self.line, f"not a JSON array of posts: {message}")

    def _move(self, position: int) -> None:
        self.line += self._text.count("\n", self._position, position)
        self._position = position

    def _more(self, size: int = _CHUNK) -> bool:
        """Read at least so many characters more; return whether there are any."""
        parts: list[str] = []
        while size > 0 and (chunk := next(self._chunks, "")):
            parts.append(chunk)
            size -= len(chunk)
        self._text = self._text[self._position :] + "".join(parts)
        self._position = 0
        return bool(parts)


def _objects(cursor: _Cursor) -> Lines:
    """Yield the text of each object of the array, with the number of its first line."""
    is_whole = cursor.peek() == "["
    if not is_whole:
        _go_to_data(cursor)
    cursor.take("[", after="the beginning")
    while not cursor.takes("]"):
        is_object = cursor.peek() == "{"
        line = cursor.line
        text = cursor.value()
        if not is_object:
            raise cursor.error(f"expected objects in it, got {clipped(text)}")
        yield line, text
        if cursor.peek() != "]":
            cursor.take(",", after="an object")
            if cursor.peek() == "]":
                raise cursor.error("expected one JSON object after ','")
    if not is_whole:
        _report_includes(cursor)
    if cursor.peek():
        raise cursor.error("the file goes on after its end")


def _report_includes(cursor: _Cursor) -> None:
    """Go to the end of an object, and report what the posts before would have needed of it."""
    while cursor.takes(","):
        cursor.peek()  # goes over the newline before the key
        line, key = cursor.line, cursor.value()
        cursor.take(":", after=f"the key {clipped(key)}")
        cursor.value()
        if key == '"includes"':
            cursor.log.report(
                "unknown-key",
                line,
                "`includes` comes after the posts and is left out, so that they have no pictures: "
                "write the answer on one line, as by `jq -c .`, to read them",
            )
    cursor.take("}", after="the last value")


def _go_to_data(cursor: _Cursor) -> None:
    """Go to the value of the key `data` of an object."""
    cursor.take("{", after="the beginning")
    while True:
        key = cursor.value() if cursor.peek() == '"' else ""
        if not key:
            raise cursor.error('expected an array, or an object with the key "data"')
        cursor.take(":", after=f"the key {clipped(key)}")
        if key == '"data"' and cursor.peek() == "[":
            return
        cursor.value()
        cursor.take(",", after='a value, and then the key "data" with an array')
