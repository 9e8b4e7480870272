"""What is known of the pictures of a part before its posts are tagged: a file for each stage.

A file appears when it is complete, and is removed when its part has been tagged. So a stage may be
killed at any moment, and what it has finished is not done again.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal

import msgspec
import numpy as np

from mner.batch.job import Job, StageName
from mner.batch.part_posts import read_part
from mner.batch.plan import Part
from mner.batch.storage import Storage, arrow
from mner.errors import InputError, quoted
from mner.pictures.lettering.lines import Lettering
from mner.pictures.lettering.reader import open_reader
from mner.pictures.lettering.stored import PictureLettering
from mner.pictures.union import union_of
from mner.tagging.load import open_picture_regions
from mner.tagging.model_folder import read_model
from mner.types import PictureState, Post, Regions

__all__ = [
    "EncodingWorker",
    "LetteringWorker",
    "PartLettering",
    "PartRegions",
    "looked_name",
]

_BATCH = 16
"""Pictures that are encoded together, and stand together in a file."""
_KEPT_BATCHES = 64
"""Of a file in an object store: about what the posts of a chunk need."""


def looked_name(part: Part, stage: StageName) -> str:
    """Return the name of the file that a stage writes of the pictures of a part."""
    return f"_{part.name}.{stage}"


class LetteringWorker:
    """Reads the words in the pictures of parts.

    Raises:
        InputError: the engine is not known.
        MissingExtraError: it is not installed.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._read = PictureLettering(job.picture_source(), open_reader(job.words.engine))

    def __call__(self, part: Part) -> Part:
        """Write down what is written in the pictures of a part."""
        name = looked_name(part, "lettering")
        if not self._job.target.has(name):
            read = {picture: self._read(picture) for picture in _pictures(self._job, part)}
            content = msgspec.json.encode(read)
            self._job.target.write(name, lambda stream: stream.write(content))
        return part

    def close(self) -> None:
        """Close nothing: the engine ends with its process."""


class EncodingWorker:
    """Encodes the pictures of parts for a model that looks at pictures.

    Raises:
        ModelError: the encoder is not the one that the model was trained with.
        MissingExtraError: the packages of the encoder are not installed.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        regions = open_picture_regions(
            read_model(job.model),
            pictures=job.picture_source(),
            threads=job.threads,
            device=job.device,
        )
        assert regions is not None
        self._regions = regions

    def __call__(self, part: Part) -> Part:
        """Write down the regions of the pictures of a part."""
        name = looked_name(part, "encoding")
        if not self._job.target.has(name):
            pictures = _pictures(self._job, part)
            self._job.target.write(name, lambda stream: self._write(pictures, stream))
        return part

    def close(self) -> None:
        """Close nothing: the encoder ends with its process."""

    def _write(self, pictures: Sequence[str], stream: IO[bytes]) -> None:
        """Write a table of Arrow; as many regions are in memory as a batch has."""
        pa = arrow()
        rows = iter(pictures)
        with pa.ipc.new_file(stream, _schema(pa)) as file:
            while batch := list(islice(rows, _BATCH)):
                posts = [Post("", (), picture=picture) for picture in batch]
                file.write_batch(_as_batch(pa, batch, self._regions(posts)))


class PartLettering:
    """What is written in the pictures of one part at a time."""

    def __init__(self) -> None:
        self._known: Mapping[str, Lettering] = {}

    @contextmanager
    def of(self, target: Storage, part: Part) -> Iterator[None]:
        """Know the pictures of a part."""
        content = target.read(target.path(looked_name(part, "lettering")))
        self._known = msgspec.json.decode(content, type=dict[str, Lettering])
        yield
        self._known = {}

    def __call__(self, picture: str) -> Lettering:
        """Return what is written in a picture of the part."""
        if picture not in self._known:
            raise _unknown(picture)
        return self._known[picture]


class PartRegions:
    """The regions of the pictures of one part at a time; a `RegionSource`.

    Args:
        width: V, the width of a region.
    """

    looks_at: Literal["pictures"] = "pictures"

    def __init__(self, width: int) -> None:
        self.width = width
        self._file: _RegionFile | None = None

    @contextmanager
    def of(self, target: Storage, part: Part) -> Iterator[None]:
        """Know the pictures of a part."""
        with _opened(target, looked_name(part, "encoding")) as file:
            self._file = _RegionFile(file, width=self.width)
            yield
            self._file = None

    def __call__(self, posts: Sequence[Post]) -> list[Regions]:
        """Return the regions of each post, in their order."""
        return [self._of(post) for post in posts]

    def _of(self, post: Post) -> Regions:
        assert self._file is not None
        regions = [self._file(picture) for picture in post.pictures]
        return union_of(post.pictures, regions, width=self.width)


class _RegionFile:
    """A table of Arrow, of which the pictures are read that are asked for."""

    def __init__(self, file: Any, *, width: int) -> None:
        self._width = width
        self._batch = lru_cache(_KEPT_BATCHES)(file.get_batch)
        self._places: dict[str, tuple[int, int]] = {}
        for number in range(file.num_record_batches):
            names = file.get_batch(number).column("picture").to_pylist()
            for row, picture in enumerate(names):
                self._places[picture] = number, row

    def __call__(self, picture: str) -> Regions:
        if picture not in self._places:
            raise _unknown(picture)
        number, row = self._places[picture]
        batch = self._batch(number)
        vectors = np.frombuffer(batch.column("vectors")[row].as_buffer(), dtype=np.float32)
        return Regions(
            PictureState(batch.column("state")[row].as_py()),
            vectors.reshape(-1, self._width).copy(),
            reason=batch.column("reason")[row].as_py(),
        )


def _pictures(job: Job, part: Part) -> list[str]:
    """Return the pictures that the posts of a part name, each once."""
    posts = read_part(job.source, job.plan, part, fields=job.fields).posts
    return list(dict.fromkeys(picture for post in posts for picture in post.pictures))


def _unknown(picture: str) -> InputError:
    return InputError(
        f"picture {quoted(picture)} was not named when its part was looked at: the archive has "
        "changed; name an empty folder"
    )


def _schema(pa: Any) -> Any:
    kinds = {
        "picture": pa.string(),
        "state": pa.string(),
        "reason": pa.string(),
        "vectors": pa.large_binary(),
    }
    return pa.schema(list(kinds.items()))


def _as_batch(pa: Any, pictures: Sequence[str], regions: Sequence[Regions]) -> Any:
    columns = [
        list(map(str, pictures)),
        [str(own.state) for own in regions],
        [own.reason for own in regions],
        [np.ascontiguousarray(own.vectors, dtype=np.float32).tobytes() for own in regions],
    ]
    schema = _schema(pa)
    arrays = [pa.array(values, kind) for values, kind in zip(columns, schema.types, strict=True)]
    return pa.record_batch(arrays, schema=schema)


@contextmanager
def _opened(target: Storage, name: str) -> Iterator[Any]:
    """Open a table of Arrow, which is mapped into memory where it lies on a disk."""
    pa = arrow()
    path = target.path(name)
    opened = pa.memory_map(str(Path(path))) if target.is_on_disk else target.open(path)
    with opened as stream:
        yield pa.ipc.open_file(stream)
