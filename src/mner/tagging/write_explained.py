"""Writing explained posts: JSON lines, text for people, or one page with heat maps."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
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
from mner.tagging.results import Tagged
from mner.types import PictureState, Post

__all__ = ["write_explained"]


def write_explained(
    explained: Iterable[Explained],
    path: Path | TextIO | None,
    *,
    style: str,
    colour: bool,
    picture: Callable[[str], bytes | None],
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
        picture: returns the JPEG to show for a picture that a post names, for `html`.
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
    seen, it = ("caption" if tagged.region_words else "picture"), "it"
    if tagged.post.more_pictures and not tagged.region_words:
        seen, it = "pictures", "them"
    for reason in explained.reasons:
        words = " ".join(tagged.post.tokens[reason.entity.start : reason.entity.end])
        yield (
            f"{words} {reason.entity.label}: {reason.with_picture:.2f} with the {seen}, "
            f"{reason.without_picture:.2f} without {it}, {reason.without_masked:.2f} without what "
            f"was looked at most ({_masked(reason, tagged)})"
        )
    place = "a picture" if tagged.post.more_pictures else "the picture"
    for start, end, label in sorted(tagged.written):
        yield f"{' '.join(tagged.post.tokens[start:end])} {label}: written in {place}"
    if tagged.post.more_pictures:
        for picture in tagged.pictures:
            if picture.state is not PictureState.PRESENT:
                yield f"{picture.name}: this picture is {picture.state}"
    if explained.reasons and not tagged.attention.per_word:
        yield "attention is not per word: this model looks once for the whole post"


def _masked(reason: Reason, tagged: Tagged) -> str:
    """Name the regions that were masked, if they are words, and count them otherwise.

    Of several pictures each is named, the one of which most is masked first.
    """
    if tagged.region_words:
        return ", ".join(repr(tagged.region_words[region]) for region in reason.masked)
    count = len(reason.masked)
    masked = f"{count} {'region' if count == 1 else 'regions'} masked"
    if not tagged.post.more_pictures:
        return masked
    owners = [seen.name for seen in tagged.pictures for _ in range(seen.regions)]
    counts = Counter(owners[region] for region in reason.masked).most_common()
    return f"{masked}: {', '.join(f'{number} of {name}' for name, number in counts)}"


def _write_page(
    explained: Iterable[Explained],
    path: Path | TextIO | None,
    picture: Callable[[str], bytes | None],
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


def _example(explained: Explained, picture: Callable[[str], bytes | None]) -> Example:
    tagged = explained.tagged
    attention, grid = None, None
    shown: tuple[bytes | None, ...] = ()
    if tagged.attention.regions.shape[1]:
        attention = tagged.attention
    if not tagged.region_words:
        shown = tuple(map(picture, tagged.post.pictures))
        grid = next((grid_of(seen.regions) for seen in tagged.pictures if seen.regions), None)
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
        _state(tagged, shown),
        shown,
        tagged.pictures,
        effect=max(effects, default=0.0),
    )


def _state(tagged: Tagged, shown: Sequence[bytes | None]) -> PictureState:
    """Return the state that a page shows; it also shows pictures at which no model looks."""
    if any(shown) and not tagged.pictures:
        return PictureState.PRESENT
    return tagged.picture


def _without_entities(post: Post) -> Post:
    """Return a post that is not annotated, since none of its entities is gold."""
    return Post(
        post.id,
        post.tokens,
        picture=post.picture,
        more_pictures=post.more_pictures,
        caption=post.caption,
        text=post.text,
        offsets=post.offsets,
        picture_entities=post.picture_entities,
    )
