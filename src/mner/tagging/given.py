"""What decides the results of a tagging: they may not replace it, and resuming needs the same."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import mner
from mner.errors import InputError
from mner.tagging.output import Output
from mner.tagging.unfinished import STREAM

__all__ = ["Given"]


@dataclass(frozen=True)
class Given:
    """The inputs of a tagging."""

    model: Path
    file: str
    captions: Path | None = None
    pictures: Path | None = None
    features: Path | None = None

    def inputs(self) -> dict[str, str | Path | None]:
        """Return the files that an output may not replace, by what they are."""
        return {
            "the input": self.file,
            "the model": self.model,
            "--captions": self.captions,
            "--features": self.features,
        }

    def made_of(self, output: Output, options: Mapping[str, object]) -> dict[str, str]:
        """Return what has to be the same when a tagging is resumed, by what it is.

        Pictures and stores of features are known by path, size and time; other files by content.

        Args:
            output: its style and what it leaves out.
            options: further options.

        Raises:
            InputError: a file cannot be read, or a stream is to be resumed.
        """
        is_stream = self.file == "-" or not Path(self.file).is_file()
        if is_stream and output.resume:
            raise InputError(f"{self.file}: a stream cannot be read again: --resume needs a file")
        values = {**options, "style": output.final_style, "explain": output.explain}
        values |= {"rows": output.rows, "with_model": output.with_model}
        if output.promise is not None:
            values["promise"] = output.promise
        values["min_probability"] = float(output.min_probability)
        return {
            "version of mner": mner.__version__,
            "model": _digest(self.model),
            "input": STREAM if is_stream else _digest(Path(self.file)),
            "file of captions": _digest(self.captions) if self.captions else "",
            "folder of pictures": str(self.pictures.resolve()) if self.pictures else "",
            "store of features": _state(self.features) if self.features else "",
            "choice of options": str(sorted(values.items())),
        }


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def _digest(path: Path) -> str:
    """Return a digest of the content of a file, or of all files of a folder."""
    whole = hashlib.sha256()
    for file in _files(path):
        try:
            with file.open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as exc:
            raise InputError(f"{file}: cannot be read: {exc.strerror or exc}") from exc
        whole.update(f"{file.relative_to(path).as_posix()}\0{content}\n".encode())
    return whole.hexdigest()


def _state(path: Path) -> str:
    """Return a digest of path, size and time of a file, or of all files of a folder."""
    states = []
    for file in _files(path):
        try:
            state = file.stat()
        except OSError as exc:
            raise InputError(f"{file}: cannot be read: {exc.strerror or exc}") from exc
        states.append((str(file.resolve()), state.st_size, state.st_mtime_ns))
    return hashlib.sha256(repr(states).encode()).hexdigest()
