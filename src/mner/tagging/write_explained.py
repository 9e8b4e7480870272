"""Writing explained posts: JSON lines, text for people, or one page with heat maps."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TextIO

from mner.errors import InputError
from mner.files.output import Flushing, standard_output, write_pieces
from mner.files.terminal import one_line
from mner.pages.example import Example, Reading
from mner.pages.examples import ExamplesPage, write_examples
from mner.pages.orders import Order
from mner.pages.page import grid_of
from mner.posts.records import record_of
from mner.posts.text import BracketWriter
from mner.tagging.explain import Explained, Reason
from mner.tagging.explanation import explanation_of
from mner.types import Post

__all__ = ["write_explained"]


def write_explained(
    explained: Iterable[Explained],
    path: Path | TextIO | None,
    *,
    style: str,
    colour: bool,
    picture: Callable[[Post], bytes | None],
    model: str | None = None,
    flushing: Flushing = "each",
    order: Order | None = None,
) -> None:
    """Write posts with their entities and the reasons for them.

    Args:
        explained: read lazily.
        path: the file, or a text stream; standard output if None.
        style: `jsonl` (an object `explanation` beside what a post always has), `text`, or `html`.
        colour: whether text is coloured.
        picture: the JPEG to show for a post, for `html`.
        model: the fingerprint of the model, for `jsonl` and `html`.
        flushing: when a stream is flushed.
        order: the order in which a page opens; pictures that mattered first if None.

    Raises:
        InputError: the style is another one, or `html` has no file.
    """
    if style == "html":
        _write_page(explained, path, picture, order or "picture-effect", model)
        return
    if style == "jsonl":
        pieces = ((_name(result), _json_line(result, model)) for result in explained)
    elif style == "text":
        pieces = ((_name(result), _text(result, colour=colour)) for result in explained)
    else:
        raise InputError(f"reasons cannot be written as {style}: expected jsonl, text or html")
    write_pieces(pieces, path or standard_output(), flushing=flushing)


def _name(explained: Explained) -> str:
    return explained.tagged.post.id


def _json_line(explained: Explained, model: str | None) -> str:
    return record_of(explained.tagged.post, explanation=explanation_of(explained), model=model)


def _text(explained: Explained, *, colour: bool) -> str:
    notes = "".join(f"    {one_line(note)}\n" for note in _notes(explained))
    return BracketWriter(colour=colour)(explained.tagged.post) + notes


def _notes(explained: Explained) -> Iterator[str]:
    """Yield a sentence for each entity, and one that says so if all words have one attention."""
    tagged = explained.tagged
    seen = "caption" if tagged.region_words else "picture"
    for reason in explained.reasons:
        words = " ".join(tagged.post.tokens[reason.entity.start : reason.entity.end])
        yield (
            f"{words} {reason.entity.label}: {reason.with_picture:.2f} with the {seen}, "
            f"{reason.without_picture:.2f} without it, {reason.without_masked:.2f} without what "
            f"was looked at most ({_masked(reason, tagged.region_words)})"
        )
    for start, end, label in sorted(tagged.written):
        yield f"{' '.join(tagged.post.tokens[start:end])} {label}: written in the picture"
    if explained.reasons and not tagged.attention.per_word:
        yield "attention is not per word: this model looks once for the whole post"


def _masked(reason: Reason, words: tuple[str, ...]) -> str:
    """Name the regions that were masked, if they are words, and count them otherwise."""
    if words:
        return ", ".join(repr(words[region]) for region in reason.masked)
    if len(reason.masked) == 1:
        return "1 region masked"
    return f"{len(reason.masked)} regions masked"


def _write_page(
    explained: Iterable[Explained],
    path: Path | TextIO | None,
    picture: Callable[[Post], bytes | None],
    order: Order,
    model: str | None,
) -> None:
    if not isinstance(path, Path):
        raise InputError("a page with reasons needs a file: name it by --output")
    page = ExamplesPage(
        "Entities, and what the picture did",
        (),
        (_example(result, picture) for result in explained),
        about=f"Tagged by the model {model}." if model else "",
        has_gold=False,
        order=order,
    )
    write_examples(path, page)


def _example(explained: Explained, picture: Callable[[Post], bytes | None]) -> Example:
    tagged = explained.tagged
    attention, grid, shown = None, None, None
    if regions := tagged.attention.regions.shape[1]:
        attention = tagged.attention
    if not tagged.region_words:
        shown = picture(tagged.post)
        grid = grid_of(regions) if regions else None
    reading = Reading(
        "mner",
        tagged.post.entities,
        attention=attention,
        grid=grid,
        caption_words=tagged.region_words,
        notes=tuple(_notes(explained)),
    )
    effects = (abs(reason.with_picture - reason.without_picture) for reason in explained.reasons)
    return Example(
        _without_entities(tagged.post),
        (reading,),
        tagged.picture,
        shown,
        effect=max(effects, default=0.0),
    )


def _without_entities(post: Post) -> Post:
    """Return a post that is not annotated, since none of its entities is gold."""
    return Post(
        post.id,
        post.tokens,
        picture=post.picture,
        caption=post.caption,
        text=post.text,
        offsets=post.offsets,
    )
