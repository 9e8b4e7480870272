"""The input of a tagging, and how much of it has been read."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, TypeVar

from tqdm import tqdm

from mner.errors import InputError
from mner.files.output import standard_output

__all__ = ["Lines"]

_Item = TypeVar("_Item")


class Lines:
    """The lines of a file, or of a stream, which may pause. A context manager closes the file.

    Args:
        file: a path, or `-` for standard input.

    Attributes:
        source: what `read_posts` reads.
        is_stream: whether it may pause, and has no size.

    Raises:
        InputError: the file cannot be opened.
    """

    def __init__(self, file: str) -> None:
        path = Path(file)
        self.is_stream = file == "-" or not path.is_file()
        self.source: str | BinaryIO = file
        self._size = 0
        if self.is_stream:
            return
        try:
            self._size = path.stat().st_size
            self.source = path.open("rb")
        except OSError as exc:
            raise InputError(f"{file}: cannot be read: {exc.strerror or exc}") from exc

    def __enter__(self) -> "Lines":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not isinstance(self.source, str):
            self.source.close()

    def with_bar(self, results: Iterable[_Item], *, to_file: bool) -> Iterable[_Item]:
        """Show a progress bar beside results, except between the lines on a terminal.

        For a file the bar counts the bytes that have been read, so that it knows where it ends.
        """
        if not to_file and standard_output().isatty():
            return results
        if isinstance(self.source, str):
            return tqdm(results, desc="tag", unit="post", disable=None)
        return _with_bytes(results, self.source, self._size)


def _with_bytes(results: Iterable[_Item], source: BinaryIO, size: int) -> Iterator[_Item]:
    with tqdm(desc="tag", total=size, unit="B", unit_scale=True, disable=None) as bar:
        for count, result in enumerate(results, start=1):
            yield result
            if not bar.disable:
                bar.set_postfix_str(f"{count} posts", refresh=False)
                bar.update(source.tell() - bar.n)
