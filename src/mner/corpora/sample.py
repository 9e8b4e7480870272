"""The sample corpus: invented posts with drawn pictures, in which names are ambiguous and about half of them are told by the picture alone.

Every name may be a person, a place, an organisation or a thing, in every split. In half of the mentions the words around it tell which; in the other half
they are the same for all four, and only the picture tells. Some names of valid and test never occur in train.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
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
from mner.files.write import new_folder
from mner.types import PictureState

__all__ = ["SPLITS", "write_sample"]

SPLITS = {"train": 600, "valid": 150, "test": 250}
_ABOUT = "sample.json"
_VERSION = 1

_LABELS = dict(zip(("PER", "LOC", "ORG", "OTHER"), KINDS, strict=True))
# The last ten names are not for train.
_KNOWN = NAMES[:-10]
_NAMES = {"train": _KNOWN, "valid": _KNOWN + NAMES[-10:-6], "test": _KNOWN + NAMES[-6:]}

_ABSENT, _UNREADABLE = 0.05, 0.02
_NO_ENTITY, _TWO_ENTITIES = 0.08, 0.15
_TOLD_BY_PICTURE = 0.55
_HASHTAG = 0.1


_Word: TypeAlias = tuple[str, str]
"""A token and its tag."""
_Card = TypeVar("_Card")


class _Post(NamedTuple):
    """A post before its picture is drawn."""

    id: str
    words: list[_Word]
    kind: str
    """What the picture shows."""
    state: PictureState


def write_sample(folder: Path, *, seed: int = 0, sizes: Mapping[str, int] = SPLITS) -> bool:
    """Write `train.txt`, `valid.txt` and `test.txt` in IMGID format, and `images/<id>.jpg`.

    Five in a hundred pictures are absent and two unreadable. The same seed gives the same corpus, with text files that are equal to the byte.

    Args:
        folder: appears when all is written.
        seed: decides everything.
        sizes: posts in each split of `SPLITS`; a smaller corpus is good for trying things out.

    Returns:
        False where this corpus was there already, and was left as it is.

    Raises:
        InputError: the folder holds something else, or cannot be written.
    """
    about = {"version": _VERSION, "seed": seed, "posts": dict(sizes)}
    if _is_there(folder, about):
        return False
    try:
        with new_folder(folder) as corpus:
            _write_corpus(corpus, seed, sizes=sizes)
            (corpus / _ABOUT).write_text(json.dumps(about) + "\n", encoding="utf-8")
    except OSError as exc:
        raise InputError(
            f"{folder}: the sample corpus cannot be written ({exc.strerror or exc})"
        ) from exc
    return True


def _is_there(folder: Path, about: dict[str, object]) -> bool:
    """Whether the corpus is there; raises InputError where something else is."""
    try:
        found = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    if found is None and folder.exists():
        raise InputError(
            f"{folder}: is there already and is no sample corpus: choose another folder"
        )
    if found not in (None, about):
        raise InputError(
            f"{folder}: a sample corpus of {found}, expected {about}: choose another folder, or remove it"
        )
    return found is not None


def _write_corpus(folder: Path, seed: int, *, sizes: Mapping[str, int]) -> None:
    first, posts = 10001, list[_Post]()
    for split, size in sizes.items():
        author, states = _Author(split, seed), _states(size, _rng(seed, split, "states"))
        some = [author.post(str(first + number), state) for number, state in enumerate(states)]
        (folder / f"{split}.txt").write_text(
            "".join(map(_block, some)), encoding="utf-8", newline="\n"
        )
        first, posts = first + size, posts + some
    (folder / "images").mkdir()
    for post in tqdm(posts, desc="draw pictures", unit="picture", disable=None):
        if post.state is not PictureState.ABSENT:
            (folder / "images" / f"{post.id}.jpg").write_bytes(_picture(post, seed))


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

    def post(self, identity: str, state: PictureState) -> _Post:
        rng, chance = self._rng, self._rng.random()
        words, kind = (
            (self._say(next(self._phrases[NO_ENTITY])), rng.choice(KINDS))
            if chance < _NO_ENTITY
            else self._mention(_TOLD_BY_PICTURE)
        )
        if chance > 1 - _TWO_ENTITIES:
            # The picture does not show the second entity, so its words have to tell.
            words = [*words, (rng.choice((",", "and", "...", "|")), "O"), *self._mention(0)[0]]
        return _Post(
            identity,
            [*self._say(rng.choice(LEADS)), *words, *self._say(rng.choice(TAILS))],
            kind,
            state,
        )

    def _mention(self, told_by_picture: float) -> tuple[list[_Word], str]:
        """A phrase with a name in it, and the kind of what is named; `told_by_picture` is the chance that only the picture tells it."""
        name, label = next(self._mentions)
        phrases = NEUTRAL if self._rng.random() < told_by_picture else TELLING[label]
        return self._say(next(self._phrases[phrases]), name=name, label=label), _LABELS[label]

    def _say(self, phrase: str, *, name: str = "", label: str = "") -> list[_Word]:
        words: list[_Word] = []
        for word in phrase.split():
            if word == "NAME":
                written = (
                    [f"#{name.replace(' ', '')}"] if self._rng.random() < _HASHTAG else name.split()
                )
                words += zip(
                    written, spans_to_tags([(0, len(written), label)], len(written)), strict=True
                )
            else:
                words += ((token, "O") for token in self._fill(word).split())
        return words

    def _fill(self, word: str) -> str:
        rng = self._rng
        if word == "{url}":
            return "http://t.co/" + "".join(rng.choices(ascii_letters + digits, k=10))
        if word == "{user}":
            return (
                "@"
                + "".join(rng.choices(SYLLABLES, k=3))
                + rng.choice(("", "_", str(rng.randint(1, 99))))
            )
        return rng.choice(FILLINGS[word[1:-1]]) if word.startswith("{") else word

    def _deck(self, cards: Sequence[_Card]) -> Iterator[_Card]:
        """Cards without end, shuffled anew whenever all are dealt, so that none comes more often than another."""
        while True:
            yield from self._rng.sample(cards, len(cards))


def _block(post: _Post) -> str:
    return f"IMGID:{post.id}\n" + "".join(f"{token}\t{tag}\n" for token, tag in post.words) + "\n"


def _picture(post: _Post, seed: int) -> bytes:
    rng = _rng(seed, post.id)
    buffer = BytesIO()
    draw_picture(post.kind, rng).save(buffer, "JPEG", quality=rng.randint(55, 90))
    if post.state is PictureState.PRESENT:
        return buffer.getvalue()
    return rng.choice(
        (buffer.getvalue()[:2000], b"<!DOCTYPE html>\n<title>404 Not Found</title>\n")
    )


def _rng(*about: object) -> Random:
    """Chance of its own for every part, so that a change of one leaves the others as they are."""
    return Random(" ".join(map(str, about)))  # noqa: S311 - nothing here is secret
