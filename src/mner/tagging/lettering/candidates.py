"""What may be a name in lettering, each with the features by which its probability is fitted.

Lettering is not like a post: it has capitals, one or two words a line, and no sentences. So a
tagger reads it in several ways: the lines of a group joined, each line alone, and both with words
in capitals written as names usually are. Each way gives a feature.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import log

import numpy as np

from mner.pictures.lettering.layout import line_groups
from mner.pictures.lettering.lines import Box, Lettering, Line, around
from mner.posts.raw import raw_post
from mner.tagging.results import TaggedPost, TextEntity
from mner.tagging.tagger import Tagger
from mner.types import Doubles, Post

__all__ = ["FEATURES", "Candidate", "comparable", "find_candidates", "log_odds"]

_WAYS = ("joined", "line", "joined recased", "line recased")
FEATURES = (
    *(f"log odds, {way}" for way in _WAYS),
    "confidence",
    "share of its text",
    "log of its length",
    "log of the number of lines",
    "root of the number of readings",
    "written in the post",
    "entity of the post",
)
"""The names of the features of a candidate, in order."""

_NOT_FOUND = 0.02
"""The probability that stands for a way of reading in which a name was not found."""
_LEAST_LENGTH = 2
_SURE_LENGTH = 4
"""Characters from which on a name that the post's text holds is not taken for chance."""
_MOST_READINGS = 6
_LONG_CAPITALS = 4
"""Words of as many capitals are no abbreviations."""


@dataclass
class Candidate:
    """A name that some reading of the lettering has found."""

    text: str
    label: str
    box: Box
    line: str
    confidence: float
    """Of the least sure of its lines."""
    share: float
    """The share of the characters of what was read together."""
    readings: int = 0
    probabilities: dict[str, float] = field(default_factory=dict)
    """By the way of reading, the highest that was found."""

    @property
    def key(self) -> str:
        """What two candidates have in common that are the same name."""
        return comparable(self.text)

    def features(self, post: TaggedPost, *, lines: int) -> Doubles:
        """Return the values of `FEATURES`.

        Args:
            post: the post with the entities of its text.
            lines: the number of lines in the picture.
        """
        own = {(comparable(name), label) for name, label in _names(post)}
        is_written = len(self.key) >= _SURE_LENGTH and self.key in comparable(_text(post))
        odds = [log_odds(self.probabilities.get(way, _NOT_FOUND)) for way in _WAYS]
        rest = (
            self.confidence,
            self.share,
            log(len(self.key)),
            log(1 + lines),
            min(self.readings, _MOST_READINGS) ** 0.5,
            float(is_written),
            float((self.key, self.label) in own),
        )
        return np.array([*odds, *rest])


def log_odds(probability: float) -> float:
    """Return the logarithm of the odds, within what a thousand posts can show."""
    bounded = min(max(probability, 1e-3), 1 - 1e-3)
    return log(bounded / (1 - bounded))


def comparable(text: str) -> str:
    """Return letters and digits alone, without case, accents and blanks."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(filter(str.isalnum, decomposed))


def find_candidates(lettering: Lettering, tagger: Tagger) -> list[Candidate]:
    """Return what any reading of the lettering takes for a name, each name and label once."""
    texts = list(_texts(lettering))
    found: dict[tuple[str, str], Candidate] = {}
    tagged = tagger.tag([post for _, _, post in texts])
    for (way, lines, _), post in zip(texts, tagged, strict=True):
        for entity in post.entities:
            assert isinstance(entity, TextEntity)
            candidate = _candidate(entity, lines)
            if len(candidate.key) < _LEAST_LENGTH:
                continue
            known = found.setdefault((candidate.key, candidate.label), candidate)
            _add_reading(known, candidate, way, entity.probability)
    return list(found.values())


def _texts(lettering: Lettering) -> Iterator[tuple[str, tuple[Line, ...], Post]]:
    """Yield what is read, with the way in which it is read and its lines.

    Recasing keeps the length of a text, so that characters keep their places.
    """
    for group in line_groups(lettering):
        units = [("joined", group)]
        if len(group) == 1:
            units.append(("line", group))
        else:
            units += [("line", (line,)) for line in group]
        for way, lines in units:
            text = " ".join(line.text for line in lines)
            for name, form in ((way, text), (f"{way} recased", _recased(text))):
                post = raw_post("1", form)
                if post.tokens:
                    yield name, lines, post


def _recased(text: str) -> str:
    """Return a text whose long words in capitals begin with a capital and go on in small."""
    words = text.split(" ")
    return " ".join(_recased_word(word) for word in words)


def _recased_word(word: str) -> str:
    if len(word) < _LONG_CAPITALS or not word.isupper():
        return word
    recased = word.title()
    return recased if len(recased) == len(word) else word


def _candidate(entity: TextEntity, lines: Sequence[Line]) -> Candidate:
    """Return the candidate of an entity in lines that were joined by blanks."""
    whole = " ".join(line.text for line in lines)
    text = whole[entity.start_char : entity.end_char]
    boxes, touched, start = [], [], 0
    for line in lines:
        end = start + len(line.text)
        first, last = max(entity.start_char, start), min(entity.end_char, end)
        if first < last:
            touched.append(line)
            boxes.append(_part(line, first - start, last - start))
        start = end + 1
    return Candidate(
        text,
        entity.label,
        around(boxes),
        " ".join(line.text for line in touched),
        confidence=min(line.confidence for line in touched),
        share=len(comparable(text)) / max(1, len(comparable(whole))),
    )


def _part(line: Line, first: int, last: int) -> Box:
    """Return the box of some characters of a line, as if all were equally wide."""
    left, top, right, bottom = line.box
    width = (right - left) / len(line.text)
    if right - left < bottom - top:  # a line that is turned
        return line.box
    return Box(round(left + first * width, 4), top, round(left + last * width, 4), bottom)


def _add_reading(known: Candidate, candidate: Candidate, way: str, probability: float) -> None:
    known.readings += 1
    known.probabilities[way] = max(known.probabilities.get(way, 0.0), probability)
    known.share = max(known.share, candidate.share)
    if candidate.confidence > known.confidence:
        known.confidence, known.box = candidate.confidence, candidate.box
        known.text, known.line = candidate.text, candidate.line


def _names(post: TaggedPost) -> Iterable[tuple[str, str]]:
    for entity in post.entities:
        yield " ".join(post.tokens[entity.start : entity.end]), entity.label


def _text(post: TaggedPost) -> str:
    return post.text if post.text is not None else " ".join(post.tokens)
