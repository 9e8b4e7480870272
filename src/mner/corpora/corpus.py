"""Posts of a corpus as a recipe wants them: read, with captions attached; several corpora made alike and put together."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mner.corpora.check import normalise
from mner.corpora.conventions import apply_conventions
from mner.errors import DataWarning, Problem
from mner.posts.captions import attach_captions
from mner.posts.read import read_posts, read_tagged
from mner.recipe.sections import CorpusSection, DataSection
from mner.require import require_entities
from mner.types import Entity, Post

__all__ = [
    "adapt",
    "keep_labels",
    "read_corpora",
    "read_corpus",
    "read_file",
    "read_split",
    "sources_of",
    "warn_of_unknown_labels",
]


def sources_of(data: DataSection) -> tuple[CorpusSection, ...]:
    """The corpora of a recipe, be there one or several."""
    return data.corpora or (CorpusSection(train=data.train, dev=data.dev),)


def read_corpora(
    data: DataSection, split: str, *, captions: Path | None
) -> list[tuple[CorpusSection, list[Post]]]:
    """Each corpus of a recipe with its training or dev posts, without the texts that the recipe excludes; args and errors as of `read_split`."""
    unwanted = {
        normalise(post.tokens)
        for path in data.exclude
        for post in read_file(path, data, on_problem=lambda _: None)
    } - {""}
    corpora = []
    for source in sources_of(data):
        if name := getattr(source, split):
            path = Path(name)
            read = read_corpus(path, data, captions=captions)
            if split == "train":
                _warn_of_labels(path, read, source)
            posts = adapt(read, source, name=path.stem if data.corpora else "")
            corpora.append(
                (
                    source,
                    [
                        post
                        for post in posts
                        if not unwanted or normalise(post.tokens) not in unwanted
                    ],
                )
            )
    return corpora


def read_split(data: DataSection, split: str, *, captions: Path | None) -> list[Post]:
    """All training or dev posts of a recipe, from one corpus or several, without the texts it excludes.

    Args:
        data: the recipe's section.
        split: `train` or `dev`.
        captions: JSONL file of captions, or None.

    Raises:
        InputError: a file or the captions cannot be read, or a post is not annotated.
    """
    return [post for _, posts in read_corpora(data, split, captions=captions) for post in posts]


def adapt(posts: Iterable[Post], corpus: CorpusSection, *, name: str = "") -> Iterator[Post]:
    """The posts of one corpus with its labels renamed, its conventions applied, and what was annotated noted.

    Args:
        posts: annotated.
        corpus: the recipe's entry.
        name: put before ids, which would otherwise be the same in several corpora.

    Raises:
        InputError: a post is not annotated; taken as one without entities, it would teach that its names are none.
    """
    for post in posts:
        # Conventions move tokens, so places in a raw text would no longer fit.
        entities = tuple(
            Entity(entity.start, entity.end, corpus.labels.get(entity.label, entity.label))
            for entity in require_entities(post)
        )
        identity = f"{name}:{post.id}" if name else post.id
        annotated = corpus.annotated or (
            None
            if post.annotated is None
            else tuple(corpus.labels.get(label, label) for label in post.annotated)
        )
        renamed = replace(
            post, id=identity, entities=entities, annotated=annotated, text=None, offsets=None
        )
        yield apply_conventions(renamed, corpus.conventions)


def keep_labels(posts: Iterable[Post], labels: Iterable[str]) -> list[Post]:
    """Gold posts as if only these labels had been annotated: scored against them, predictions of others count for nothing."""
    kept = tuple(labels)
    return [
        replace(
            post,
            annotated=kept,
            entities=tuple(entity for entity in post.entities or () if entity.label in kept),
        )
        for post in posts
    ]


def read_corpus(path: Path, data: DataSection, *, captions: Path | None) -> list[Post]:
    """All posts of a file, which are tagged.

    Args:
        path: the file.
        data: names format, scheme, the policy for orphans and the caption fields.
        captions: JSONL file of captions, or None.

    Raises:
        InputError: the file or the captions cannot be read, or a post is not tagged.
    """
    posts = read_tagged(path, format=data.format, scheme=data.scheme, orphans=data.orphans)
    if captions is not None:
        posts = attach_captions(posts, captions, fields=data.caption_fields or None)
    return list(posts)


def warn_of_unknown_labels(where: object, gold: Iterable[Post], *, known: Sequence[str]) -> None:
    """Warn, in the name of the caller's caller, of gold entities that a model cannot find.

    Args:
        where: the file or the key of the recipe that names it.
        gold: annotated posts.
        known: the labels of the model.
    """
    labels = [entity.label for post in gold for entity in post.entities or ()]
    if unknown := sorted(set(labels) - set(known)):
        count = sum(label in unknown for label in labels)
        warnings.warn(
            f"{where}: {count} of {len(labels)} entities have labels that the model does not know ({', '.join(unknown)}), and count as missed: "
            f"it knows {', '.join(known)}; rename the labels in the file where they mean the same",
            DataWarning,
            stacklevel=3,
        )


def _warn_of_labels(path: Path, posts: Iterable[Post], corpus: CorpusSection) -> None:
    """Warn of labels that an entry renames or calls annotated, and that no post of its file has: they are misspelt, most likely."""
    found = {entity.label for post in posts for entity in post.entities or ()}
    renamed = {corpus.labels.get(label, label) for label in found}
    for key, unknown, there in (
        ("labels", set(corpus.labels) - found, found),
        ("annotated", set(corpus.annotated) - renamed, renamed),
    ):
        if unknown:
            missing, known = (", ".join(sorted(labels)) for labels in (unknown, there))
            warnings.warn(
                f"{path}: {key} of its entry in data.corpora names {missing}, but the posts have {known}: check the spelling",
                DataWarning,
                stacklevel=2,
            )


def read_file(
    path: str | Path, data: DataSection, *, on_problem: Callable[[Problem], None] | None = None
) -> Iterator[Post]:
    """The posts of a file as `mner.posts.read.read_posts` gives them, by the format, scheme and policy for orphans of a recipe."""
    return read_posts(
        path, format=data.format, scheme=data.scheme, orphans=data.orphans, on_problem=on_problem
    )
