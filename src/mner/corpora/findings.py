"""What a check found in files of posts, for people and for programs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from mner.files.terminal import one_line

__all__ = ["ILL_FORMED", "Finding", "Findings", "findings_of"]

ILL_FORMED = "ill-formed"
"""The kind of posts that cannot be read."""

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of trouble in one file, or between several."""

    kind: str
    files: tuple[str, ...]
    count: int
    examples: tuple[str, ...]
    """The first few, each beginning with file:line."""


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a check found."""

    posts: Mapping[str, int]
    """By file."""
    found: tuple[Finding, ...]
    not_annotated: tuple[str, ...] = ()
    """Files of which no post is annotated."""
    languages: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By file, how many posts seem to be in each language other than English, by its code. Empty
    where the extra `language` is not installed."""

    @property
    def is_readable(self) -> bool:
        """Whether every line could be read, so that training and tagging will not stop at one."""
        return all(finding.kind != ILL_FORMED for finding in self.found)

    def as_dict(self) -> dict[str, Any]:
        """Return the findings for JSON."""
        return {
            "posts": dict(self.posts),
            "found": [asdict(finding) for finding in self.found],
            "not_annotated": list(self.not_annotated),
            "languages": {file: dict(counts) for file, counts in self.languages.items()},
        }

    def render(self) -> str:
        """Return the findings as lines for people."""
        lines = []
        for file, count in self.posts.items():
            note = ", none of them annotated" if file in self.not_annotated else ""
            lines.append(one_line(f"{file}: {count:,} posts{note}"))
            if languages := self.languages.get(file):
                counts = ", ".join(f"{number:,} {code}" for code, number in languages.items())
                lines.append(f"  seem to be in another language than English: {counts}")
        for finding in self.found:
            files = " and ".join(finding.files)
            lines += ["", one_line(f"{finding.kind}: {finding.count:,} in {files}")]
            lines += [f"  {one_line(example)}" for example in finding.examples]
        if not self.found:
            lines.append("nothing wrong")
        return "\n".join(lines)


def findings_of(kind: str, files: Sequence[str], messages: Sequence[str]) -> Iterator[Finding]:
    """Yield the finding of all messages of one kind; none where there is no message."""
    if messages:
        yield Finding(kind, tuple(files), len(messages), tuple(messages[:_EXAMPLES]))
