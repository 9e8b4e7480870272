"""Tagging a text, a file or a stream: results appear while input still comes, in the order of the input."""

import logging
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from tqdm import tqdm

from mner.errors import DataWarning, InputError
from mner.files.output import standard_output
from mner.pictures.source import PictureSource
from mner.posts.captions import attach_captions
from mner.posts.raw import raw_post
from mner.posts.read import Format, read_posts
from mner.posts.write import write_posts
from mner.require import require_words
from mner.tagging.explain import Explained, explain
from mner.tagging.load import open_tagger
from mner.tagging.model_folder import read_model
from mner.tagging.seen import Seen
from mner.tagging.stream import live_windows
from mner.tagging.tagger import Tagger, check_min_probability, warn_of_what_is_left_aside
from mner.types import LooksAt, PictureState, Post

__all__ = ["Output", "tag_file", "tag_text"]

_LOG = logging.getLogger(__name__)
_WINDOW = 512

_Fetch: TypeAlias = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Output:
    """Where tagged posts go, and in which form."""

    path: Path | None = None
    """The file, which appears when it is complete; for `brat` a folder; standard output when None."""
    style: Literal["jsonl", "conll", "brat", "html", "text"] | None = None
    """The format; None is `text` on a terminal and `jsonl` elsewhere."""
    min_probability: float = 0.0
    """Entities that are less probable are left out."""
    explain: bool = False
    """Give the reason for each entity, in `jsonl`, `text` or `html`."""

    def __post_init__(self) -> None:
        """Raises InputError for a probability that is none."""
        check_min_probability(self.min_probability)


def tag_text(
    model: Path,
    text: str,
    *,
    picture: str | None = None,
    caption: str | None = None,
    output: Output,
    fetch: _Fetch | None = None,
) -> None:
    """Tag one post.

    Args:
        model: a model folder.
        text: the raw text.
        picture: path of its picture, or a URL where `fetch` is given.
        caption: words that describe the picture, for a model that looks at captions.
        output: where the result goes.
        fetch: follows URLs; see `PictureSource`.

    Raises:
        InputError: the text has no words, or the model looks at pictures and this one is missing, broken or not to be fetched.
        ModelError: the model cannot be loaded.
    """
    post = raw_post("1", text, picture=picture, caption=caption)
    require_words(post, name="the text")
    source = PictureSource(fetch=fetch)
    tagger = open_tagger(read_model(model), pictures=source)
    _check_picture(post, source, tagger.looks_at)
    _warn_of_nothing_to_explain(tagger, output)
    _write(_results(tagger, [post], output), source, output)


def tag_file(
    model: Path,
    file: str,
    *,
    format: Format = "auto",
    captions: Path | None = None,
    pictures: Path | None = None,
    features: Path | None = None,
    output: Output,
    fetch: _Fetch | None = None,
    on_error: Literal["skip", "stop"] = "stop",
) -> None:
    """Tag the posts of a file or a stream; memory does not grow with their number.

    Args:
        model: a model folder.
        file: in any format that `read_posts` reads, or `-` for standard input.
        format: of the file.
        captions: JSONL file of captions, for a model that looks at captions.
        pictures: folder of pictures by id; without it a post's picture is a path that begins at the folder of the file.
        features: store of encoded pictures, or a feature file of the public Keras code, to use in place of the pictures themselves.
        output: where the results go.
        fetch: follows URLs; see `PictureSource`.
        on_error: what to do about a post that cannot be read: leave it out and say so, or stop.

    Raises:
        InputError: there is no such folder of pictures, or the input cannot be read; posts before the bad one have been written to standard output, nothing
            to a file.
        ModelError: the model cannot be loaded.
    """
    described = read_model(model)
    skipped = _Skipped()
    posts: Iterable[Post] = read_posts(
        file, format=format, check_ids=False, on_error=skipped.note if on_error == "skip" else None
    )
    if captions is not None:
        posts = attach_captions(
            posts, captions, fields=described.recipe.data.caption_fields or None
        )
    source = PictureSource(pictures, base=Path() if file == "-" else Path(file).parent, fetch=fetch)
    tagger = open_tagger(described, pictures=source, features=features)
    _warn_of_options(
        tagger, output, captions=captions, pictures=pictures, features=features, fetch=fetch
    )
    _warn_of_nothing_to_explain(tagger, output)
    seen = Seen(tagger.looks_at)
    tagged = _noted(_results(tagger, posts, output), seen)
    # A bar would be drawn between the lines on a terminal.
    is_shown = None if output.path is not None or not standard_output().isatty() else True
    try:
        _write(tqdm(tagged, desc="tag", unit="post", disable=is_shown), source, output)
    finally:
        skipped.report()
        if missing := seen.missing():
            _LOG.warning(missing)


@dataclass
class _Skipped:
    """Counts posts that are left out."""

    count: int = 0

    def note(self, error: InputError) -> None:
        self.count += 1
        _LOG.warning("skipped: %s", error)

    def report(self) -> None:
        if self.count:
            _LOG.warning("posts that were skipped: %d", self.count)


def _check_picture(post: Post, source: PictureSource, looks_at: LooksAt | None) -> None:
    """Tell the user what the model makes of a picture and a caption that were given by hand."""
    if post.picture is not None and looks_at == "pictures":
        found = source.read(post.picture)
        if found.state is not PictureState.PRESENT:
            raise InputError(f"{post.picture}: the picture is {found.state}: {found.reason}")
    warn_of_what_is_left_aside(
        {"the picture": ("pictures", post.picture), "the caption": ("captions", post.caption)},
        looks_at,
    )


def _warn_of_options(
    tagger: Tagger,
    output: Output,
    *,
    captions: Path | None,
    pictures: Path | None,
    features: Path | None,
    fetch: _Fetch | None,
) -> None:
    """Tell the user which options the model makes nothing of; a page shows pictures, whatever the model looks at."""
    options: dict[str, tuple[LooksAt, object]] = {
        "--captions": ("captions", captions),
        "--features": ("pictures", features),
    }
    if output.style != "html":
        options |= {"--pictures": ("pictures", pictures), "--allow-urls": ("pictures", fetch)}
    warn_of_what_is_left_aside(options, tagger.looks_at)


def _warn_of_nothing_to_explain(tagger: Tagger, output: Output) -> None:
    if output.explain and tagger.looks_at is None:
        warnings.warn(
            "--explain: the model looks at text only, so there is nothing to explain by a picture",
            DataWarning,
            stacklevel=3,
        )


def _results(tagger: Tagger, posts: Iterable[Post], output: Output) -> Iterator[Explained]:
    """Posts as they are tagged, with reasons where these are asked for."""
    for window in live_windows(posts, size=_WINDOW):
        found = (
            explain(tagger, window)
            if output.explain
            else (Explained(tagged, ()) for tagged in tagger.explain(window))
        )
        yield from (_without_improbable(one, output.min_probability) for one in found)


def _noted(results: Iterable[Explained], seen: Seen) -> Iterator[Explained]:
    for one in results:
        seen.note(one.tagged.post, one.tagged.picture, one.tagged.reason)
        yield one


def _without_improbable(explained: Explained, least: float) -> Explained:
    post = explained.tagged.post
    entities = tuple(
        entity
        for entity in post.entities or ()
        if entity.probability is None or entity.probability >= least
    )
    reasons = tuple(reason for reason in explained.reasons if reason.entity in entities)
    return Explained(replace(explained.tagged, post=replace(post, entities=entities)), reasons)


def _write(results: Iterable[Explained], source: PictureSource, output: Output) -> None:
    is_terminal = output.path is None and standard_output().isatty()
    style = output.style or ("text" if is_terminal else "jsonl")
    colour = is_terminal and not os.environ.get("NO_COLOR")
    preview = lambda post: source.preview(post.picture) if post.picture else None  # noqa: E731
    if output.explain:
        from mner.tagging.write_explained import write_explained

        write_explained(results, output.path, style=style, colour=colour, picture=preview)
        return
    posts = (one.tagged.post for one in results)
    if style == "html":
        from mner.pages.write_html import write_html

        write_html(posts, output.path or standard_output(), picture=preview)
    elif style == "brat" and output.path is not None:
        from mner.posts.brat import write_brat

        write_brat(posts, output.path)
    else:
        write_posts(posts, output.path or standard_output(), format=style, colour=colour)
