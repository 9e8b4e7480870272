"""Warnings about labels that are misspelt, or that a model does not know."""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from mner.errors import DataWarning
from mner.recipe.data import CorpusSection
from mner.types import Post

__all__ = ["warn_of_unknown_labels", "warning_of_misspelt_labels"]


def warn_of_unknown_labels(where: object, gold: Iterable[Post], *, known: Sequence[str]) -> None:
    """Warn of gold entities that a model cannot find.

    The warning is located in the caller of the calling function.

    Args:
        where: the file, or the key of the recipe that names it.
        gold: annotated posts.
        known: the labels of the model.
    """
    labels = [entity.label for post in gold for entity in post.entities or ()]
    unknown = sorted(set(labels).difference(known))
    if unknown:
        count = sum(label in unknown for label in labels)
        warnings.warn(
            f"{where}: {count} of {len(labels)} entities have labels that the model does not know "
            f"({', '.join(unknown)}), and count as missed: it knows {', '.join(known)}; "
            "rename the labels in the file where they mean the same",
            DataWarning,
            stacklevel=3,
        )


def warning_of_misspelt_labels(
    path: Path, posts: Iterable[Post], *, corpus: CorpusSection
) -> Iterator[Post]:
    """Yield posts, then warn of labels that a recipe names and no post has.

    Most likely they are misspelt.

    Args:
        path: the corpus's file.
        posts: as they are in the file.
        corpus: the recipe's entry, which renames labels or says which of them were annotated.
    """
    own: set[str] = set()
    for post in posts:
        own.update(entity.label for entity in post.entities or ())
        yield post
    renamed = {corpus.labels.get(label, label) for label in own}
    _warn(path, "labels", unknown=set(corpus.labels) - own, known=own)
    _warn(path, "annotated", unknown=set(corpus.annotated) - renamed, known=renamed)


def _warn(path: Path, key: str, *, unknown: set[str], known: set[str]) -> None:
    if unknown:
        warnings.warn(
            f"{path}: {key} of its entry in data.corpora names {', '.join(sorted(unknown))}, "
            f"but the posts have {', '.join(sorted(known))}: check the spelling",
            DataWarning,
            stacklevel=3,
        )
