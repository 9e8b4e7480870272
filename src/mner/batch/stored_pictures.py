"""Pictures that lie in an object store, beside an archive or in a folder of their own."""

from itertools import islice

from mner.batch.storage import Storage
from mner.errors import InputError, clipped
from mner.pictures.decode import MOST_FILE_BYTES
from mner.pictures.names import possible_names

__all__ = ["StoredPictures"]


class StoredPictures:
    """Gets the bytes of pictures by id or file name, as `PictureSource.stored` does.

    A name costs one request and, where there is no such file, one more for each of its other
    spellings and endings, which are sent together.

    Args:
        folder: where the pictures are.
    """

    def __init__(self, folder: Storage) -> None:
        self._folder = folder

    def require_folder(self) -> None:
        """Make sure that the folder is there.

        Raises:
            InputError: it is not, or it cannot be asked for.
        """
        from pyarrow.fs import FileType

        try:
            (info,) = self._folder.system.get_file_info([self._folder.root])
        except OSError as exc:
            raise InputError(f"{self._folder.name}: cannot be read: {clipped(exc)}") from exc
        if info.type != FileType.Directory:
            problem = "no such folder" if info.type == FileType.NotFound else "expected a folder"
            raise InputError(f"{self._folder.name}: {problem} of pictures")

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

        infos = self._folder.system.get_file_info([self._folder.path(name) for name in names])
        for info in infos:
            if info.type != FileType.File:
                continue
            if info.size > MOST_FILE_BYTES:
                raise InputError(
                    f"the file has {info.size} bytes, more than the {MOST_FILE_BYTES} that are read"
                )
            return self._folder.read(info.path)
        return None
