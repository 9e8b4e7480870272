"""Tagging a text, a file or a stream: results appear while input still comes, in its order."""

import logging
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal, TypeAlias

from mner.errors import DataWarning, InputError
from mner.files.apart import check_apart
from mner.graphs.devices import Device
from mner.pictures.source import PictureSource
from mner.posts.captions import attach_captions
from mner.posts.raw import raw_post
from mner.posts.read import read_numbered_posts
from mner.posts.reading import RECOGNISED, ReadingOptions
from mner.require import require_words
from mner.tagging.explain import Explained, explain
from mner.tagging.given import Given
from mner.tagging.lines_read import Lines
from mner.tagging.load import open_tagger
from mner.tagging.model_folder import read_model
from mner.tagging.notices import MissingInputs, warn_of_unused
from mner.tagging.output import Output, write_results
from mner.tagging.stream import live_chunks
from mner.tagging.tagger import Tagger
from mner.tagging.unfinished import Unfinished, unfinished_output
from mner.types import LooksAt, PictureState, Post

__all__ = ["tag_file", "tag_text"]

_LOG = logging.getLogger(__name__)

_Fetch: TypeAlias = Callable[[str], bytes]


def tag_text(
    model: Path,
    text: str,
    *,
    picture: str | None = None,
    caption: str | None = None,
    output: Output,
    fetch: _Fetch | None = None,
    device: Device | None = None,
) -> None:
    """Tag one post.

    Args:
        model: a model folder.
        text: the raw text.
        picture: the path of its picture, or a URL where `fetch` is given.
        caption: words that describe the picture, for a model that looks at captions.
        output: where the result goes.
        fetch: follows URLs; see `PictureSource`.
        device: see `mner.load`.

    Raises:
        InputError: the text has no words, or the model looks at pictures and this one is missing,
            broken or not to be fetched.
        ModelError: the model cannot be loaded.
    """
    post = raw_post("1", text, picture=picture, caption=caption)
    require_words(post, name="the text")
    described = read_model(model)
    if output.path is not None:
        inputs = {"the picture": picture, "the model": described.folder}
        check_apart(output.path, inputs)
    source = PictureSource(fetch=fetch)
    tagger = open_tagger(described, pictures=source, device=device)
    if picture is not None and tagger.looks_at == "pictures":
        _check_picture(picture, source)
    warn_of_unused(
        {"the picture": ("pictures", picture), "the caption": ("captions", caption)},
        tagger.looks_at,
    )
    _warn_if_nothing_to_explain(tagger, output)
    results = _results(tagger, [post], output, is_live=True)
    write_results(results, output, picture=_previews(source), model=described.fingerprint)


def tag_file(
    model: Path,
    file: str,
    *,
    reading: ReadingOptions = RECOGNISED,
    captions: Path | None = None,
    pictures: Path | None = None,
    features: Path | None = None,
    output: Output,
    fetch: _Fetch | None = None,
    trust_paths: bool = False,
    on_error: Literal["skip", "stop"] = "stop",
    device: Device | None = None,
) -> None:
    """Tag the posts of a file or a stream; memory does not grow with their number.

    Args:
        model: a model folder.
        file: in any format that `read_posts` reads, or `-` for standard input.
        reading: how the file is read.
        captions: a JSONL file of captions, for a model that looks at captions.
        pictures: a folder of pictures by id; without it, a post's picture is a path relative to
            the folder of the file.
        features: a store of encoded pictures, or a feature file of the public Keras code, used in
            place of the pictures themselves.
        output: where the results go.
        fetch: follows URLs; see `PictureSource`.
        trust_paths: whether pictures may be outside of the folder of the file; see
            `PictureSource`.
        on_error: what to do about a post that cannot be read: skip it with a warning, or stop.
        device: see `mner.load`.

    Raises:
        InputError: there is no such folder of pictures, the output is an input, or the input cannot
            be read. Posts before the bad one have been written to standard output; nothing has been
            written to a file.
        ModelError: the model cannot be loaded.
    """
    described = read_model(model)
    given = Given(described.folder, file, captions=captions, pictures=pictures, features=features)
    if output.path is not None:
        check_apart(output.path, given.inputs())
    source = PictureSource(pictures, base=_folder(file), fetch=fetch, trust_paths=trust_paths)
    tagger = open_tagger(described, pictures=source, features=features, device=device)
    unused: dict[str, tuple[LooksAt, object]] = {
        "--captions": ("captions", captions),
        "--features": ("pictures", features),
    }
    if output.final_style != "html":  # a page shows pictures, whatever the model looks at
        unused |= {"--pictures": ("pictures", pictures), "--allow-urls": ("pictures", fetch)}
    warn_of_unused(unused, tagger.looks_at)
    _warn_if_nothing_to_explain(tagger, output)
    skipped, missing = _Skipped(), MissingInputs(tagger.looks_at)
    options = {
        "reading": reading,
        "on_error": on_error,
        "fetch": fetch is not None,
        "trust": trust_paths,
    }
    try:
        with Lines(file) as lines, _unfinished(output, given, options) as unfinished:
            on_problem = skipped.note if on_error == "skip" else None
            numbered = read_numbered_posts(
                lines.source, reading, check_ids=False, on_error=on_problem
            )
            posts: Iterable[Post] = (post for _, post in numbered)
            if captions is not None:
                fields = described.recipe.data.caption_fields or None
                posts = attach_captions(posts, captions, fields=fields)
            rest = islice(posts, unfinished.done if unfinished else 0, None)
            results = _results(tagger, rest, output, is_live=lines.is_stream)
            shown = lines.with_bar(_counted(results, missing), to_file=output.path is not None)
            write_results(
                shown,
                output,
                picture=_previews(source),
                unfinished=unfinished,
                model=described.fingerprint,
                is_live=lines.is_stream,
            )
    finally:
        skipped.report()
        if summary := missing.summary():
            _LOG.warning(summary)


@dataclass
class _Skipped:
    """Counts posts that cannot be read and are skipped."""

    count: int = 0

    def note(self, error: InputError) -> None:
        self.count += 1
        _LOG.warning("skipped: %s", error)

    def report(self) -> None:
        if self.count:
            _LOG.warning("posts that were skipped: %d", self.count)


def _unfinished(
    output: Output, given: Given, options: Mapping[str, object]
) -> AbstractContextManager[Unfinished | None]:
    """Open the file that is kept when the tagging is interrupted, for outputs that have one."""
    if output.path is None or not output.is_resumable:
        return nullcontext()
    return unfinished_output(
        output.path, made_of=given.made_of(output, options), resume=output.resume
    )


def _folder(file: str) -> Path:
    """Return where the paths of a file's pictures begin."""
    if file == "-":
        return Path()
    return Path(file).parent


def _check_picture(reference: str, source: PictureSource) -> None:
    """Refuse a picture that was given by hand and cannot be read."""
    picture = source.read(reference)
    if picture.state is not PictureState.PRESENT:
        raise InputError(f"{reference}: the picture is {picture.state}: {picture.reason}")


def _warn_if_nothing_to_explain(tagger: Tagger, output: Output) -> None:
    if output.explain and tagger.looks_at is None:
        warnings.warn(
            "--explain: the model looks at text only, so there is nothing to explain by a picture",
            DataWarning,
            stacklevel=3,
        )


def _results(
    tagger: Tagger, posts: Iterable[Post], output: Output, *, is_live: bool
) -> Iterator[Explained]:
    """Tag posts as they come, with reasons if the output asks for them."""
    # A pause of a stream ends a chunk, and its results appear; a file is tagged without a break.
    for chunk in live_chunks(posts) if is_live else [posts]:
        if output.explain:
            results = explain(tagger, chunk)
        else:
            results = (Explained(tagged, ()) for tagged in tagger.explain(chunk))
        for explained in results:
            yield _without_improbable(explained, output.min_probability)


def _without_improbable(explained: Explained, least: float) -> Explained:
    post = explained.tagged.post
    if all(entity.probability >= least for entity in post.entities):
        return explained
    kept = tuple(entity for entity in post.entities if entity.probability >= least)
    reasons = tuple(reason for reason in explained.reasons if reason.entity in kept)
    return Explained(replace(explained.tagged, post=replace(post, entities=kept)), reasons)


def _counted(results: Iterable[Explained], missing: MissingInputs) -> Iterator[Explained]:
    """Yield the results, and count what was missing in each."""
    for explained in results:
        missing.count(explained.tagged)
        yield explained


def _previews(source: PictureSource) -> Callable[[Post], bytes | None]:
    """Return a function that gives the JPEG to show for a post."""

    def preview(post: Post) -> bytes | None:
        if post.picture is None:
            return None
        return source.preview(post.picture, longest=320, quality=75)

    return preview
