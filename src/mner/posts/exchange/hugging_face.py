"""Rows of data sets in the layout of Hugging Face: `tokens` and `ner_tags`, a tag a token."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice, pairwise
from typing import Any, BinaryIO

from mner.bio import entities_of_tags, spans_to_tags
from mner.errors import InputError, quoted
from mner.posts.exchange.draft import Draft, DraftReader, Form, Mark
from mner.posts.exchange.values import is_list_of, named_draft, others, with_others
from mner.posts.json_values import is_integer
from mner.posts.reading import Reading
from mner.posts.tag_style import TagStyle, recognise_style
from mner.types import Post

__all__ = ["HUGGING_FACE", "hugging_face_line"]

_TAGS = ("ner_tags", "tags", "labels")
_USED = frozenset({"tokens", *_TAGS, "text", "offsets"})
_LOOKED_AT = 1000
"""Lines from which the scheme of tags is recognised."""


def hugging_face_line(post: Post) -> str:
    """Return the line of a post; the tags are names, in IOB2. A raw post has no `ner_tags`."""
    record: dict[str, object] = {"id": post.id, "tokens": post.tokens}
    if post.entities is not None:
        spans = [entity.span for entity in post.entities]
        record["ner_tags"] = spans_to_tags(spans, len(post.tokens))
    if post.text is not None and post.offsets is not None:
        record |= {"text": post.text, "offsets": post.offsets}
    return json.dumps(with_others(record, post), ensure_ascii=False) + "\n"


def _fits(record: Mapping[str, Any]) -> bool:
    name = _tags_name(record)
    if name is None or not is_list_of(str, record.get("tokens")):
        return False
    return name == "ner_tags" or len(record[name]) == len(record["tokens"])


def _tags_name(record: Mapping[str, Any]) -> str | None:
    """Return the name of the field that holds the tags of a row."""
    for name in _TAGS:
        if is_list_of(str, record.get(name)) or is_list_of(int, record.get(name)):
            return name
    return None


class _Rows:
    """Reads the rows of one file, whose tags are of one style."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._names = reading.options.labels
        self._style: TagStyle | None = None

    def __call__(self, record: Mapping[str, Any]) -> Iterator[Draft]:
        """Yield the post of a row."""
        tokens, name = record.get("tokens"), _tags_name(record)
        marks: tuple[Mark, ...] | None = None
        problems: tuple[tuple[str, str], ...] = ()
        if name is not None and isinstance(tokens, list):
            tags = self._named(record[name], len(tokens), name)
            if self._style is None:
                self._style = self._recognised(tags)
            marks, problems = self._marks(tags)
        fields = self._reading.options.fields
        yield replace(
            named_draft(record, fields),
            text=record.get("text") if record.get("offsets") else None,
            tokens=tokens,
            offsets=record.get("offsets"),
            marks=marks,
            problems=problems,
            extra=others(record, _USED, fields),
        )

    def _named(self, values: Sequence[object], length: int, name: str) -> list[str]:
        """Return the tags of a row by name."""
        if len(values) != length:
            raise InputError(
                f"`{name}` has {len(values)} tags for {length} tokens: expected a tag a token"
            )
        return [self._name(value, name) for value in values]

    def _name(self, value: object, name: str) -> str:
        if isinstance(value, str):
            return value
        if not is_integer(value):
            raise InputError(
                f"a tag of `{name}` must be a string or an integer, got {quoted(value)}"
            )
        if self._names is None:
            raise InputError(
                f"`{name}` holds numbers, whose names stand in the description of the data set: "
                "give them in their order by --labels, such as --labels O,B-PER,I-PER, by "
                "`data.labels` of a recipe, or write names, as "
                '`features["ner_tags"].feature.int2str` does'
            )
        if not 0 <= value < len(self._names):
            raise InputError(
                f"`{name}` holds {value}, but --labels names {len(self._names)} tags, counted "
                "from 0: give all names of the data set in their order"
            )
        return self._names[value]

    def _recognised(self, tags: Sequence[str]) -> TagStyle:
        """Return the style that names, the first rows of the file or, of a stream, a row show."""
        rows: Iterable[Sequence[str]] = [tags]
        if self._names is not None:
            rows = [[name] for name in self._names]
        else:
            with self._reading.again() as stream:
                if stream is not None:
                    rows = list(_tags_of_file(stream)) or rows
        pairs: Counter[tuple[str, str]] = Counter()
        for row in rows:
            pairs.update(pairwise(["", *row]))
        return recognise_style(pairs, self._reading.options.scheme)

    def _marks(self, tags: Sequence[str]) -> tuple[tuple[Mark, ...], tuple[tuple[str, str], ...]]:
        assert self._style is not None
        try:
            split_tags = [self._style.split(tag) for tag in tags]
        except InputError as exc:
            raise InputError(f"{exc}; or say by --scheme how the tags are written") from exc
        is_kept = self._reading.options.orphans == "begin"
        marks, problems = [], []
        for span, is_well_formed in entities_of_tags(split_tags, self._style.scheme):
            if not is_well_formed:
                outcome = "taken as an entity" if is_kept else "left out"
                message = f"tag {quoted(tags[span[0]])} of token {span[0]} is ill-formed: {outcome}"
                problems.append(("orphan-tag", message))
            if is_well_formed or is_kept:
                marks.append(Mark(*span))
        return tuple(marks), tuple(problems)


def _tags_of_file(stream: BinaryIO) -> Iterator[list[str]]:
    """Yield the tags of the first lines that can be read; the reader refuses the others."""
    for line in islice(stream, _LOOKED_AT):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        name = _tags_name(record) if isinstance(record, dict) else None
        if name is not None:
            yield [tag for tag in record[name] if isinstance(tag, str)]


def _open(reading: Reading) -> DraftReader:
    return _Rows(reading)


HUGGING_FACE = Form("hf", "rows of a data set, a tag a token", _fits, _open)
