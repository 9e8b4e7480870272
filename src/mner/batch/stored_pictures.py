"""Pictures that lie in an object store, beside an archive or in a folder of their own."""

from functools import cached_property
from itertools import islice

from mner.batch.storage import Storage
from mner.errors import InputError, clipped
from mner.pictures.decode import why_too_large
from mner.pictures.names import possible_names

__all__ = ["StoredPictures"]


class StoredPictures:
    """Gets the bytes of pictures by id or file name, as `PictureSource.stored` does.

    A name costs one request and, where there is no such file, one more for each of its other
    spellings and endings, which are sent together.

    Args:
        place: the folder of the pictures, or a file beside which they are.
    """

    def __init__(self, place: Storage) -> None:
        self._place = place

    def require_folder(self) -> None:
        """Make sure that the folder is there.

        Raises:
            InputError: it is not, or it cannot be asked for.
        """
        from pyarrow.fs import FileType

        kind = self._place.info().type
        if kind != FileType.Directory:
            problem = "no such folder" if kind == FileType.NotFound else "expected a folder"
            raise InputError(f"{self._place.name}: {problem} of pictures")

    def __call__(self, name: str) -> bytes | None:
        """Return the bytes of a picture; None where there is no such file.

        Raises:
            InputError: it is too large, or cannot be read.
        """
        names = possible_names(name)
        try:
            for some in (islice(names, 1), names):
                found = self._first(list(some))
                if found is not None:
                    return found
        except OSError as exc:
            raise InputError(f"it cannot be read: {clipped(exc)}") from exc
        except ValueError:
            return None  # no file has such a name
        return None

    def _first(self, names: list[str]) -> bytes | None:
        """Read the first of some files that is there."""
        from pyarrow.fs import FileType

        system = self._place.system
        for info in system.get_file_info([f"{self._folder}/{name}" for name in names]):
            if info.type != FileType.File:
                continue
            reason = why_too_large(info.size)
            if reason is not None:
                raise InputError(reason)
            return self._place.read(info.path)
        return None

    @cached_property
    def _folder(self) -> str:
        """The path of the folder in the store."""
        from pyarrow.fs import FileType

        root = self._place.root.rstrip("/")
        return root.rpartition("/")[0] if self._place.info().type == FileType.File else root
