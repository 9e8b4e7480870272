"""Posts with drawn signs: the names that stand in their pictures alone, for the demonstration."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import NamedTuple

from mner.corpora.drawing import draw_sign
from mner.errors import MissingExtraError
from mner.files.write import new_file
from mner.pages.example import Example, Reading
from mner.pictures.source import PictureSource
from mner.posts.raw import raw_post
from mner.tagging.explain import Explained
from mner.tagging.lettering.step import WordsInPictures, open_step
from mner.tagging.load import load
from mner.types import PictureState, Post

__all__ = ["read_signs", "sign_examples"]


class _Sign(NamedTuple):
    text: str
    """Of the post; it holds no name."""
    word: str
    """What stands on the sign."""
    seed: int
    """Of the picture."""


_SIGNS = (
    _Sign("Guess where we are", "LONDON", 5),
    _Sign("Meet me here in ten minutes", "Starbucks", 2),
    _Sign("Cannot believe who plays tonight", "Taylor Swift", 0),
)
_NOTE = "The text holds no name; see below the picture."


def read_signs(folder: Path) -> list[Post]:
    """Draw pictures with signs, and find the names on them by the starter model.

    Args:
        folder: where the pictures are written.

    Returns:
        The posts with the names in their pictures; none where the extra `ocr` is not installed.
    """
    posts = _draw(folder)
    tagger = load()
    try:
        with open_step(WordsInPictures(wanted=True), tagger, PictureSource(folder)) as step:
            results = list(step(Explained(tagged, ()) for tagged in tagger.explain(posts)))
    except MissingExtraError:
        return []
    names = [explained.tagged.post.picture_entities for explained in results]
    pairs = zip(posts, names, strict=True)
    return [replace(post, picture_entities=own) for post, own in pairs]


def sign_examples(posts: Sequence[Post], folder: Path) -> list[Example]:
    """Return the posts of `read_signs` as a page shows them.

    Args:
        posts: the posts.
        folder: where their pictures are.
    """
    source = PictureSource(folder)
    reading = Reading("starter model", (), notes=(_NOTE,))
    examples = []
    for post in posts:
        previews = tuple(map(source.preview, post.pictures))
        examples.append(Example(post, (reading,), PictureState.PRESENT, previews))
    return examples


def _draw(folder: Path) -> list[Post]:
    """Write the pictures, and return a post for each."""
    folder.mkdir(parents=True, exist_ok=True)
    posts = []
    for number, sign in enumerate(_SIGNS, start=1):
        name = f"sign-{number}.png"
        with new_file(folder / name) as temporary:
            draw_sign(sign.word, Random(sign.seed)).save(temporary, "PNG")  # noqa: S311
        posts.append(raw_post(f"sign-{number}", sign.text).with_pictures([name]))
    return posts
