"""The instructions of a container file, of the kinds that deploy/Containerfile has."""

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

__all__ = ["Image", "Step", "read_stages"]

_IGNORED = frozenset({"EXPOSE", "STOPSIGNAL"})
_OPTION = re.compile(r"--([a-z-]+)=(\S+)\s+")


@dataclass(frozen=True)
class Step:
    """A step that changes the files of an image."""

    kind: str
    """`RUN` or `COPY`."""
    words: Sequence[str]
    """The command, or the sources and the target."""
    folder: str
    """The folder in which it is done."""
    stage: str | None = None
    """The stage from which files are copied; None for the build context."""


@dataclass
class Image:
    """One stage: what is done, and what the image says of the program."""

    steps: list[Step] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = "0:0"
    program: Sequence[str] = ()
    health: Sequence[str] = ()


def read_stages(text: str) -> dict[str, Image]:
    """Return the stages by name; the last, which is the image, has the empty name.

    Raises:
        ValueError: an instruction is of no known kind.
    """
    stages: dict[str, Image] = {}
    image = Image()
    for kind, rest in _instructions(text):
        if kind == "FROM":
            image = stages.setdefault(rest.partition(" AS ")[2], Image())
        elif kind not in _IGNORED:
            _add(image, kind, rest)
    return stages


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        kind, _, rest = line.strip().partition(" ")
        if kind:
            yield kind, rest.strip()


def _add(image: Image, kind: str, rest: str) -> None:
    match kind:
        case "WORKDIR":
            image.folder = rest
        case "USER":
            image.user = rest
        case "ENV":
            image.variables |= dict(word.split("=", 1) for word in shlex.split(rest))
        case "RUN":
            image.steps.append(Step("RUN", ["/bin/sh", "-c", rest], image.folder))
        case "COPY":
            options = dict(_OPTION.findall(rest))
            words = _OPTION.sub("", rest).split()
            image.steps.append(Step("COPY", words, image.folder, options.get("from")))
        case "HEALTHCHECK":
            image.health = json.loads(rest.partition("CMD")[2])
        case "ENTRYPOINT":
            image.program = json.loads(rest)
        case _:
            raise ValueError(f"{kind}: expected an instruction that deploy/Containerfile has")
