"""The whole chain, spelled once: posts to arrays to emissions to entities. Every command that tags goes through here."""

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from mner.encoding.buckets import buckets
from mner.encoding.indexer import Indexer
from mner.errors import DataWarning, InputError
from mner.posts.raw import raw_post
from mner.require import require_words
from mner.spans.calibrate import fit_temperature
from mner.spans.entities import EntityDecoder
from mner.spans.score import score
from mner.tagging.regions import RegionSource
from mner.tagging.seen import Seen
from mner.tagging.windows import Backend, windowed
from mner.types import (
    Attention,
    Batch,
    Emitted,
    Entity,
    Floats,
    LooksAt,
    PictureState,
    Post,
    Regions,
    Span,
)

__all__ = ["Tagged", "Tagger", "check_min_probability", "warn_of_what_is_left_aside"]

_WINDOW = 512
"""Posts that are put into batches of like length together; results appear once a window is done."""

_WINDOW_WORDS = 65_536
_BATCH_WORDS = 16_384
"""Padding included; bounds the memory that long posts take."""

_OFFSETS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
"""What `Tagger.balanced` tries, in the units of emissions."""

_LINE_BREAK = re.compile(r"[\n\r\u2028\u2029]")

_NOTHING = Regions(PictureState.ABSENT, np.zeros((0, 0), dtype=np.float32))
"""What a text-only model looks at."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """A post with the entities found in it, and what the model looked at."""

    post: Post
    attention: Attention
    picture: PictureState
    region_words: tuple[str, ...] = ()
    """The caption words that are the regions of the attention; empty where regions are parts of a picture."""
    uncalibrated: tuple[float, ...] = ()
    """The probabilities of the entities without the model's temperature; empty where they were not asked for."""
    reason: str | None = None
    """Why a picture could not be looked at, where that is known."""


class Tagger:
    """A trained model, ready for posts.

    Attributes:
        labels: the types of entities it tells apart.
        crf: the scores between tags.
        looks_at: what of a post it sees beside the text; None for a text-only model.
    """

    def __init__(
        self,
        indexer: Indexer,
        backend: Backend,
        decoder: EntityDecoder,
        *,
        regions: RegionSource | None,
        per_word: bool,
    ) -> None:
        """Take the parts.

        Args:
            indexer: posts to arrays.
            backend: arrays to emissions.
            decoder: emissions to entities.
            regions: where regions come from; None for a text-only model.
            per_word: whether the model's attention differs between words.
        """
        self._indexer = indexer
        self._backend = windowed(backend)
        self._decoder = decoder
        self._regions = regions
        self._per_word = per_word
        self.labels = decoder.labels
        self.crf = decoder.crf
        self.looks_at = regions.looks_at if regions else None

    def __call__(
        self, text: str, *, picture: str | Path | None = None, caption: str | None = None
    ) -> Post:
        """One raw text as a post with its entities, their characters and their probabilities.

        Args:
            text: tokenised as `mner tag TEXT` does.
            picture: path of its picture, or its id where the tagger was loaded with a folder of pictures or a feature store.
            caption: words that describe the picture, for a model that looks at captions.

        Raises:
            InputError: the text is no string or has no words, or the model looks at pictures and this one is missing or broken.
        """
        post = raw_post(
            "1", text, picture=None if picture is None else str(picture), caption=caption
        )
        require_words(post, name="the text")
        (tagged,) = self.explain([post])
        if (
            post.picture is not None
            and self.looks_at == "pictures"
            and tagged.picture is not PictureState.PRESENT
        ):
            raise InputError(
                f"{post.picture}: the picture is {tagged.picture}: expected a picture that can be read, or None to tag the text alone"
            )
        warn_of_what_is_left_aside(
            {"the picture": ("pictures", picture), "the caption": ("captions", caption)},
            self.looks_at,
        )
        return tagged.post

    def tag(self, posts: Iterable[Post], *, batch_size: int = 32) -> Iterator[Post]:
        """The posts in their order, with predicted entities in place of any they had.

        Raises:
            InputError: one of them is no post or has no words, or `batch_size` is not a number of posts; posts before the wrong one are given first.

        Warns behind the last post of pictures that posts name and that could not be looked at, or of posts without a caption, by what the model looks at.
        """
        return self._noted(self.explain(posts, batch_size=batch_size))

    def explain(
        self, posts: Iterable[Post], *, batch_size: int = 32, uncalibrated: bool = False
    ) -> Iterator[Tagged]:
        """The posts in their order, tagged, with attention, the state of their pictures and, on demand, probabilities as they come from the CRF.

        Raises as `tag` does.
        """
        _check_batch_size(batch_size)
        return self._explained(posts, batch_size=batch_size, uncalibrated=uncalibrated)

    def _noted(self, results: Iterable[Tagged]) -> Iterator[Post]:
        seen = Seen(self.looks_at)
        for one in results:
            seen.note(one.post, one.picture, one.reason)
            yield one.post
        if missing := seen.missing():
            warnings.warn(missing, DataWarning, stacklevel=2)

    def _explained(
        self, posts: Iterable[Post], *, batch_size: int, uncalibrated: bool
    ) -> Iterator[Tagged]:
        for window in _windows(map(_checked, posts)):
            results: dict[int, Tagged] = {}
            for part, scored in self._scored(window, batch_size):
                tagged = self._tag_batch(
                    [window[place] for place in part.places],
                    part,
                    scored,
                    uncalibrated=uncalibrated,
                )
                results.update(zip(part.places, tagged, strict=True))
            yield from (results[place] for place in range(len(window)))

    def __reduce__(self) -> NoReturn:
        """Raises TypeError: open files and sessions cannot be sent to another process."""
        raise TypeError(
            "a tagger cannot be pickled: load the model in each process, or fork after it is loaded"
        )

    def __copy__(self) -> "Tagger":
        """Itself: nothing in it changes what it answers."""
        return self

    def __deepcopy__(self, _: object) -> "Tagger":
        """Itself, as of `__copy__`."""
        return self

    def regions(self, posts: Sequence[Post]) -> list[Regions]:
        """What the model looks at in each post; empty regions for a text-only model."""
        return self._regions(posts) if self._regions else [_NOTHING] * len(posts)

    def probabilities(
        self, posts: Sequence[Post], regions: Sequence[Regions], *, batch_size: int = 32
    ) -> list[NDArray[np.float64]]:
        """How probable the entities that posts hold are when the model looks at given regions.

        Args:
            posts: with entities whose labels the model knows.
            regions: for each post what is looked at in place of its own picture; not used by a text-only model.
            batch_size: posts in a batch.

        Returns:
            For each post one probability an entity.

        Raises:
            InputError: `batch_size` is not a number of posts.
        """
        _check_batch_size(batch_size)
        found: dict[int, NDArray[np.float64]] = {}
        for part in self._batches(posts, batch_size, regions):
            spans = [
                [entity.span for entity in posts[place].entities or ()] for place in part.places
            ]
            emissions = self._within_lines(
                self._backend(part.batch).emissions, [posts[place] for place in part.places]
            )
            probabilities = self._decoder.probabilities(emissions, part.batch.lengths, spans)
            found.update(zip(part.places, probabilities, strict=True))
        return [found[place] for place in range(len(posts))]

    def fit_temperature(self, gold: Sequence[Post]) -> float:
        """The temperature that makes the probabilities of the entities found in annotated posts believable; see `spans.calibrate`."""
        evidence, correct = [], []
        for part in self._batches(gold, batch_size=32):
            emissions = self._backend(part.batch).emissions
            everything = self._decoder.spans(emissions, part.batch.lengths)
            spans = [
                [span for span in found if gold[place].was_sought(span[2])]
                for place, found in zip(part.places, everything, strict=True)
            ]
            evidence.append((emissions, part.batch.lengths, spans))
            for place, found in zip(part.places, spans, strict=True):
                truth = {entity.span for entity in gold[place].entities or ()}
                correct += [span in truth for span in found]

        def probabilities(temperature: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
            return np.concatenate(
                [
                    each
                    for one in evidence
                    for each in self._decoder.probabilities(*one, temperature=temperature)
                ]
            )

        return fit_temperature(probabilities, np.array(correct, dtype=bool))

    def balanced(self, gold: Sequence[Post]) -> "Tagger":
        """This tagger with the score of O lowered by that one of a few numbers which gives the best F1 on annotated posts."""
        emitted = [
            (part.places, self._backend(part.batch).emissions, part.batch.lengths)
            for part in self._batches(gold, batch_size=32)
        ]

        def f1(offset: float) -> float:
            decoder = self._decoder.lowered(offset)
            found = {
                place: spans
                for places, emissions, lengths in emitted
                for place, spans in zip(places, decoder.spans(emissions, lengths), strict=True)
            }
            return score(
                gold,
                [
                    replace(post, entities=tuple(Entity(*span) for span in found[place]))
                    for place, post in enumerate(gold)
                ],
            ).f1

        decoder = self._decoder.lowered(max(_OFFSETS, key=f1))
        return Tagger(
            self._indexer, self._backend, decoder, regions=self._regions, per_word=self._per_word
        )

    def _batches(
        self, posts: Sequence[Post], batch_size: int, regions: Sequence[Regions] | None = None
    ) -> Iterator["_Part"]:
        """Posts in batches of like length, with the regions that are given, or their own."""
        for places in _bounded(buckets(self._indexer.lengths(posts), batch_size), posts):
            looked_at = None
            if self._regions:
                looked_at = (
                    [regions[place] for place in places]
                    if regions is not None
                    else self._regions([posts[place] for place in places])
                )
            encoded = self._indexer.index_all([posts[place] for place in places])
            yield _Part(places, self._indexer.batch(encoded, looked_at), looked_at)

    def _scored(self, posts: Sequence[Post], batch_size: int) -> Iterator[tuple["_Part", Emitted]]:
        """Batches with what the backend gives for them; while it works on one, the next is encoded and the last one decoded."""
        with ThreadPoolExecutor(1) as pool:
            running: tuple[_Part, Future[Emitted]] | None = None
            for part in self._batches(posts, batch_size):
                following = part, pool.submit(self._backend, part.batch)
                if running is not None:
                    yield running[0], running[1].result()
                running = following
            if running is not None:
                yield running[0], running[1].result()

    def _tag_batch(
        self, posts: Sequence[Post], part: "_Part", scored: Emitted, *, uncalibrated: bool
    ) -> Iterator[Tagged]:
        emissions = self._within_lines(scored.emissions, posts)
        spans = self._decoder.spans(emissions, part.batch.lengths)
        probabilities = self._decoder.probabilities(emissions, part.batch.lengths, spans)
        plain = (
            self._decoder.probabilities(emissions, part.batch.lengths, spans, temperature=1.0)
            if uncalibrated
            else None
        )
        for row, post in enumerate(posts):
            entities = tuple(
                _entity(post, span, float(probability))
                for span, probability in zip(spans[row], probabilities[row], strict=True)
            )
            regions = part.regions[row] if part.regions else _NOTHING
            without = () if plain is None else tuple(plain[row].tolist())
            found = replace(post, entities=entities, annotated=None)
            yield Tagged(
                found,
                self._attention(scored, part.batch, row),
                regions.state,
                regions.words,
                without,
                regions.reason,
            )

    def _within_lines(self, emissions: Floats, posts: Sequence[Post]) -> NDArray[np.floating[Any]]:
        """Emissions (B, T, L) with which no entity goes on from one line of a raw text into the next: a list of names has a name a line."""
        begins = np.zeros(emissions.shape[:2], dtype=np.bool_)
        for row, post in enumerate(posts):
            begins[row, _line_begins(post)] = True
        return self._decoder.parted(emissions, begins) if begins.any() else emissions

    def _attention(self, scored: Emitted, batch: Batch, row: int) -> Attention:
        length = int(batch.lengths[row])
        return Attention(
            regions=scored.region_weights[row, :length, : int(batch.region_mask[row].sum())],
            words=scored.word_weights[row, :length, :length],
            gate=scored.gate[row, :length],
            per_word=self._per_word,
        )


def check_min_probability(value: float) -> None:
    """Refuse what no probability can be compared with.

    Raises:
        InputError: the value is not a number from 0 to 1.
    """
    if not 0 <= value <= 1:
        raise InputError(f"min_probability: expected a number from 0 to 1, got {value}")


def warn_of_what_is_left_aside(
    given: Mapping[str, tuple[LooksAt, object]], looks_at: LooksAt | None
) -> None:
    """Warn once, in the name of the caller's caller, of what was given by hand and the model does not look at.

    Args:
        given: from the name of a thing to what a model has to look at to use it, and the thing itself; None where it was not given.
        looks_at: what this model looks at.
    """
    if unused := [
        name for name, (kind, thing) in given.items() if thing is not None and kind != looks_at
    ]:
        looked_at = f"text and {looks_at}" if looks_at else "text only"
        verb = "is" if len(unused) == 1 else "are"
        warnings.warn(
            f"the model looks at {looked_at}: {' and '.join(unused)} {verb} left aside",
            DataWarning,
            stacklevel=3,
        )


class _Part(NamedTuple):
    """Posts of like length: their places among all, as a batch, and what the model looks at."""

    places: list[int]
    batch: Batch
    regions: list[Regions] | None


def _check_batch_size(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(f"batch_size: expected a whole number of posts, at least 1, got {value!r}")


def _checked(post: object) -> Post:
    """The same post, if it is one whose tokens are words."""
    if not isinstance(post, Post):
        raise InputError(
            f"expected a Post, got {post!r}: call the tagger for one raw text, or make posts of texts by mner.posts.raw.raw_post"
        )
    if isinstance(post.tokens, str) or not isinstance(post.tokens, Sequence):
        raise InputError(
            f"post {post.id!r}: `tokens` must be a tuple of strings, got {post.tokens!r}: cut the text into words"
        )
    require_words(post)
    # Subclasses of str are words too, but seldom; what nearly all posts pass is quick.
    is_plain = all(post.tokens) and set(map(type, post.tokens)) == {str}
    if not is_plain and (
        wrong := [token for token in post.tokens if not (isinstance(token, str) and token)]
    ):
        raise InputError(
            f"post {post.id!r}: `tokens` must be strings of at least one character, got {wrong[0]!r} among them: leave it out"
        )
    return post


def _windows(posts: Iterable[Post]) -> Iterator[list[Post]]:
    """Posts in lists; an error of their source comes behind the posts before it."""
    window, words = list[Post](), 0
    try:
        for post in posts:
            window.append(post)
            words += len(post.tokens)
            if len(window) == _WINDOW or words >= _WINDOW_WORDS:
                yield window
                window, words = [], 0
    except Exception:
        yield window
        raise
    if window:
        yield window


def _bounded(batches: Iterable[list[int]], posts: Sequence[Post]) -> Iterator[list[int]]:
    """The same batches of places, those of long posts cut into smaller ones."""
    for places in batches:
        size = max(1, _BATCH_WORDS // max(1, *(len(posts[place].tokens) for place in places)))
        yield from (places[start : start + size] for start in range(0, len(places), size))


def _line_begins(post: Post) -> list[int]:
    """The tokens before which the raw text has a line break."""
    if post.text is None or post.offsets is None or not _LINE_BREAK.search(post.text):
        return []
    places = enumerate(pairwise(post.offsets), start=1)
    return [
        place
        for place, ((_, end), (start, _)) in places
        if _LINE_BREAK.search(post.text, end, start)
    ]


def _entity(post: Post, span: Span, probability: float) -> Entity:
    start, end, label = span
    if post.text is None or post.offsets is None:
        return Entity(start, end, label, probability)
    start_char, end_char = post.offsets[start][0], post.offsets[end - 1][1]
    return Entity(
        start,
        end,
        label,
        probability,
        text=post.text[start_char:end_char],
        start_char=start_char,
        end_char=end_char,
    )
