"""Documents of brat to posts: a text, and beside it a file with its entities, in characters.

brat counts code points. Format: https://brat.nlplab.org/standoff.html
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from mner.errors import InputError, quoted
from mner.files.load import read_text
from mner.posts.exchange.build import post_of_draft
from mner.posts.exchange.draft import Draft, Mark
from mner.posts.reading import NumberedPosts, Reading

__all__ = ["read_brat"]

_LOG = logging.getLogger(__name__)
_ENTITY = re.compile(r"(T\d+)\t(\S+) (\d+ \d+(?:;\d+ \d+)*)\t(.*)")
_PROBABILITY = re.compile(r"#\d+\tAnnotatorNotes (T\d+)\tprobability ([01]\.\d+)")
_LINE = re.compile(r"\r\n|\n|\r")
_DIGITS = re.compile("([0-9]{1,18})")
_ADVICE = "expected a file of brat"


def read_brat(folder: Path, reading: Reading) -> NumberedPosts:
    """Yield the post of each text of a folder, in the order of their names, with its number.

    The id is the name of the file. A text without a file of entities is not annotated. Relations,
    events and attributes are not read.

    Raises:
        InputError: a file cannot be read or is ill-formed, and the log refuses it.
    """
    _LOG.info("%s: read as: texts of brat with their entities", folder)
    for number, path in enumerate(sorted(folder.glob("*.txt"), key=_order), start=1):
        try:
            draft = _draft(path)
            post, problems = post_of_draft(draft, str(number), keep=False)
        except InputError as exc:
            reading.log.refuse(InputError(f"{path}: {exc}"))
            continue
        for kind, message in problems:
            reading.log.report(kind, number, f"{path.name}: {message}")
        yield number, post


def _order(path: Path) -> list[tuple[int, str]]:
    """Return what files are sorted by: their names, in which numbers count as such."""
    parts = _DIGITS.split(path.stem)
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts if part]


def _draft(path: Path) -> Draft:
    text = read_text(path, advice=_ADVICE, error=InputError)
    draft = Draft(id=unquote(path.stem), text=text)
    annotations = path.with_suffix(".ann")
    if not annotations.is_file():
        return draft
    problems: list[tuple[str, str]] = []
    lines = _LINE.split(read_text(annotations, advice=_ADVICE, error=InputError))
    sure = {match[1]: float(match[2]) for line in lines if (match := _PROBABILITY.match(line))}
    marks = []
    for name, mark in _marks(lines, text, problems):
        marks.append(replace(mark, probability=sure.get(name)))
    return replace(draft, marks=tuple(marks), problems=tuple(problems))


def _marks(
    lines: list[str], text: str, problems: list[tuple[str, str]]
) -> Iterator[tuple[str, Mark]]:
    """Yield the entities with their names in the file."""
    for number, line in enumerate(lines, start=1):
        if not line.startswith("T"):
            continue
        match = _ENTITY.fullmatch(line)
        if match is None:
            raise InputError(
                f"line {number} of its entities is {quoted(line)}: expected a name, a label with "
                "start and end, and the words, such as T1<TAB>PER 0 3<TAB>Ann"
            )
        name, label, ranges, words = match.groups()
        fragments = [tuple(map(int, pair.split())) for pair in ranges.split(";")]
        start, end = fragments[0][0], fragments[-1][1]
        if end > len(text):
            raise InputError(
                f"{name} ends at character {end}, but the text has {len(text)}: is the text that "
                "of these entities?"
            )
        between = [text[a[1] : b[0]] for a, b in pairwise(fragments)]
        if any(gap.strip() for gap in between):
            message = f"{name} has a gap: read from its first to its last character"
            problems.append(("fragments", message))
        actual = " ".join(text[first:last] for first, last in fragments)
        if actual != words:
            message = f"{name} says {quoted(words)}, but the text has {quoted(actual)}"
            problems.append(("span-text", message))
        yield name, Mark(start, end, label)
