"""The sample corpus: invented posts with drawn pictures, for trying things out.

Every name may be a person, a place, an organisation or a thing, in every split. In half of the
mentions, the words around the name show which it is. In the other half, these words are the same
for all four kinds, and only the picture shows it. Some names of valid and test never occur in
train.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from itertools import product
from pathlib import Path
from random import Random
from string import ascii_letters, digits
from typing import NamedTuple, TypeAlias, TypeVar

from tqdm import tqdm

from mner.bio import spans_to_tags
from mner.corpora.drawing import KINDS, draw_picture
from mner.corpora.phrases import (
    FILLINGS,
    LEADS,
    NAMES,
    NEUTRAL,
    NO_ENTITY,
    SYLLABLES,
    TAILS,
    TELLING,
)
from mner.errors import InputError
from mner.files.load import read_json
from mner.files.write import new_folder
from mner.posts.column_lines import header_line, row_line
from mner.types import PictureState

__all__ = ["SPLITS", "write_sample"]

SPLITS = {"train": 600, "valid": 150, "test": 250}
"""Posts in each split."""

_DESCRIPTION = "sample.json"
_VERSION = 1
_FIRST_ID = 10001

_LABELS = dict(zip(("PER", "LOC", "ORG", "OTHER"), KINDS, strict=True))
# The last ten names are not for train.
_KNOWN = NAMES[:-10]
_NAMES = {"train": _KNOWN, "valid": _KNOWN + NAMES[-10:-6], "test": _KNOWN + NAMES[-6:]}

# Shares of the posts, and of their names.
_ABSENT, _UNREADABLE = 0.05, 0.02
_NO_ENTITY, _TWO_ENTITIES = 0.08, 0.15
_BY_PICTURE = 0.55
_HASHTAG = 0.1

_Word: TypeAlias = tuple[str, str]
"""A token and its tag."""
_Card = TypeVar("_Card")


@dataclass(frozen=True)
class _Description:
    """What decides a sample corpus."""

    version: int
    seed: int
    posts: dict[str, int]
    """By split."""


class _Draft(NamedTuple):
    """A post before its picture is drawn."""

    id: str
    words: list[_Word]
    kind: str
    """What the picture shows."""
    state: PictureState


def write_sample(folder: Path, *, seed: int = 0, sizes: Mapping[str, int] = SPLITS) -> bool:
    """Write `train.txt`, `valid.txt` and `test.txt` in IMGID format, and `images/<id>.jpg`.

    Of a hundred pictures, five are absent and two unreadable. The same seed gives the same corpus,
    with text files that are equal to the byte.

    Args:
        folder: appears when all is written.
        seed: decides everything.
        sizes: posts in each split of `SPLITS`; a smaller corpus is good for trying things out.

    Returns:
        False where this corpus was there already, and was left as it is.

    Raises:
        InputError: the folder holds something else, or cannot be written.
    """
    description = _Description(_VERSION, seed, dict(sizes))
    if _is_there(folder, description):
        return False
    try:
        with new_folder(folder, replace=False) as corpus:
            _write_corpus(corpus, seed, sizes=sizes)
            content = json.dumps(asdict(description)) + "\n"
            (corpus / _DESCRIPTION).write_text(content, encoding="utf-8")
    except FileExistsError:  # another process was quicker
        return not _is_there(folder, description)
    except OSError as exc:
        raise InputError(
            f"{folder}: the sample corpus cannot be written ({exc.strerror or exc})"
        ) from exc
    return True


def _is_there(folder: Path, wanted: _Description) -> bool:
    """Return whether the corpus is there; raise InputError where something else is."""
    if not folder.exists():
        return False
    advice = "is there already and is no sample corpus: choose another folder"
    try:
        present = read_json(folder / _DESCRIPTION, _Description, advice=advice)
    except InputError as exc:
        raise InputError(f"{folder}: {advice}") from exc
    if present != wanted:
        raise InputError(
            f"{folder}: a sample corpus of {asdict(present)}, expected {asdict(wanted)}: "
            "choose another folder, or remove it"
        )
    return True


def _write_corpus(folder: Path, seed: int, *, sizes: Mapping[str, int]) -> None:
    drafts: list[_Draft] = []
    for split, size in sizes.items():
        author = _Author(split, seed)
        states = _states(size, _rng(seed, split, "states"))
        first = _FIRST_ID + len(drafts)
        own = [author.draft(str(first + number), state) for number, state in enumerate(states)]
        content = "".join(map(_block, own))
        (folder / f"{split}.txt").write_text(content, encoding="utf-8", newline="\n")
        drafts += own
    (folder / "images").mkdir()
    for draft in tqdm(drafts, desc="draw pictures", unit="picture", disable=None):
        if draft.state is not PictureState.ABSENT:
            (folder / "images" / f"{draft.id}.jpg").write_bytes(_picture(draft, seed))


def _states(size: int, rng: Random) -> list[PictureState]:
    absent, unreadable = round(size * _ABSENT), round(size * _UNREADABLE)
    states = [PictureState.ABSENT] * absent + [PictureState.UNREADABLE] * unreadable
    return rng.sample(states + [PictureState.PRESENT] * (size - len(states)), size)


class _Author:
    """Makes up the posts of one split."""

    def __init__(self, split: str, seed: int) -> None:
        self._rng = _rng(seed, split)
        self._mentions = self._deck(list(product(_NAMES[split], _LABELS)))
        self._phrases = {
            phrases: self._deck(phrases) for phrases in (NEUTRAL, NO_ENTITY, *TELLING.values())
        }

    def draft(self, identity: str, state: PictureState) -> _Draft:
        """Make up a post."""
        rng = self._rng
        chance = rng.random()
        if chance < _NO_ENTITY:
            words, kind = self._say(next(self._phrases[NO_ENTITY])), rng.choice(KINDS)
        else:
            words, kind = self._mention(_BY_PICTURE)
        if chance > 1 - _TWO_ENTITIES:
            # The picture does not show the second entity, so its words have to.
            link = (rng.choice((",", "and", "...", "|")), "O")
            second, _ = self._mention(0)
            words = [*words, link, *second]
        words = [*self._say(rng.choice(LEADS)), *words, *self._say(rng.choice(TAILS))]
        return _Draft(identity, words, kind, state)

    def _mention(self, by_picture: float) -> tuple[list[_Word], str]:
        """Return a phrase with a name in it, and the kind of what is named.

        Args:
            by_picture: the chance that only the picture shows the kind.
        """
        name, label = next(self._mentions)
        phrases = NEUTRAL if self._rng.random() < by_picture else TELLING[label]
        return self._say(next(self._phrases[phrases]), name=name, label=label), _LABELS[label]

    def _say(self, phrase: str, *, name: str = "", label: str = "") -> list[_Word]:
        words: list[_Word] = []
        for word in phrase.split():
            if word == "NAME":
                words += self._name(name, label)
            else:
                words += ((token, "O") for token in self._fill(word).split())
        return words

    def _name(self, name: str, label: str) -> list[_Word]:
        """Return the words of a name, which is written as a hashtag now and then."""
        is_hashtag = self._rng.random() < _HASHTAG
        tokens = [f"#{name.replace(' ', '')}"] if is_hashtag else name.split()
        tags = spans_to_tags([(0, len(tokens), label)], len(tokens))
        return list(zip(tokens, tags, strict=True))

    def _fill(self, word: str) -> str:
        """Replace `{adjective}` and the like."""
        rng = self._rng
        if not word.startswith("{"):
            return word
        if word == "{url}":
            return "http://t.co/" + "".join(rng.choices(ascii_letters + digits, k=10))
        if word == "{user}":
            name = "".join(rng.choices(SYLLABLES, k=3))
            return "@" + name + rng.choice(("", "_", str(rng.randint(1, 99))))
        return rng.choice(FILLINGS[word[1:-1]])

    def _deck(self, cards: Sequence[_Card]) -> Iterator[_Card]:
        """Deal cards without end, shuffled again when all are dealt.

        So no card comes more often than another.
        """
        while True:
            yield from self._rng.sample(cards, len(cards))


def _block(draft: _Draft) -> str:
    rows = "".join(row_line(token, tag) for token, tag in draft.words)
    return header_line(draft.id) + rows + "\n"


def _picture(draft: _Draft, seed: int) -> bytes:
    rng = _rng(seed, draft.id)
    buffer = BytesIO()
    draw_picture(draft.kind, rng).save(buffer, "JPEG", quality=rng.randint(55, 90))
    picture = buffer.getvalue()
    if draft.state is PictureState.PRESENT:
        return picture
    return rng.choice((picture[:2000], b"<!DOCTYPE html>\n<title>404 Not Found</title>\n"))


def _rng(*key: object) -> Random:
    """Return random numbers for a key, so that a change of one leaves the others as they are."""
    return Random(" ".join(map(str, key)))  # noqa: S311 - nothing here is secret
