"""Posts for the report on runs: where the picture helped and hurt, and where the model looked."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from mner.evaluation.evaluate import Evaluation
from mner.pages.html import jpeg_url
from mner.pages.page import Line, grid_of, mark
from mner.runs.scores import Effect, ScoredRun
from mner.spans.mistakes import Change
from mner.tagging.tagger import Tagged
from mner.types import Floats, PictureState, Post, Span

__all__ = ["Card", "Look", "attention_cards", "change_cards"]

_Item = TypeVar("_Item")
_Preview = Callable[[str], bytes | None]
_MOST_LOOKS = 3
"""Entities of one post whose attention is shown."""
_FEWEST_SHARES = 3
"""A scale of attention ends at no less than so many even shares, so that no preference looks like none."""


@dataclass(frozen=True, slots=True)
class Look:
    """How some words of a post distributed their attention over R regions."""

    words: str
    shares: tuple[float, ...]
    """R of them, in [0, 1]."""
    top: float
    """The end of the scale."""


@dataclass(frozen=True, slots=True)
class Card:
    """A post to be shown."""

    post: Post
    heading: str
    lines: tuple[Line, ...]
    state: PictureState
    picture: str | None
    """URL that holds the picture; None where there is none to show."""
    regions: tuple[str, ...]
    """The words of the caption that are the regions; empty where regions are parts of a picture."""
    grid: tuple[int, int]
    """Rows and columns of the picture's regions."""
    looks: tuple[Look, ...]
    note: str = ""


def change_cards(
    scored: ScoredRun,
    effect: Effect,
    changes: Iterable[Change],
    *,
    tones: Mapping[str, int],
    preview: _Preview,
    count: int,
) -> list[Card]:
    """Posts in which the picture helped, or hurt: gold, the other system, the run, and where the run looked for the entity in question.

    Args:
        scored: the run.
        effect: what it is compared with.
        changes: of the effect; of each post the first is shown.
        tones: the colour of each label.
        preview: a small JPEG of a picture, by its reference.
        count: how many posts at most, evenly spread over those there are.
    """
    first = {change.post: change for change in reversed(list(changes))}
    chosen = _spread([first[place] for place in sorted(first)], count)
    return [
        _change_card(scored.given, effect, change, tones=tones, preview=preview)
        for change in chosen
    ]


def attention_cards(
    scored: ScoredRun, *, tones: Mapping[str, int], preview: _Preview, count: int
) -> list[Card]:
    """Posts with what each word, or for pictures each entity, looked at: evenly spread over those with a picture and with an entity found.

    Args:
        scored: a run that looks at pictures or captions.
        tones: the colour of each label.
        preview: a small JPEG of a picture, by its reference.
        count: how many posts at most.
    """
    places = [
        place
        for place, one in enumerate(scored.given.tagged)
        if one.picture is PictureState.PRESENT and one.post.entities
    ]
    return [
        _attention_card(scored.given, place, tones=tones, preview=preview)
        for place in _spread(places, count)
    ]


def _spread(items: Sequence[_Item], count: int) -> list[_Item]:
    taken = min(count, len(items))
    return [items[(2 * place + 1) * len(items) // (2 * taken)] for place in range(taken)]


def _change_card(
    given: Evaluation,
    effect: Effect,
    change: Change,
    *,
    tones: Mapping[str, int],
    preview: _Preview,
) -> Card:
    post, mine, other = (
        given.gold[change.post],
        given.tagged[change.post],
        effect.other.tagged[change.post],
    )
    span = change.gold or change.b or change.a
    assert span is not None
    lines = [
        mark(effect.other_name, post, other.post.entities or (), tones=tones, gold=post.entities)
    ]
    lines.append(mark(effect.name, post, mine.post.entities or (), tones=tones, gold=post.entities))
    note = (
        f"Exchanged for: {other.post.caption}"
        if effect.other.control == "shuffled" and other.post.caption
        else ""
    )
    heading = f"{change.text}: {_told(post, change.gold, span)} in gold; {_told(post, change.a, span)} by {effect.other_name}; "
    heading += f"{_told(post, change.b, span)} by {effect.name}"
    return _card(
        post,
        mine,
        heading,
        [_gold_line(post, tones), *lines],
        looks=_looks(mine, [span]),
        preview=preview,
        note=note,
    )


def _attention_card(
    given: Evaluation, place: int, *, tones: Mapping[str, int], preview: _Preview
) -> Card:
    post, tagged = given.gold[place], given.tagged[place]
    entities = tagged.post.entities or ()
    lines = [
        _gold_line(post, tones),
        mark("Predicted", post, entities, tones=tones, gold=post.entities),
    ]
    spans: Iterable[Span] = [entity.span for entity in entities][:_MOST_LOOKS]
    if tagged.region_words:
        spans = [(word, word + 1, "") for word in range(len(post.tokens))]
    return _card(
        post, tagged, f"Post {post.id}", lines, looks=_looks(tagged, spans), preview=preview
    )


def _card(
    post: Post,
    tagged: Tagged,
    heading: str,
    lines: Sequence[Line],
    *,
    looks: tuple[Look, ...],
    preview: _Preview,
    note: str = "",
) -> Card:
    jpeg = (
        None
        if tagged.region_words or not post.picture or tagged.picture is not PictureState.PRESENT
        else preview(post.picture)
    )
    return Card(
        post=post,
        heading=heading,
        lines=tuple(lines),
        state=tagged.picture,
        picture=None if jpeg is None else jpeg_url(jpeg),
        regions=tagged.region_words,
        grid=grid_of(tagged.attention.regions.shape[1]),
        looks=looks,
        note=note,
    )


def _gold_line(post: Post, tones: Mapping[str, int]) -> Line:
    return mark("Gold", post, post.entities or (), tones=tones)


def _looks(tagged: Tagged, spans: Iterable[Span]) -> tuple[Look, ...]:
    """One for each span, or one for the post where all words look at the same; none where there was nothing to look at."""
    attention = tagged.attention.regions
    if tagged.picture is not PictureState.PRESENT or not attention.size:
        return ()
    if not tagged.attention.per_word:
        return (_look("every word", attention[0], _top(attention)),)
    return tuple(
        _look(
            " ".join(tagged.post.tokens[start:end]),
            attention[start:end].mean(axis=0),
            _top(attention),
        )
        for start, end, _ in spans
    )


def _look(words: str, attended: Floats, top: float) -> Look:
    return Look(words, tuple(attended.tolist()), top)


def _top(attention: Floats) -> float:
    return max(_FEWEST_SHARES / int(attention.shape[1]), float(attention.max()))


def _told(post: Post, span: Span | None, expected: Span) -> str:
    """The label, after the words where they are not those expected."""
    if span is None:
        return "nothing"
    return (
        span[2]
        if span[:2] == expected[:2]
        else f"“{' '.join(post.tokens[span[0] : span[1]])}” {span[2]}"
    )
