"""Comparison: the tagged files of two systems in, and where, and how surely, one is better out."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mner.bio import ORPHANS, Scoring
from mner.errors import InputError
from mner.evaluation.file_scores import read_mentions
from mner.evaluation.predictions import reading_of_predictions
from mner.pictures.source import PictureSource
from mner.posts.captions import attach_captions
from mner.posts.read import read_tagged
from mner.posts.reading import RECOGNISED, ReadingOptions
from mner.spans.bootstrap import RESAMPLES
from mner.spans.compare import compare
from mner.spans.comparison import Comparison
from mner.spans.slices import NAMED, Visible
from mner.types import PictureState, Post

__all__ = ["compare_files"]


def compare_files(
    gold: Path,
    a: Sequence[Path],
    b: Sequence[Path],
    *,
    scoring: Scoring = "lenient",
    reading: ReadingOptions = RECOGNISED,
    train: Path | None = None,
    captions: Path | None = None,
    pictures: Path | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Comparison:
    """Compare two systems by what they predicted for the same posts.

    With neither `captions` nor `pictures`, a post has a picture where it names one.

    Args:
        gold: tagged posts.
        a: one or more files, such as one for each seed, of the same posts with the entities of
            system A.
        b: the same of system B.
        scoring: what an orphan I- tag means, in all files; see
            `mner.evaluation.evaluate.evaluate`.
        reading: how the files are read; `scoring` decides what orphan tags mean.
        train: training posts; mentions seen there, and all others, are then compared separately
            as well.
        captions: JSONL file of captions; a post has a picture where it has a caption.
        pictures: folder of pictures by id; a post has a picture where it can be read.
        resamples: resamples of the bootstrap.
        seed: seed of the bootstrap.

    Raises:
        InputError: a file cannot be read, or they do not hold the same posts.
    """
    reading = replace(reading, orphans=ORPHANS[scoring], keep=True)
    truth = list(read_tagged(gold, reading))
    if captions is not None:
        truth = list(attach_captions(truth, captions))
    return compare(
        truth,
        _read_predictions(a, gold, reading),
        _read_predictions(b, gold, reading),
        seen=read_mentions(train, reading),
        visible=_visible(truth, captions=captions, pictures=pictures),
        scoring=scoring,
        resamples=resamples,
        seed=seed,
    )


def _read_predictions(
    files: Sequence[Path], gold: Path, reading: ReadingOptions
) -> dict[str, list[Post]]:
    if len({file.resolve() for file in files}) < len(files):
        raise InputError(
            f"{', '.join(map(str, files))}: the same file twice would count twice in the mean "
            "of a system; give each once"
        )
    posts = {}
    for file in files:
        by_gold = reading_of_predictions(file, reading, gold=gold, gold_reading=reading)
        posts[str(file)] = list(read_tagged(file, by_gold))
    return posts


def _visible(posts: Sequence[Post], *, captions: Path | None, pictures: Path | None) -> Visible:
    if captions is not None and pictures is not None:
        raise InputError(
            "--captions and --pictures both say which posts have a picture: give one of them"
        )
    if captions is not None:
        return Visible("caption", lambda post: bool(post.caption))
    if pictures is not None:
        readable = _readable(posts, PictureSource(folder=pictures))
        return Visible("readable picture", lambda post: not readable.isdisjoint(post.pictures))
    return NAMED


def _readable(posts: Sequence[Post], source: PictureSource) -> set[str]:
    """Return the pictures that posts name and that can be read, each of them read once."""
    states: dict[str, PictureState] = {}
    for post in posts:
        for picture in post.pictures:
            if picture and picture not in states:
                states[picture] = source.read(picture).state
    return {name for name, state in states.items() if state is PictureState.PRESENT}
