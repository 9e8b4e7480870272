"""Sorting posts by how uncertain a model is of them, so that people annotate those first."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

from mner.errors import InputError
from mner.files.apart import check_apart
from mner.files.output import standard_output
from mner.formats import OutputStyle
from mner.graphs.devices import Device
from mner.pictures.source import PictureSource
from mner.posts.captions import attach_captions
from mner.posts.read import read_numbered_posts
from mner.posts.reading import RECOGNISED, ReadingOptions
from mner.posts.table_write import require_tables
from mner.posts.write import write_posts
from mner.tagging.convert import style_of, write_as
from mner.tagging.formats import TABLE_KINDS
from mner.tagging.given import Given
from mner.tagging.lines_read import Lines
from mner.tagging.load import open_tagger
from mner.tagging.model_folder import Model, read_model
from mner.tagging.notices import MissingInputs, warn_of_unused
from mner.tagging.results import Tagged
from mner.tagging.tagger import Tagger
from mner.types import Post

__all__ = ["rank_file", "ranked"]

_LOG = logging.getLogger(__name__)
_DIGITS = 4
_COLUMNS = ("conll", "imgid")


def rank_file(
    given: Given,
    *,
    output: Path | None = None,
    style: str | None = None,
    reading: ReadingOptions = RECOGNISED,
    device: Device | None = None,
) -> None:
    """Write the posts of a file with the most uncertain first.

    Each post stays as it was read, and gets its entropy as a further field. All posts are held in
    memory.

    Args:
        given: the model folder, the file (or `-`), and captions, pictures or features as in
            `mner.tagging.tag_file.tag_file`.
        output: the file; JSONL on standard output if None.
        style: the format of the file, as in `mner.tagging.convert.convert`.
        reading: how the file is read.
        device: see `mner.load`.

    Raises:
        InputError: the file cannot be read, or the output is an input, cannot be written, or has a
            format that is not known or cannot hold a post.
        ModelError: the model cannot be loaded.
        MissingExtraError: the format of the output needs packages that are not installed.
    """
    if output is not None:
        style = style_of(output, style)
        if style in _COLUMNS:
            raise InputError(
                f"{output}: {style} holds neither the entropy nor posts that are not annotated: "
                "write .jsonl, .csv, .tsv, .xlsx or .parquet"
            )
        if (kind := TABLE_KINDS.get(cast(OutputStyle, style))) is not None:
            require_tables(kind)
        check_apart(output, given.inputs())
    described = read_model(given.model)
    pictures = PictureSource(given.pictures, base=Path(given.file).parent)
    tagger = open_tagger(described, pictures=pictures, features=given.features, device=device)
    warn_of_unused(
        {
            "--captions": ("captions", given.captions),
            "--pictures": ("pictures", given.pictures),
            "--features": ("pictures", given.features),
        },
        tagger.looks_at,
    )
    missing = MissingInputs(tagger.looks_at)
    with Lines(given.file) as lines:
        posts = _posts(lines, given, reading, described)
        first = ranked(tagger, lines.with_bar(posts, to_file=True), seen=missing.count)
    if summary := missing.summary():
        _LOG.warning(summary)
    if output is None or style is None:
        write_posts(first, standard_output(), format="jsonl")
    else:
        write_as(first, output, style, rows="posts")


def ranked(
    tagger: Tagger, posts: Iterable[Post], *, seen: Callable[[Tagged], object] = bool
) -> list[Post]:
    """Return posts by falling entropy of the tags that a model gives them, which `extra` holds.

    Posts of the same entropy stay in their order. A post without words has the entropy 0.

    Args:
        tagger: the model.
        posts: read as they are tagged; they stay as they are but for `extra`.
        seen: called with each post when it is tagged.

    Raises:
        InputError: a post cannot be tagged.
    """
    kept = list[Post]()
    found = list[tuple[float, int]]()
    for number, tagged in enumerate(tagger.explain(_noted(posts, kept), uncertain=True)):
        seen(tagged)
        assert tagged.uncertainty is not None
        found.append((-tagged.uncertainty.entropy, number))
    return [_with_entropy(kept[number], -negative) for negative, number in sorted(found)]


def _noted(posts: Iterable[Post], kept: list[Post]) -> Iterator[Post]:
    for post in posts:
        kept.append(post)
        yield post


def _with_entropy(post: Post, entropy: float) -> Post:
    return replace(post, extra={**(post.extra or {}), "entropy": round(entropy, _DIGITS)})


def _posts(lines: Lines, given: Given, reading: ReadingOptions, described: Model) -> Iterable[Post]:
    numbered = read_numbered_posts(lines.source, reading, check_ids=False)
    posts: Iterable[Post] = (post for _, post in numbered)
    if given.captions is None:
        return posts
    fields = described.recipe.data.caption_fields or None
    return attach_captions(posts, given.captions, fields=fields)
