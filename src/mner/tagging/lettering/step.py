"""The step of a tagging that reads the words in pictures, after the texts have been tagged."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from mner.errors import quoted
from mner.pictures.lettering.lines import Lettering, LetteringState
from mner.pictures.lettering.reader import open_reader
from mner.pictures.lettering.store import open_store
from mner.pictures.lettering.stored import PictureLettering
from mner.pictures.source import PictureSource
from mner.tagging.explain import Explained
from mner.tagging.lettering.names import with_names
from mner.tagging.tagger import Tagger

__all__ = ["LetteringStep", "MissedPictures", "WordsInPictures", "open_step"]


_LOOKED_AT = frozenset({LetteringState.READ, LetteringState.NO_TEXT})


@dataclass(frozen=True, slots=True)
class WordsInPictures:
    """Whether the words in pictures are read, by what, and where they are kept."""

    wanted: bool | None = None
    """None reads them if a folder of pictures is given and the extra `ocr` is installed."""
    engine: str = "rapidocr"
    store: Path | None = None
    """The file in which they are kept, so that each picture is read once; None keeps nothing."""

    def is_on(self, *, has_folder: bool) -> bool:
        """Return whether the words are read.

        Args:
            has_folder: whether a folder of pictures is given.
        """
        if self.wanted is None:
            return self.store is not None or (has_folder and _is_installed())
        return self.wanted

    def is_missed(self, *, has_folder: bool) -> bool:
        """Return whether they would be read if the extra were installed."""
        return self.wanted is None and has_folder and not self.is_on(has_folder=has_folder)


@dataclass
class LetteringStep:
    """Adds the names in pictures to tagged posts, and counts what could not be read."""

    tagger: Tagger
    lettering: Callable[[str], Lettering]
    """Gives what is written in a picture, such as `PictureLettering`."""
    description: str
    """The engine, which decides the results together with the tagger."""
    states: Counter[LetteringState] = field(default_factory=Counter)
    """How many pictures that posts name are in each state."""
    first: str = ""
    """The first post whose picture could not be read, with the reason."""

    def __call__(self, results: Iterable[Explained]) -> Iterator[Explained]:
        """Yield the results with the names of their pictures, one by one."""
        for explained in results:
            post = explained.tagged.post
            letterings = [self.lettering(picture) for picture in post.pictures]
            for lettering in letterings:
                self._count(post.id, lettering)
            looked_at = [
                (picture, lettering)
                for picture, lettering in zip(post.pictures, letterings, strict=True)
                if lettering.state in _LOOKED_AT
            ]
            if not looked_at:
                yield explained
                continue
            tagged = with_names(explained.tagged, looked_at, self.tagger)
            yield Explained(tagged, explained.reasons)

    def summary(self) -> str:
        """Say how many pictures could not be read; return an empty string where all could."""
        if not self.first:
            return ""
        counts = ", ".join(f"{count} {state}" for state, count in self.states.items())
        total = f"{self.states.total()} pictures of posts"
        return f"words in {total}: {counts} (first: {self.first})"

    def _count(self, post: str, lettering: Lettering) -> None:
        self.states[lettering.state] += 1
        if lettering.state not in _LOOKED_AT and not self.first:
            self.first = f"post {quoted(post)}: {lettering.reason}"


@contextmanager
def open_step(
    words: WordsInPictures, tagger: Tagger, source: PictureSource
) -> Iterator[LetteringStep]:
    """Open the engine, and the file in which its words are kept.

    Args:
        words: what is wanted.
        tagger: finds names in the words.
        source: where the pictures are.

    Raises:
        InputError: the engine is not known or not installed, or the file is of something else.
        MissingExtraError: the package of the engine is not installed.
    """
    reader = open_reader(words.engine)
    kept = open_store(words.store, engine=reader.description) if words.store else nullcontext()
    with kept as store:
        lettering = PictureLettering(source, reader, store=store)
        yield LetteringStep(tagger, lettering, reader.description)


@dataclass
class MissedPictures:
    """Counts posts with pictures whose words are not read because the extra is missing."""

    count: int = 0

    def counted(self, results: Iterable[Explained]) -> Iterator[Explained]:
        """Yield the results, and count the posts that name a picture."""
        for explained in results:
            self.count += explained.tagged.post.picture is not None
            yield explained

    def summary(self) -> str:
        """Say how many there were; return an empty string where there was none."""
        if not self.count:
            return ""
        noun = "post has a picture" if self.count == 1 else "posts have pictures"
        return (
            f"{self.count} {noun}; the model reads text only: pip install 'mner[ocr]' finds the "
            "names that are written in them"
        )


def _is_installed() -> bool:
    return find_spec("rapidocr") is not None
