"""Which columns of a table hold the text, the id, the picture and the caption of a post."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mner.errors import InputError, clipped, quoted
from mner.posts.reading import Fields

__all__ = ["KNOWN_NAMES", "TableFields", "has_text_column", "table_fields"]

KNOWN_NAMES: dict[str, tuple[str, ...]] = {
    "text": ("text", "full_text", "content", "tweet", "body", "post", "message"),
    "id": ("id_str", "tweet_id", "post_id", "id"),
    "picture": (
        "picture",
        "pictures",
        "image",
        "images",
        "img",
        "image_path",
        "picture_path",
        "media_url",
        "media_urls",
    ),
    "caption": ("caption",),
}
"""The usual names of columns, in lower case, with `_` for blanks. Only one may be that of the text;
of the others the first that a table has is taken."""

_MOST_COLUMNS = 1000


@dataclass(frozen=True, slots=True)
class TableFields:
    """The columns of a table, counted from 0; None for what it does not have."""

    names: tuple[str, ...]
    """Of all columns; no two are the same."""
    text: int
    id: int | None = None
    picture: int | None = None
    caption: int | None = None
    has_header: bool = True
    """Whether the first row holds names."""

    @property
    def others(self) -> tuple[int, ...]:
        """The columns that are passed through."""
        taken = (self.text, self.id, self.picture, self.caption)
        return tuple(number for number in range(len(self.names)) if number not in taken)

    def __str__(self) -> str:
        parts = []
        for role in ("text", "id", "picture", "caption"):
            column = getattr(self, role)
            if column is not None:
                parts.append(f"{role} in column {quoted(self.names[column])}")
        if self.id is None:
            parts.append("ids count the rows")
        others = len(self.others)
        if others:
            parts.append(f"{others} other {'column is' if others == 1 else 'columns are'} kept")
        return ", ".join(parts)


def table_fields(row: Sequence[str], fields: Fields | None) -> TableFields:
    """Return what the columns of a table are.

    Args:
        row: the first row.
        fields: how the user names the columns. In a table without a header they are numbers,
            counted from 1.

    Raises:
        InputError: there is no column of this name, or none or several that may hold the text.
    """
    if len(row) > _MOST_COLUMNS:
        raise InputError(
            f"the table has {len(row)} columns: expected at most {_MOST_COLUMNS}; keep those that "
            "are needed"
        )
    fields = fields or Fields()
    if _is_numbered(row, fields):
        return _without_header(row, fields)
    return TableFields(
        _distinct(row),
        _text_column(row, fields.text),
        _column(row, fields.id, "id"),
        _column(row, fields.picture, "picture"),
        _column(row, fields.caption, "caption"),
    )


def has_text_column(row: Sequence[str], fields: Fields | None) -> bool:
    """Return whether a first row names a column of texts."""
    names = [_plain(name) for name in row]
    wanted = (
        KNOWN_NAMES["text"] if fields is None or fields.text is None else (_plain(fields.text),)
    )
    return any(name in names for name in wanted)


def _is_numbered(row: Sequence[str], fields: Fields) -> bool:
    text = fields.text
    return text is not None and text.isdecimal() and not has_text_column(row, fields)


def _without_header(row: Sequence[str], fields: Fields) -> TableFields:
    text = _numbered(fields.text, len(row), "--text-field")
    assert text is not None
    return TableFields(
        tuple(f"column {number}" for number in range(1, len(row) + 1)),
        text,
        _numbered(fields.id, len(row), "--id-field"),
        _numbered(fields.picture, len(row), "--picture-field"),
        _numbered(fields.caption, len(row), "--caption-field"),
        has_header=False,
    )


def _numbered(number: str | None, width: int, option: str) -> int | None:
    if number is None:
        return None
    if not number.isdecimal() or not 1 <= int(number[:9]) <= width:
        raise InputError(
            f"{option} {quoted(number)}: expected the number of a column, from 1 to {width}, as "
            "--text-field is a number too"
        )
    return int(number) - 1


def _text_column(row: Sequence[str], name: str | None) -> int:
    if name is not None:
        return _named(row, name, "--text-field")
    found = [column for column, cell in enumerate(row) if _plain(cell) in KNOWN_NAMES["text"]]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            f"several columns may hold the text of the posts, {_listed(row[i] for i in found)}: "
            f"name one of them, as in --text-field {row[found[0]].strip()}"
        )
    raise InputError(
        f"no column is known to hold the text of the posts (columns are {_listed(row)}): name it "
        "by --text-field; in a table without a line of names by its number, as in --text-field 2"
    )


def _column(row: Sequence[str], name: str | None, role: str) -> int | None:
    if name is not None:
        return _named(row, name, f"--{role}-field")
    names = [_plain(cell) for cell in row]
    return next((names.index(known) for known in KNOWN_NAMES[role] if known in names), None)


def _named(row: Sequence[str], name: str, option: str) -> int:
    """Return a column that the user names, in this case or another."""
    if name in row:
        return row.index(name)
    names = [_plain(cell) for cell in row]
    if _plain(name) in names:
        return names.index(_plain(name))
    raise InputError(f"{option} {quoted(name)}: no such column; columns are {_listed(row)}")


def _plain(name: str) -> str:
    return name.strip().casefold().replace(" ", "_").replace("-", "_")


def _listed(names: Iterable[str]) -> str:
    return clipped(", ".join(map(quoted, names)))


def _distinct(row: Sequence[str]) -> tuple[str, ...]:
    """Return the names of all columns; an empty one gets its number, one that comes twice `_2`."""
    names: list[str] = []
    for number, cell in enumerate(row, start=1):
        name = plain = cell.strip() or f"column {number}"
        count = 1
        while name in names:
            count += 1
            name = f"{plain}_{count}"
        names.append(name)
    return tuple(names)
