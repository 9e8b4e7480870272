"""Posts for the report on runs: where the picture helped and hurt, and where the model looked."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from mner.evaluation.evaluation import Evaluation
from mner.pages.html import jpeg_url
from mner.pages.page import Line, grid_of, mark
from mner.runs.effects import Effect
from mner.runs.scores import ScoredRun
from mner.spans.changes import Change
from mner.tagging.results import Tagged
from mner.types import Floats, PictureState, Post, Span

__all__ = ["Card", "Look", "attention_cards", "change_cards"]

_Item = TypeVar("_Item")
_Preview = Callable[[str], bytes | None]

_MOST_LOOKS = 3
"""Number of entities of a post whose attention is shown."""

_FEWEST_SHARES = 3
"""A scale of attention ends at this many even shares or more, so that chance looks like chance."""


@dataclass(frozen=True, slots=True)
class Look:
    """The attention of some words of a post over R regions."""

    words: str
    shares: tuple[float, ...]
    """R shares, in [0, 1]."""
    top: float
    """The end of the scale."""

    def excess(self, share: float) -> float:
        """Return where a share is on the scale, in [0, 1]; 0 up to an even share."""
        even = 1 / len(self.shares)
        if self.top <= even:
            return 0.0
        return min(max((share - even) / (self.top - even), 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Card:
    """A post as the report shows it."""

    post: Post
    heading: str
    lines: tuple[Line, ...]
    state: PictureState
    pictures: tuple[str | None, ...]
    """A URL of each picture that was looked at; None for one that cannot be shown."""
    regions: tuple[str, ...]
    """The caption words that are the regions; empty if regions belong to pictures."""
    grid: tuple[int, int]
    """Rows and columns of a picture's regions; pictures come one after the other."""
    looks: tuple[Look, ...]
    note: str = ""


def change_cards(
    scored: ScoredRun,
    effect: Effect,
    changes: Iterable[Change],
    *,
    preview: _Preview,
    count: int,
) -> list[Card]:
    """Return posts in which the picture helped, or hurt.

    A card shows gold, the other system, the run, and where the run looked for the entity in
    question.

    Args:
        scored: the run.
        effect: its comparison with the other system.
        changes: changes of the effect; the first change of each post is shown.
        preview: returns a small JPEG of a picture, by its reference.
        count: largest number of posts; they are evenly spread over the changed posts.
    """
    first: dict[int, Change] = {}
    for change in changes:
        first.setdefault(change.post, change)
    chosen = _spread([first[post] for post in sorted(first)], count)
    return [_change_card(scored.given, effect, change, preview=preview) for change in chosen]


def attention_cards(scored: ScoredRun, *, preview: _Preview, count: int) -> list[Card]:
    """Return posts with what each entity looked at; for captions, what each word looked at.

    The posts have a picture or a caption and at least one predicted entity.

    Args:
        scored: a run that looks at pictures or captions.
        preview: returns a small JPEG of a picture, by its reference.
        count: largest number of posts; they are evenly spread over the file.
    """
    positions = [
        position
        for position, tagged in enumerate(scored.given.tagged)
        if tagged.picture is PictureState.PRESENT and tagged.post.entities
    ]
    return [
        _attention_card(scored.given, position, preview=preview)
        for position in _spread(positions, count)
    ]


def _spread(items: Sequence[_Item], count: int) -> list[_Item]:
    """Return the middle items of `count` equal stretches of the items."""
    count = min(count, len(items))
    return [items[(2 * number + 1) * len(items) // (2 * count)] for number in range(count)]


def _change_card(
    given: Evaluation,
    effect: Effect,
    change: Change,
    *,
    preview: _Preview,
) -> Card:
    post = given.gold[change.post]
    by_run, by_other = given.tagged[change.post], effect.other.tagged[change.post]
    span = change.gold or change.b or change.a
    assert span is not None

    lines = [mark("Gold", post, post.entities or ())]
    for name, tagged in ((effect.other_name, by_other), (effect.name, by_run)):
        entities = tagged.post.entities
        lines.append(mark(name, post, entities, gold=post.entities))

    heading = (
        f"{change.text}: {_span_text(post, change.gold, span)} in gold; "
        f"{_span_text(post, change.a, span)} by {effect.other_name}; "
        f"{_span_text(post, change.b, span)} by {effect.name}"
    )
    note = ""
    if effect.other.control == "shuffled" and by_other.post.caption:
        note = f"Exchanged for: {by_other.post.caption}"
    looks = _looks(by_run, [span])
    return _card(post, by_run, heading, lines, looks=looks, preview=preview, note=note)


def _attention_card(given: Evaluation, position: int, *, preview: _Preview) -> Card:
    post, tagged = given.gold[position], given.tagged[position]
    entities = tagged.post.entities
    lines = [
        mark("Gold", post, post.entities or ()),
        mark("Predicted", post, entities, gold=post.entities),
    ]
    if tagged.region_words:
        spans: list[Span] = [(word, word + 1, "") for word in range(len(post.tokens))]
    else:
        spans = [entity.span for entity in entities][:_MOST_LOOKS]
    looks = _looks(tagged, spans)
    return _card(post, tagged, f"Post {post.id}", lines, looks=looks, preview=preview)


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
    looked_at = [seen for seen in tagged.pictures if seen.state is PictureState.PRESENT]
    regions = looked_at[0].regions if looked_at else tagged.attention.regions.shape[1]
    return Card(
        post=post,
        heading=heading,
        lines=tuple(lines),
        state=tagged.picture,
        pictures=tuple(_url(preview(seen.name)) for seen in looked_at),
        regions=tagged.region_words,
        grid=grid_of(regions),
        looks=looks,
        note=note,
    )


def _url(jpeg: bytes | None) -> str | None:
    return None if jpeg is None else jpeg_url(jpeg)


def _looks(tagged: Tagged, spans: Iterable[Span]) -> tuple[Look, ...]:
    """Return a look for each span.

    If all words look at the same regions, there is one look for the post; if there was nothing to
    look at, there is none.
    """
    attention = tagged.attention.regions  # (T, R)
    if tagged.picture is not PictureState.PRESENT or not attention.size:
        return ()
    top = max(_FEWEST_SHARES / int(attention.shape[1]), float(attention.max()))
    if not tagged.attention.per_word:
        return (_look("every word", attention[0], top),)
    looks = []
    for start, end, _ in spans:
        words = " ".join(tagged.post.tokens[start:end])
        looks.append(_look(words, attention[start:end].mean(axis=0), top))  # (R,)
    return tuple(looks)


def _look(words: str, shares: Floats, top: float) -> Look:
    return Look(words, tuple(shares.tolist()), top)


def _span_text(post: Post, span: Span | None, expected: Span) -> str:
    """Return the label of a span, after its words if they are not those of the expected span."""
    if span is None:
        return "nothing"
    start, end, label = span
    if (start, end) == expected[:2]:
        return label
    return f"“{' '.join(post.tokens[start:end])}” {label}"
