"""What a check keeps of a file of posts: locations and digests, no posts."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from mner.corpora.comparable import comparable_text
from mner.errors import InputError, Problem, quoted
from mner.pictures.names import find_picture
from mner.posts.language import OtherLanguage
from mner.posts.read import read_numbered_posts
from mner.posts.reading import ReadingOptions
from mner.types import Post

__all__ = ["PictureUse", "Scan", "scan_file"]


class PictureUse(NamedTuple):
    """A picture of a post."""

    location: str
    """The file and the line of the post."""
    reference: str
    """Empty where the post names no picture."""
    path: Path | None
    """None where there is no such picture."""


@dataclass
class Scan:
    """What is known of a file."""

    file: str
    posts: int = 0
    problems: list[Problem] = field(default_factory=list)
    errors: list[InputError] = field(default_factory=list)
    """Why posts cannot be read."""
    texts: defaultdict[bytes, list[str]] = field(default_factory=lambda: defaultdict(list))
    """From the digest of a comparable text to the locations of its posts."""
    pictures: list[PictureUse] = field(default_factory=list)
    """Of all posts, where pictures are looked for."""
    without_words: int = 0
    """Posts that have no words, of which nobody expects entities."""
    not_annotated: list[str] = field(default_factory=list)
    """Messages about posts that are not annotated."""
    languages: Counter[str] = field(default_factory=Counter)
    """How many posts seem to be in each language other than English."""


def scan_file(
    path: Path,
    *,
    pictures: Path | None,
    reading: ReadingOptions,
    other_language: OtherLanguage | None,
) -> Scan:
    """Read a file once and keep what a check needs.

    Args:
        path: a file that `read_posts` reads.
        pictures: folder of pictures; none are looked for without it.
        reading: how the file is read.
        other_language: tells languages apart; None looks at none.

    Raises:
        InputError: the file cannot be read at all.
    """
    scan = Scan(str(path))
    for line, post in _readable_posts(path, scan, reading):
        location = f"{path}:{line}"
        scan.posts += 1
        if text := comparable_text(post.tokens):
            digest = blake2b(text.encode(), digest_size=16).digest()
            scan.texts[digest].append(location)
        if other_language is not None and (language := other_language(post.tokens)) is not None:
            scan.languages[language] += 1
        if not post.tokens:
            scan.without_words += 1
        elif post.entities is None:
            scan.not_annotated.append(
                f"{location}: post {quoted(post.id)} is not annotated, though others in the "
                "file are"
            )
        if pictures is not None:
            for name in dict.fromkeys(post.pictures or ("",)):
                file = find_picture(pictures, name) if post.pictures else None
                scan.pictures.append(PictureUse(location, name, file))
    return scan


def _readable_posts(path: Path, scan: Scan, reading: ReadingOptions) -> Iterator[tuple[int, Post]]:
    """Yield the posts that can be read, and note in `scan` what is wrong with the others.

    Raises:
        InputError: the file cannot be read at all.
    """
    try:
        yield from read_numbered_posts(
            path, reading, on_problem=scan.problems.append, on_error=scan.errors.append
        )
    except InputError as exc:
        if not scan.errors:
            raise
        scan.errors.append(exc)
