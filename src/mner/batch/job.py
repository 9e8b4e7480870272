"""What the workers of all stages know of an archive, and what they say of a part."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from mner.batch.part_posts import Failure
from mner.batch.plan import Plan
from mner.batch.storage import Storage
from mner.batch.stored_pictures import StoredPictures
from mner.graphs.devices import Device
from mner.pictures.source import PictureSource
from mner.posts.reading import Fields
from mner.tagging.lettering.step import WordsInPictures

__all__ = ["Done", "Job", "StageName"]

StageName: TypeAlias = Literal["lettering", "encoding", "tagging"]
"""Reading the words in pictures, encoding pictures, and tagging posts."""


@dataclass(frozen=True)
class Job:
    """All that a worker has to know."""

    source: Storage
    target: Storage
    plan: Plan
    model: Path
    fields: Fields = field(default_factory=Fields)
    pictures: str | None = None
    """A folder of pictures by id, an absolute path or an address; see `Batch`."""
    words: WordsInPictures = field(default_factory=WordsInPictures)
    trust_paths: bool = False
    min_probability: float = 0.0
    device: Device | None = None
    threads: int = 1
    """Threads of a worker."""
    apart: tuple[StageName, ...] = ()
    """The stages before tagging that have workers of their own. Those who tag do the others."""

    def picture_source(self) -> PictureSource:
        """Return where the pictures of the posts are."""
        if self.pictures is not None:
            folder = Storage(self.pictures)
            if folder.is_on_disk:
                return PictureSource(Path(folder.root), trust_paths=self.trust_paths)
            stored = StoredPictures(folder)
            stored.require_folder()
            return PictureSource(stored=stored)
        if not self.source.is_on_disk:
            return PictureSource(stored=StoredPictures(self.source))
        base = Path(self.source.root)
        base = base if base.is_dir() else base.parent
        return PictureSource(base=base, trust_paths=self.trust_paths)

    def reads_words(self) -> bool:
        """Return whether the words in pictures are read."""
        has_folder = self.pictures is not None or self.plan.kind == "pictures"
        return self.words.is_on(has_folder=has_folder)


@dataclass(frozen=True)
class Done:
    """What became of a part, as it stands in a file beside the part's results."""

    part: int
    file: str
    posts: int
    entities: dict[str, int]
    """Numbers of entities in texts, by label."""
    picture_entities: dict[str, int]
    """The same of names in pictures."""
    pictures: dict[str, int]
    """Numbers of pictures that the model or the reader of words looked at, by state."""
    failures: list[Failure]
