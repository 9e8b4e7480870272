"""What the workers of all stages know of an archive, and what they say of a part."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from mner.batch.part_posts import Failure
from mner.batch.plan import Plan
from mner.batch.storage import Storage
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
    pictures: Path | None = None
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
        base = Path(self.source.root) if self.source.is_local else Path()
        base = base if base.is_dir() else base.parent
        return PictureSource(self.pictures, base=base, trust_paths=self.trust_paths)

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
