"""The whole chain, spelled once: posts to arrays to emissions to entities. Every command that tags goes through here."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

from mner.bio import tags_to_spans
from mner.data.encode import Encoder, buckets
from mner.spans.decode import CrfParameters, span_probabilities, viterbi
from mner.types import Attention, Batch, Entity, Floats, PictureState, Post, Regions, Span
from mner.workflows.regions import RegionSource

__all__ = ["Backend", "Tagged", "Tagger"]

_WINDOW = 512
"""Posts that are put into batches of like length together; results appear once a window is done."""


class _Scored(Protocol):
    """What a backend gives for a batch of B posts of T words."""

    emissions: Floats
    region_weights: Floats
    word_weights: Floats
    gate: Floats


Backend = Callable[[Batch], _Scored]


@dataclass(frozen=True, slots=True)
class Tagged:
    """A post with the entities found in it, and what the model looked at."""

    post: Post
    attention: Attention
    picture: PictureState


class Tagger:
    """A trained model, ready for posts.

    Attributes:
        labels: the types of entities it tells apart.
    """

    def __init__(self, encoder: Encoder, backend: Backend, crf: CrfParameters, *, tags: Sequence[str], regions: RegionSource | None, per_word: bool) -> None:
        """Take the parts.

        Args:
            encoder: posts to arrays.
            backend: arrays to emissions.
            crf: the scores between tags.
            tags: L names in the order of the emissions.
            regions: where regions come from; None for a text-only model.
            per_word: whether the model's attention differs between words.
        """
        self._encoder = encoder
        self._backend = backend
        self._crf = crf
        self._tags = tuple(tags)
        self._regions = regions
        self._per_word = per_word
        # Tags stand in the order of `bio.tag_names`: the I- tag of a label follows its B- tag.
        self._begins = {tag[2:]: number for number, tag in enumerate(self._tags) if tag.startswith("B-")}
        self.labels = tuple(self._begins)

    def tag(self, posts: Iterable[Post], *, batch_size: int = 32) -> Iterator[Post]:
        """The posts in their order, with predicted entities in place of any they had.

        Raises:
            InputError: a post has no words.
        """
        return (tagged.post for tagged in self.explain(posts, batch_size=batch_size))

    def explain(self, posts: Iterable[Post], *, batch_size: int = 32) -> Iterator[Tagged]:
        """The posts in their order, tagged, with attention and the state of their pictures; raises as `tag` does."""
        source = iter(posts)
        while window := list(islice(source, _WINDOW)):
            results: dict[int, Tagged] = {}
            encoded = [self._encoder.encode(post) for post in window]
            for places in buckets([len(post.tokens) for post in window], batch_size):
                chosen = [window[place] for place in places]
                regions = self._regions(chosen) if self._regions else None
                batch = self._encoder.batch([encoded[place] for place in places], regions)
                results.update(zip(places, self._tag_batch(chosen, batch, regions), strict=True))
            yield from (results[place] for place in range(len(window)))

    def picture_states(self, posts: Iterable[Post]) -> Counter[PictureState]:
        """How many posts have a picture that the model can look at; empty for a text-only model."""
        return Counter(regions.state for regions in self._regions(list(posts))) if self._regions else Counter()

    def _tag_batch(self, posts: Sequence[Post], batch: Batch, regions: Sequence[Regions] | None) -> Iterator[Tagged]:
        scored = self._backend(batch)
        paths = viterbi(scored.emissions, batch.lengths, self._crf)
        spans = [tags_to_spans([self._tags[tag] for tag in path]) for path in paths]
        numbered = [[(start, end, self._begins[label], self._begins[label] + 1) for start, end, label in found] for found in spans]
        probabilities = span_probabilities(scored.emissions, batch.lengths, self._crf, spans=numbered)
        for row, post in enumerate(posts):
            length = len(post.tokens)
            entities = tuple(_entity(post, span, float(probability)) for span, probability in zip(spans[row], probabilities[row], strict=True))
            attention = Attention(
                regions=scored.region_weights[row, :length, : int(batch.region_mask[row].sum())],
                words=scored.word_weights[row, :length, :length],
                gate=scored.gate[row, :length],
                per_word=self._per_word,
            )
            state = regions[row].state if regions else PictureState.ABSENT
            yield Tagged(replace(post, entities=entities), attention, state)


def _entity(post: Post, span: Span, probability: float) -> Entity:
    start, end, label = span
    if post.text is None or post.offsets is None:
        return Entity(start, end, label, probability)
    start_char, end_char = post.offsets[start][0], post.offsets[end - 1][1]
    return Entity(start, end, label, probability, text=post.text[start_char:end_char], start_char=start_char, end_char=end_char)
