"""Explained posts to a stream or a file: JSON lines, text for people, or one page with heat maps."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

from mner.errors import InputError
from mner.files.output import standard_output, write_pieces
from mner.pages.examples import Example, ExamplesPage, Reading, write_examples
from mner.pages.page import grid_of
from mner.posts.write import write_posts
from mner.tagging.explain import Explained, Reason
from mner.types import Post

__all__ = ["write_explained"]

_MOST_ON_A_PAGE = 200


def write_explained(
    explained: Iterable[Explained],
    path: Path | None,
    *,
    style: str,
    colour: bool,
    picture: Callable[[Post], bytes | None],
) -> None:
    """Write posts with their entities and the reasons for them.

    Args:
        explained: read lazily but for `html`, which holds at most 200 posts.
        path: the file; standard output when None.
        style: `jsonl` (an object `explanation` beside what a post always has), `text`, or `html`.
        colour: whether text is coloured.
        picture: the JPEG to show for a post, for `html`.

    Raises:
        InputError: another style, too many posts for one page, or `html` without a file.
    """
    if style == "html":
        _write_page(explained, path, picture)
        return
    if style not in {"jsonl", "text"}:
        raise InputError(f"reasons cannot be written as {style}: expected jsonl, text or html")
    describe = _json_line if style == "jsonl" else lambda one: _text(one, colour=colour)
    write_pieces(
        ((one.tagged.post.id, describe(one)) for one in explained), path or standard_output()
    )


def _json_line(explained: Explained) -> str:
    record: dict[str, Any] = json.loads(_written(explained.tagged.post, "jsonl"))
    tagged = explained.tagged
    record["explanation"] = {
        "picture": tagged.picture.value,
        "attention": "per word" if tagged.attention.per_word else "not per word",
        "regions": list(tagged.region_words) or None,
        "entities": [_reason(reason) for reason in explained.reasons],
    }
    return json.dumps(record, ensure_ascii=False) + "\n"


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "start": reason.entity.start,
        "end": reason.entity.end,
        "label": reason.entity.label,
        "with_picture": reason.with_picture,
        "without_picture": reason.without_picture,
        "without_masked": reason.without_masked,
        "masked": list(reason.masked),
        "attention": [round(float(share), 5) for share in reason.attention],
    }


def _text(explained: Explained, *, colour: bool) -> str:
    return _written(explained.tagged.post, "text", colour=colour) + "".join(
        f"    {note}\n" for note in _notes(explained)
    )


def _notes(explained: Explained) -> Iterator[str]:
    """One sentence an entity, and where attention is the same for all words, one that says so."""
    tagged = explained.tagged
    thing = "caption" if tagged.region_words else "picture"
    for reason in explained.reasons:
        words = " ".join(tagged.post.tokens[reason.entity.start : reason.entity.end])
        masked = (
            ", ".join(repr(tagged.region_words[place]) for place in reason.masked)
            if tagged.region_words
            else _count(len(reason.masked))
        )
        yield (
            f"{words} {reason.entity.label}: {reason.with_picture:.2f} with the {thing}, {reason.without_picture:.2f} without it, "
            f"{reason.without_masked:.2f} without what was looked at most ({masked})"
        )
    if explained.reasons and not tagged.attention.per_word:
        yield "attention is not per word: this model looks once for the whole post"


def _count(regions: int) -> str:
    return f"{regions} region{'' if regions == 1 else 's'} masked"


def _written(post: Post, style: Any, *, colour: bool = False) -> str:
    buffer = StringIO()
    write_posts([post], buffer, format=style, colour=colour)
    return buffer.getvalue()


def _write_page(
    explained: Iterable[Explained], path: Path | None, picture: Callable[[Post], bytes | None]
) -> None:
    if path is None:
        raise InputError("a page with reasons needs a file: name it by --output")
    examples: list[Example] = []
    for one in explained:
        if len(examples) == _MOST_ON_A_PAGE:
            raise InputError(
                f"more than {_MOST_ON_A_PAGE} posts do not fit one page with reasons: write jsonl, or give fewer posts"
            )
        examples.append(_example(one, picture))
    write_examples(path, ExamplesPage("Entities, and what the picture did", (), tuple(examples)))


def _example(explained: Explained, picture: Callable[[Post], bytes | None]) -> Example:
    tagged, post = explained.tagged, explained.tagged.post
    regions = tagged.attention.regions.shape[1]
    grid = None if tagged.region_words or not regions else grid_of(regions)
    reading = Reading(
        "mner",
        post.entities or (),
        attention=tagged.attention if regions else None,
        grid=grid,
        caption_words=tagged.region_words,
        notes=tuple(_notes(explained)),
    )
    return Example(
        replace(post, entities=None),
        (reading,),
        tagged.picture,
        None if tagged.region_words else picture(post),
    )
