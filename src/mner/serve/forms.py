"""A form with files (multipart/form-data), read in memory.

Frameworks write large files of a form to the disk; posts and pictures of clients stay in memory.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from mner.errors import clipped, quoted
from mner.serve.problems import Problem

__all__ = ["FormFile", "read_form"]

_MOST_PARTS = 32
"""More than the pictures and the fields of a post."""


@dataclass(slots=True)
class FormFile:
    """A part of a form."""

    name: str
    """The name of the field."""
    filename: str | None
    """None for a part that is no file."""
    content: bytes


def read_form(body: bytes, content_type: str, *, several: Collection[str] = ()) -> list[FormFile]:
    """Return the parts of a form.

    Args:
        body: the body of the request.
        content_type: its header.
        several: names of which there may be more than one part.

    Raises:
        Problem: the body is no complete form, has too many parts, or two of one name.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise Problem(400, "the Content-Type of the form names no boundary")
    reader = _Reader()
    try:
        parser = MultipartParser(boundary, reader.callbacks())  # type: ignore[arg-type]
        parser.write(body)
        parser.finalize()
    except FormParserError as exc:
        raise Problem(400, f"the form cannot be read: {clipped(exc)}") from exc
    if not reader.is_complete:
        raise Problem(400, "the form ends before its last boundary")
    _require_once(reader.parts, several)
    return reader.parts


@dataclass
class _Reader:
    """Gathers what the parser finds."""

    parts: list[FormFile] = field(default_factory=list)
    is_complete: bool = False
    _header: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _headers: dict[str, bytes] = field(default_factory=dict)
    _content: bytearray = field(default_factory=bytearray)

    def callbacks(self) -> Mapping[str, object]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_part_data": lambda data, start, end: self._content.extend(data[start:end]),
            "on_part_end": self._end,
            "on_end": self._complete,
        }

    def _begin(self) -> None:
        if len(self.parts) >= _MOST_PARTS:
            raise Problem(400, f"the form has more than {_MOST_PARTS} parts")
        self._headers, self._content = {}, bytearray()

    def _end_header(self) -> None:
        self._headers[bytes(self._header).decode("latin-1").lower()] = bytes(self._value)
        self._header, self._value = bytearray(), bytearray()

    def _end(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", b""))
        if b"name" not in options:
            raise Problem(400, "a part of the form has no name")
        filename = options.get(b"filename")
        self.parts.append(
            FormFile(
                options[b"name"].decode("utf-8", "replace"),
                None if filename is None else filename.decode("utf-8", "replace"),
                bytes(self._content),
            )
        )

    def _complete(self) -> None:
        self.is_complete = True


def _require_once(parts: list[FormFile], several: Collection[str]) -> None:
    names: set[str] = set()
    for part in parts:
        if part.name in names and part.name not in several:
            raise Problem(
                422, f"the form has the field {quoted(part.name)} twice: expected it once"
            )
        names.add(part.name)
