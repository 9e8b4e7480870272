"""The lettering of posts' pictures: from a file in which it is kept, or read on the spot."""

from mner.pictures.lettering.lines import Lettering, LetteringState
from mner.pictures.lettering.reader import LONGEST_SIDE, TextReader, read_lettering
from mner.pictures.lettering.store import LetteringStore
from mner.pictures.source import PictureSource

__all__ = ["PictureLettering"]


class PictureLettering:
    """Gives what is written in pictures; each is read once if there is a store.

    Args:
        source: where the pictures are.
        reader: the engine.
        store: what was read before, to which what is read now is added.
    """

    def __init__(
        self, source: PictureSource, reader: TextReader, *, store: LetteringStore | None = None
    ) -> None:
        self._source = source
        self._reader = reader
        self._store = store

    def __call__(self, picture: str | None) -> Lettering:
        """Return what is written in the picture of a post; a state where it cannot be read."""
        if picture is None:
            return Lettering(LetteringState.ABSENT)
        kept = self._store.find(picture) if self._store is not None else None
        if kept is not None:
            return kept
        whole = self._source.read_whole(picture, longest=LONGEST_SIDE)
        lettering = read_lettering(whole, self._reader)
        if self._store is not None:
            self._store.add(picture, lettering)
        return lettering
