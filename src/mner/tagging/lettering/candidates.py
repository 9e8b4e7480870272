"""What may be a name in lettering, each with the features by which its probability is fitted.

The tagger's best tags miss most names in lettering, which has little context. So words that would
be a name if the tagger took O for less probable are candidates, too, and so are words that the
post's text has. What each of them is worth says its probability in all readings.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import log

import numpy as np

from mner.pictures.lettering.lines import Box, Lettering, Line, around
from mner.tagging.batching import PostBatch
from mner.tagging.lettering.known_names import known_names
from mner.tagging.lettering.readings import Reading, readings
from mner.tagging.lettering.words import Run, comparable, word_runs
from mner.tagging.results import TaggedPost
from mner.tagging.tagger import Tagger
from mner.types import Doubles, Emitted, Post

__all__ = ["FEATURES", "Candidate", "find_candidates", "log_odds"]

FEATURES = (
    "mean log odds",
    "over several lines",
    "confidence",
    "share of its text",
    "log of its length",
    "entity of the post",
    "in a hashtag or username of the post",
    "name of the training",
)
"""The names of the features of a candidate, in order."""

_OFFSETS = (0.0, 4.0)
"""What is taken from the score of O, for the best tags of which the spans are candidates."""
_MOST_WORDS = 8
_LEAST_LENGTH = 2
"""Letters and digits of a candidate."""
_LEAST_IN_TAG = 3
"""Letters and digits of a candidate that a hashtag or a username holds."""
_LEAST_IN_TEXT = 4
"""Letters and digits of a candidate that the text holds."""
_SHORT = 6
"""Words of a reading that is a candidate as a whole."""
_BATCH = 8
"""Readings in a batch. With more, short lines are padded to the length of long groups, which takes
80 MB for a picture of 45 lines, and no less time."""
_LEAST = 0.02
"""The least probability of a candidate, in its best reading."""


@dataclass
class Candidate:
    """Words that may be a name of one type."""

    text: str
    label: str
    box: Box
    line: str
    confidence: float
    """Of the least sure of its lines."""
    share: float
    """The highest share of the characters of what was read together."""
    is_over_lines: bool
    """Whether no line holds it alone."""
    is_known: bool
    """Whether it was a name of this type in the training."""
    probabilities: list[float] = field(default_factory=list)
    """One for each place where a reading has it."""

    @property
    def key(self) -> str:
        """What two candidates have in common that are the same name."""
        return comparable(self.text)

    def features(self, post: TaggedPost) -> Doubles:
        """Return the values of `FEATURES`.

        Args:
            post: the post with the entities of its text.
        """
        own = {
            (comparable("".join(post.tokens[entity.start : entity.end])), entity.label)
            for entity in post.entities
        }
        is_in_tag = len(self.key) >= _LEAST_IN_TAG and any(self.key in tag for tag in _tags(post))
        values = (
            np.mean([log_odds(probability) for probability in self.probabilities]),
            self.is_over_lines,
            self.confidence,
            self.share,
            log(len(self.key)),
            (self.key, self.label) in own,
            is_in_tag,
            self.is_known,
        )
        return np.array(values, dtype=np.float64)


def log_odds(probability: float) -> float:
    """Return the logarithm of the odds, within what a thousand posts can show."""
    bounded = min(max(probability, 1e-3), 1 - 1e-3)
    return log(bounded / (1 - bounded))


def find_candidates(post: Post, lettering: Lettering, tagger: Tagger) -> list[Candidate]:
    """Return what may be a name in a picture's lettering, each name and label once.

    Args:
        post: the post of the picture; words of its text are candidates, too.
        lettering: what is written in the picture.
        tagger: reads it.
    """
    read = list(readings(lettering))
    posts = [reading.post for reading in read]
    batches = list(tagger.emissions(posts, batch_size=_BATCH))
    keys: defaultdict[int, set[str]] = defaultdict(set)
    for batch, emitted in batches:
        for reading, found in _found(read, batch, emitted, tagger):
            keys[reading.group] |= found
    in_text = _keys_of_text(post)
    for reading in read:
        keys[reading.group] |= _keys_beside(reading, in_text, _tags(post))
    candidates: dict[tuple[str, str], Candidate] = {}
    for batch, emitted in batches:
        _weigh(candidates, read, batch, emitted, keys=keys, tagger=tagger)
    return [item for item in candidates.values() if max(item.probabilities) >= _LEAST]


def _found(
    read: Sequence[Reading], batch: PostBatch, emitted: Emitted, tagger: Tagger
) -> Iterator[tuple[Reading, set[str]]]:
    """Yield readings with the keys of what their tags, with O lowered, mark as names."""
    for offset in _OFFSETS:
        decoder = tagger.decoder.lowered(offset)
        spans = decoder.spans(emitted.emissions, batch.arrays.lengths)
        for position, of_post in zip(batch.positions, spans, strict=True):
            tokens = read[position].post.tokens
            yield read[position], {comparable("".join(tokens[a:b])) for a, b, _ in of_post}


def _keys_of_text(post: Post) -> set[str]:
    """Return the keys of all words of a post, and of all runs of them."""
    runs = word_runs(post.tokens, most=_MOST_WORDS)
    return {run.key for run in runs if len(run.key) >= _LEAST_IN_TEXT}


def _tags(post: Post) -> list[str]:
    """Return the hashtags and usernames of a post, as `comparable` writes them."""
    return [comparable(token) for token in post.tokens if token.startswith(("#", "@"))]


def _keys_beside(reading: Reading, in_text: set[str], tags: Sequence[str]) -> set[str]:
    """Return the keys of a reading that are candidates whatever the tagger finds."""
    tokens = reading.post.tokens
    keys = {run.key for run in word_runs(tokens, most=_MOST_WORDS) if _is_beside(run, tags)}
    keys |= {run.key for run in word_runs(tokens, most=_MOST_WORDS)} & in_text
    if len(tokens) <= _SHORT:
        keys.add(comparable("".join(tokens)))
    return keys


def _is_beside(run: Run, tags: Sequence[str]) -> bool:
    """Return whether a hashtag or a username begins or ends with a run of words."""
    return len(run.key) >= _LEAST_IN_TAG and any(
        tag.startswith(run.key) or tag.endswith(run.key) for tag in tags
    )


def _weigh(
    candidates: dict[tuple[str, str], Candidate],
    read: Sequence[Reading],
    batch: PostBatch,
    emitted: Emitted,
    *,
    keys: Mapping[int, set[str]],
    tagger: Tagger,
) -> None:
    """Add the probabilities of all labels at all places of the keys of a group."""
    labels, known = tagger.labels, known_names(tagger)
    places = [list(_places(read[position], keys)) for position in batch.positions]
    spans = [
        [(run.start, run.end, label) for run in of_post for label in labels] for of_post in places
    ]
    probabilities = tagger.decoder.probabilities(emitted.emissions, batch.arrays.lengths, spans)
    for position, of_post, values in zip(batch.positions, places, probabilities, strict=True):
        numbers = iter(values.tolist())
        for run in of_post:
            for label in labels:
                new = _candidate(read[position], run, label, is_known=(run.key, label) in known)
                _add(candidates.setdefault((run.key, label), new), new, next(numbers))


def _places(reading: Reading, keys: Mapping[int, set[str]]) -> Iterator[Run]:
    wanted = keys[reading.group]
    for run in word_runs(reading.post.tokens, most=_MOST_WORDS):
        if len(run.key) >= _LEAST_LENGTH and run.key in wanted:
            yield run


def _candidate(reading: Reading, run: Run, label: str, *, is_known: bool) -> Candidate:
    """Return the candidate of words of a reading."""
    offsets = reading.post.offsets
    assert offsets is not None
    first, last = offsets[run.start][0], offsets[run.end - 1][1]
    boxes, touched, start = [], [], 0
    for line in reading.lines:
        end = start + len(line.text)
        left, right = max(first, start), min(last, end)
        if left < right:
            touched.append(line)
            boxes.append(_part(line, left - start, right - start))
        start = end + 1
    return Candidate(
        reading.text[first:last],
        label,
        around(boxes),
        " ".join(line.text for line in touched),
        confidence=min(line.confidence for line in touched),
        share=len(run.key) / len(comparable(reading.text)),
        is_over_lines=len(touched) > 1,
        is_known=is_known,
    )


def _part(line: Line, first: int, last: int) -> Box:
    """Return the box of some characters of a line, as if all were equally wide."""
    left, top, right, bottom = line.box
    width = (right - left) / len(line.text)
    if right - left < bottom - top:  # a line that is turned
        return line.box
    return Box(round(left + first * width, 4), top, round(left + last * width, 4), bottom)


def _add(known: Candidate, new: Candidate, probability: float) -> None:
    """Add a place to a candidate, whose text and box are those of the surest lines."""
    known.probabilities.append(probability)
    known.share = max(known.share, new.share)
    known.is_over_lines = known.is_over_lines and new.is_over_lines
    if new.confidence > known.confidence:
        known.confidence, known.box = new.confidence, new.box
        known.text, known.line = new.text, new.line
