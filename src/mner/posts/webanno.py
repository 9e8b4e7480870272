"""TSV 3 of WebAnno, which INCEpTION reads and writes: a token a line, a sentence a post.

Offsets count code units of UTF-16 from the begin of the document. The sentences of a document that
is written are the posts, a line each. Format: the user guides of both programs, appendix "WebAnno
TSV".
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from mner.errors import InputError, quoted
from mner.posts.exchange.build import post_of_draft
from mner.posts.exchange.draft import Draft, Mark
from mner.posts.layout import lay_out
from mner.posts.lines import require_readable
from mner.posts.reading import Lines, NumberedPosts, Reading
from mner.posts.webanno_layers import entity_column
from mner.types import Post

__all__ = ["WEBANNO", "read_webanno", "webanno_pieces"]

WEBANNO = "#FORMAT=WebAnno TSV 3"
"""With what a file begins; the number of the version follows."""

_LAYER = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
_TOKEN = re.compile(r"\d+-(\d+)(\.\d+)?\t\d+-\d+\t(.*)")
_META = re.compile(r"#([\w.]+)=(.*)")
_VALUE = re.compile(r"((?:\\.|[^\\\[])*)(?:\[(\d+)\])?")
_BAR = re.compile(r"(?<!\\)\|")
_ESCAPED = re.compile(r"\\(.)")
_SPECIAL = re.compile(r"[\\\[\]|_;*]|->")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}
_NO_LABEL = "ENTITY"
"""The label of an annotation without a value."""


@dataclass
class _Sentence:
    """What was read of a sentence so far."""

    line: int
    id: str | None = None
    text: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    marks: dict[str, Mark] = field(default_factory=dict)
    """By the number of the annotation, or else by the place where it stands."""
    problems: list[tuple[str, str]] = field(default_factory=list)


def read_webanno(lines: Lines, reading: Reading) -> NumberedPosts:
    """Yield the post of each sentence, with the number of its first line.

    Raises:
        InputError: it is not clear which layer holds the entities; or a line is ill-formed or not
            UTF-8, and the log refuses it.
    """
    layers: list[str] = []
    column: int | None = None
    sentence: _Sentence | None = None
    count = 0
    for number, line in lines:
        if line.startswith("#T_"):
            layers.append(line)
            continue
        if not line.strip():
            if sentence is not None:
                count += 1
                yield from _finished(sentence, count, reading)
            sentence = None
            continue
        if line.startswith("#FORMAT="):
            continue
        if column is None:
            column = entity_column(layers, reading)
        sentence = sentence or _Sentence(number)
        try:
            _take(line, sentence, column)
        except InputError as exc:
            reading.log.refuse(reading.log.located(number, exc))
    if sentence is not None:
        yield from _finished(sentence, count + 1, reading)


def webanno_pieces(posts: Iterable[Post]) -> Iterator[tuple[str, str]]:
    """Yield a document piece by piece, each with what it is; a post that is not annotated is empty.

    Entities are annotations of the layer for named entities that both programs have.
    """
    yield "the head", f"{WEBANNO}.3\n#T_SP={_LAYER}|identifier|value\n\n"
    position, annotation = 0, 0
    for number, post in enumerate(posts, start=1):
        text, offsets = lay_out(post)
        values = ["_\t_"] * len(post.tokens)
        for entity in post.entities or ():
            mark = ""
            if entity.end - entity.start > 1:
                annotation += 1
                mark = f"[{annotation}]"
            value = f"*{mark}\t{_SPECIAL.sub(lambda match: _escaped(match[0]), entity.label)}{mark}"
            values[entity.start : entity.end] = [value] * (entity.end - entity.start)
        rows = [f"\n#Sentence.id={_in_line(post.id)}\n"]
        rows += [f"#Text={_in_line(part)}\n" for part in text.split("\n")]
        before = 0
        for place, (token, (start, end)) in enumerate(zip(post.tokens, offsets, strict=True)):
            first = position + _units(text[before:start])
            position, before = first + _units(text[start:end]), end
            row = (
                f"{number}-{place + 1}\t{first}-{position}\t{_in_line(token)}\t{values[place]}\t\n"
            )
            rows.append(row)
        position += _units(text[before:]) + 1  # the end of the line
        yield f"post {quoted(post.id)}", "".join(rows)


def _take(line: str, sentence: _Sentence, column: int) -> None:
    """Read a line of a sentence."""
    require_readable(line)
    if match := _META.fullmatch(line):
        if match[1] == "Text":
            sentence.text.append(_plain(match[2]))
        elif match[1] == "Sentence.id":
            sentence.id = _plain(match[2])
        return
    match = _TOKEN.fullmatch(line)
    cells = match[3].split("\t") if match else []
    if match is None or len(cells) <= column:
        raise InputError(
            f"expected a token with its place, its offsets and at least {column} columns of "
            f"annotations, such as 1-1<TAB>0-3<TAB>Ann<TAB>PER, got {quoted(line)}"
        )
    if match[2] is None:
        sentence.tokens.append(_plain(cells[0]))
    if cells[column] != "_":
        _annotate(sentence, cells[column], is_part=match[2] is not None)


def _annotate(sentence: _Sentence, cell: str, *, is_part: bool) -> None:
    """Add what a cell says of the last token, or of a part of it."""
    here = len(sentence.tokens)
    for number, value in enumerate(_BAR.split(cell)):
        match = _VALUE.fullmatch(value)
        if match is None or here == 0:
            raise InputError(f"an annotation is {quoted(value)}: expected such as PER or PER[1]")
        label = _NO_LABEL if match[1] in ("", "*") else _plain(match[1])
        if is_part:
            token = quoted(sentence.tokens[-1])
            sentence.problems.append(("cut-token", f"{label} cuts a token: read as {token}"))
        key = match[2] or f"{here}.{number}.{label}"
        before = sentence.marks.get(key)
        start = here - 1 if before is None else before.start
        sentence.marks[key] = Mark(start, here, label)


def _finished(sentence: _Sentence, count: int, reading: Reading) -> NumberedPosts:
    """Yield the post of a sentence, unless it cannot be used."""
    text = "\n".join(sentence.text)
    offsets = _offsets(text, sentence.tokens)
    draft = Draft(
        id=sentence.id,
        text=None if offsets is None else text,
        tokens=sentence.tokens,
        offsets=offsets,
        marks=tuple(sentence.marks.values()),
        problems=tuple(sentence.problems),
    )
    try:
        post, problems = post_of_draft(draft, str(count), keep=False)
    except InputError as exc:
        reading.log.refuse(reading.log.located(sentence.line, exc))
        return
    for kind, message in problems:
        reading.log.report(kind, sentence.line, f"post {quoted(post.id)}: {message}")
    yield sentence.line, post


def _offsets(text: str, tokens: list[str]) -> list[list[int]] | None:
    """Return where tokens are in a text, in order; None where one is not there."""
    offsets, position = [], 0
    for token in tokens:
        start = text.find(token, position)
        if start < 0:
            return None
        position = start + len(token)
        offsets.append([start, position])
    return offsets


def _units(text: str) -> int:
    """Return the code units of UTF-16 in a text."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _in_line(text: str) -> str:
    """Return a text without what would end a cell or a line."""
    escaped = text.replace("\\", "\\\\")
    for letter, character in _LETTERS.items():
        escaped = escaped.replace(character, f"\\{letter}")
    return escaped


def _escaped(special: str) -> str:
    return f"\\{special}"


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda match: _LETTERS.get(match[1], match[1]), text)
