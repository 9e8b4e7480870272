"""Tagging a text, a file or a stream: results appear while input still comes, in its order."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal, TypeAlias

from mner.errors import InputError
from mner.files.apart import check_apart
from mner.graphs.devices import Device
from mner.pictures.source import PictureSource
from mner.posts.captions import attach_captions
from mner.posts.raw import raw_post
from mner.posts.read import read_numbered_posts
from mner.posts.reading import RECOGNISED, ReadingOptions
from mner.require import require_words
from mner.tagging.checks import checked_post
from mner.tagging.escalation.step import Escalation
from mner.tagging.explain import Explained
from mner.tagging.given import Given
from mner.tagging.languages import watch_languages
from mner.tagging.lettering.step import MissedPictures, WordsInPictures, open_step
from mner.tagging.lines_read import Lines
from mner.tagging.load import open_tagger
from mner.tagging.model_folder import read_model
from mner.tagging.notices import MissingInputs, warn_of_unused
from mner.tagging.output import Output, write_results
from mner.tagging.stream import LONGEST_WAIT
from mner.tagging.tag_results import tagged_results
from mner.tagging.tag_steps import (
    announce,
    least_of,
    previews_of,
    unfinished_of,
    warn_if_nothing_to_explain,
    warn_of_counted,
)
from mner.types import LooksAt, PictureState, Post

__all__ = ["tag_file", "tag_text"]

_LOG = logging.getLogger(__name__)

_Fetch: TypeAlias = Callable[[str], bytes]
_AUTOMATIC = WordsInPictures()


def tag_text(
    model: Path,
    text: str,
    *,
    pictures: Sequence[str] = (),
    caption: str | None = None,
    output: Output,
    fetch: _Fetch | None = None,
    device: Device | None = None,
    escalation: Escalation | None = None,
) -> None:
    """Tag one post.

    Args:
        model: a model folder.
        text: the raw text.
        pictures: the paths of its pictures, or URLs where `fetch` is given.
        caption: words that describe the picture, for a model that looks at captions.
        output: where the result goes.
        fetch: follows URLs; see `PictureSource`.
        device: see `mner.load`.
        escalation: asks an endpoint about the text if the model is uncertain of it.

    Raises:
        MissingExtraError: the format of the output needs packages that are not installed.
        InputError: the text has no words, or the model looks at pictures and one of these is
            missing, broken or not to be fetched, or there are too many.
        ModelError: the model cannot be loaded.
    """
    output.require_packages()
    post = checked_post(raw_post("1", text, caption=caption).with_pictures(pictures))
    require_words(post, name="the text")
    described = read_model(model)
    if output.path is not None:
        for picture in pictures:
            check_apart(output.path, {"the picture": picture})
        check_apart(output.path, {"the model": described.folder})
    source = PictureSource(fetch=fetch)
    tagger = open_tagger(described, pictures=source, device=device)
    if tagger.looks_at == "pictures":
        for picture in pictures:
            _check_picture(picture, source)
    warn_of_unused(
        {"the picture": ("pictures", pictures or None), "the caption": ("captions", caption)},
        tagger.looks_at,
    )
    warn_if_nothing_to_explain(tagger, output)
    least = least_of(tagger, output)
    announce(escalation, output, {})
    results = tagged_results(tagger, [post], output, least=least, escalation=escalation)
    languages = watch_languages(described.folder)
    results = languages.counted(results)
    write_results(results, output, picture=previews_of(source), model=described.fingerprint)
    warn_of_counted(languages, escalation)


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
    words: WordsInPictures = _AUTOMATIC,
    max_wait: float = LONGEST_WAIT,
    escalation: Escalation | None = None,
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
        words: whether the words in pictures are read, too.
        max_wait: seconds that a post of a stream waits for others at most.
        escalation: asks an endpoint about posts of which the model is uncertain.

    Raises:
        MissingExtraError: the format of the output needs packages that are not installed.
        InputError: `reading.keep` with a format that keeps nothing, there is no such folder of
            pictures, the output is an input, or the input cannot be read or is a file without
            posts; a stream may end without any. Posts before the bad one
            have been written to standard output; nothing has been written to a file.
        ModelError: the model cannot be loaded.
    """
    output.require_packages()
    if reading.keep:
        output.require_keeping()
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
    least = least_of(tagger, output)
    reads_words = words.is_on(has_folder=pictures is not None)
    is_missed = words.is_missed(has_folder=pictures is not None) and tagger.looks_at is None
    # A page shows pictures, whatever the model looks at.
    if output.final_style != "html" and not reads_words and not is_missed:
        unused |= {"--pictures": ("pictures", pictures), "--allow-urls": ("pictures", fetch)}
    warn_of_unused(unused, tagger.looks_at)
    if not reads_words:
        warn_if_nothing_to_explain(tagger, output)
    skipped, missing = _Skipped(), MissingInputs(tagger.looks_at)
    missed, languages = MissedPictures(), watch_languages(described.folder)
    options: dict[str, object] = {
        "reading": reading,
        "on_error": on_error,
        "fetch": fetch is not None,
        "trust": trust_paths,
    }
    step = None
    try:
        with ExitStack() as stack:
            announce(escalation, output, options)
            if reads_words:
                step = stack.enter_context(open_step(words, tagger, source))
                options["words in pictures"] = step.description
            lines = stack.enter_context(Lines(file))
            unfinished = stack.enter_context(unfinished_of(output, given, options))
            on_problem = skipped.note if on_error == "skip" else None
            numbered = read_numbered_posts(
                lines.source,
                reading,
                check_ids=False,
                on_error=on_problem,
                may_be_empty=lines.is_stream,
            )
            posts: Iterable[Post] = (post for _, post in numbered)
            if captions is not None:
                fields = described.recipe.data.caption_fields or None
                posts = attach_captions(posts, captions, fields=fields)
            first_post, rest = _without_done(posts, unfinished.done if unfinished else 0)
            results = tagged_results(
                tagger,
                rest,
                output,
                max_wait=max_wait if lines.is_stream else None,
                step=step,
                least=least,
                escalation=escalation,
            )
            if is_missed:
                results = missed.counted(results)
            counted = languages.counted(_counted(results, missing))
            shown = lines.with_bar(counted, to_file=output.path is not None)
            write_results(
                shown,
                output,
                picture=previews_of(source),
                unfinished=unfinished,
                model=described.fingerprint,
                is_live=lines.is_stream,
                first_post=first_post,
            )
    finally:
        skipped.report()
        warn_of_counted(missing, missed, step, languages, escalation)


def _without_done(posts: Iterable[Post], done: int) -> tuple[Post | None, Iterator[Post]]:
    """Return the first post, if it was written by an earlier run, and the posts that are left."""
    posts = iter(posts)
    first_post = next(posts, None) if done else None
    return first_post, islice(posts, max(0, done - 1), None)


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


def _counted(results: Iterable[Explained], missing: MissingInputs) -> Iterator[Explained]:
    """Yield the results, and count what was missing in each."""
    for explained in results:
        missing.count(explained.tagged)
        yield explained
