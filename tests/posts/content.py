"""Small files of posts, read from their content."""

import io

from mner.errors import Problem
from mner.formats import Format, SchemeChoice
from mner.posts.read import read_posts
from mner.types import Entity, Post

__all__ = ["PLAIN", "POSTS", "kinds_and_lines", "read"]

PLAIN = "IMGID:7\nIn\tO\nNew\tB-LOC\nYork\tI-LOC\n\nIMGID:8\n@me\tO\n#Nike\tB-ORG\n\n"
POSTS = [
    Post("7", ("In", "New", "York"), (Entity(1, 3, "LOC"),), picture="7"),
    Post("8", ("@me", "#Nike"), (Entity(1, 2, "ORG"),), picture="8"),
]


def read(
    content: str | bytes,
    *,
    format: Format = "auto",
    scheme: SchemeChoice = "auto",
    strict: bool = False,
) -> tuple[list[Post], list[Problem]]:
    """Posts and problems of a file's content."""
    problems: list[Problem] = []
    stream = io.BytesIO(content.encode() if isinstance(content, str) else content)
    stream.name = "posts.txt"
    return list(
        read_posts(stream, format=format, scheme=scheme, strict=strict, on_problem=problems.append)
    ), problems


def kinds_and_lines(problems: list[Problem]) -> list[tuple[str, int]]:
    return [(problem.kind, problem.line) for problem in problems]
