"""What takes long: reasons for entities, and names that are written in pictures.

Such posts have a queue and a thread of their own beside those that are only tagged.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec

from mner.errors import InputError
from mner.pictures.lettering.reader import TextReader, open_reader
from mner.pictures.lettering.stored import PictureLettering
from mner.pictures.source import PictureSource
from mner.serve.posts import Wishes
from mner.tagging.explain import Explained, explain
from mner.tagging.lettering.step import LetteringStep
from mner.tagging.tagger import Tagger
from mner.types import Post

__all__ = ["Wanted", "Words", "explained"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A post, and what is wanted of it."""

    post: Post
    wishes: Wishes


@dataclass
class Words:
    """Reads the words in pictures for all models, one picture at a time."""

    _reader: TextReader | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def can_be_read(self) -> bool:
        """Whether the extra `ocr` is installed."""
        return find_spec("rapidocr") is not None

    def named(self, result: Explained, tagger: Tagger) -> Explained:
        """Return a tagged post with the names in its picture, if it has a picture.

        Raises:
            InputError: the picture cannot be read.
        """
        if result.tagged.post.picture is None:
            return result
        with self._lock:
            if self._reader is None:
                self._reader = open_reader()
            lettering = PictureLettering(PictureSource(), self._reader)
            step = LetteringStep(tagger, lettering, self._reader.description)
            (named,) = step([result])
        if step.first:
            raise InputError(f"the picture cannot be read: {step.first}")
        return named


def explained(tagger: Tagger, wanted: Sequence[Wanted], words: Words) -> list[Explained]:
    """Tag posts, with the reasons and the names in pictures where they are wanted.

    Raises:
        InputError: a post cannot be tagged, or its picture cannot be read.
    """
    results: list[Explained | None] = [None] * len(wanted)
    for is_explained in (False, True):
        positions = [
            position for position, item in enumerate(wanted) if item.wishes.explain is is_explained
        ]
        posts = [wanted[position].post for position in positions]
        found = explain(tagger, posts) if is_explained else _tagged(tagger, posts)
        for position, result in zip(positions, found, strict=True):
            has_names = wanted[position].wishes.ocr
            results[position] = words.named(result, tagger) if has_names else result
    return [result for result in results if result is not None]


def _tagged(tagger: Tagger, posts: Sequence[Post]) -> Iterator[Explained]:
    return (Explained(tagged, ()) for tagged in tagger.explain(posts))
