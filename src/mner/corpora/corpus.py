"""Corpora as a recipe wants them: read, with captions, made alike, without excluded texts."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from mner.corpora.adapt import adapt
from mner.corpora.comparable import comparable_text
from mner.corpora.labels import warning_of_misspelt_labels
from mner.errors import Problem
from mner.posts.agreement import CONTRADICTION
from mner.posts.captions import attach_captions
from mner.posts.read import read_numbered_posts, read_tagged
from mner.posts.reading import Columns, ReadingOptions
from mner.recipe.data import CorpusSection, DataSection
from mner.types import Post

__all__ = [
    "Corpus",
    "read_corpora",
    "read_corpus",
    "read_file",
    "read_split",
    "reading_of",
    "sources_of",
]


class Corpus(NamedTuple):
    """The posts of one corpus of a recipe."""

    source: CorpusSection
    posts: Iterator[Post]
    """They are read as they are taken, in the order of the file."""


def sources_of(data: DataSection) -> tuple[CorpusSection, ...]:
    """Return the corpora of a recipe, one or several."""
    return data.corpora or (CorpusSection(train=data.train, dev=data.dev),)


def read_split(data: DataSection, split: str, *, captions: Path | None) -> Iterator[Post]:
    """Yield the posts of all corpora of a recipe, one after the other; see `read_corpora`."""
    for corpus in read_corpora(data, split, captions=captions):
        yield from corpus.posts


def read_corpora(data: DataSection, split: str, *, captions: Path | None) -> Iterator[Corpus]:
    """Yield the training or dev posts of each corpus of a recipe, without the excluded texts.

    The posts are read one at a time. Memory holds the excluded texts and the captions.

    Args:
        data: the recipe's section.
        split: `train` or `dev`.
        captions: JSONL file of captions, or None.

    Raises:
        InputError: a file or the captions cannot be read, or a post is not annotated.
    """
    excluded = _excluded_texts(data)
    for source in sources_of(data):
        file = getattr(source, split)
        if file:
            posts = _adapted_posts(Path(file), source, data=data, split=split, captions=captions)
            yield Corpus(source, _without(posts, excluded))


def read_corpus(path: Path, data: DataSection, *, captions: Path | None) -> Iterator[Post]:
    """Read the posts of a file, which are annotated or tagged, one at a time.

    Args:
        path: the file.
        data: names format, scheme, the policy for orphans and the fields of captions.
        captions: JSONL file of captions, or None.

    Raises:
        InputError: the file or the captions cannot be read, a post is not annotated, or its
            fields contradict one another.
    """
    posts = read_tagged(path, reading_of(data), refused=(CONTRADICTION,))
    if captions is not None:
        posts = attach_captions(posts, captions, fields=data.caption_fields or None)
    return posts


def read_file(
    path: str | Path, data: DataSection, *, on_problem: Callable[[Problem], None] | None = None
) -> Iterator[Post]:
    """Read a file as the files of a recipe are read; see `reading_of`."""
    numbered = read_numbered_posts(path, reading_of(data), on_problem=on_problem)
    return (post for _, post in numbered)


def reading_of(data: DataSection) -> ReadingOptions:
    """Return how the files of a recipe are read.

    Raises:
        InputError: `data.columns` is ill-formed.
    """
    return ReadingOptions(
        format=data.format,
        scheme=data.scheme,
        orphans=data.orphans,
        columns=Columns.parse(data.columns) if data.columns else None,
        labels=data.labels or None,
    )


def _excluded_texts(data: DataSection) -> set[str]:
    texts: set[str] = set()
    for path in data.exclude:
        posts = read_file(path, data, on_problem=lambda _: None)
        texts.update(comparable_text(post.tokens) for post in posts)
    return texts - {""}


def _without(posts: Iterator[Post], excluded: set[str]) -> Iterator[Post]:
    """Leave out the posts whose texts are excluded."""
    if not excluded:
        return posts
    return (post for post in posts if comparable_text(post.tokens) not in excluded)


def _adapted_posts(
    path: Path, source: CorpusSection, *, data: DataSection, split: str, captions: Path | None
) -> Iterator[Post]:
    posts = read_corpus(path, data, captions=captions)
    if split == "train":
        posts = warning_of_misspelt_labels(path, posts, corpus=source)
    return adapt(posts, source, name=path.stem if data.corpora else "")
