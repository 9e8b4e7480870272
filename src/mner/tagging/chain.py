"""The whole chain, spelled once: posts, chunks, batches, emissions, spans, entities.

Every command that tags goes through here. `Chain.tagged` is the chain.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from mner.encoding.indexer import Indexer
from mner.errors import InputError
from mner.spans.entities import EntityDecoder
from mner.tagging.batching import PostBatch, batches, chunks, run_ahead
from mner.tagging.decode import decode, within_lines, wordless
from mner.tagging.inputs import PostLike, posts_of
from mner.tagging.ordered import Ordered
from mner.tagging.regions import NO_REGIONS, RegionSource
from mner.tagging.results import Tagged
from mner.tagging.windows import Backend
from mner.types import Emitted, Post, Regions

__all__ = ["Chain"]


@dataclass(frozen=True)
class Chain:
    """The parts of a tagger, in the order in which posts go through them."""

    indexer: Indexer
    """Turns posts into arrays."""
    source: RegionSource | None
    """Gives what the model looks at; None for a text-only model."""
    backend: Backend
    """Turns arrays into emissions, for posts of any length."""
    decoder: EntityDecoder
    """Turns emissions into entities."""
    per_word: bool
    """Whether the model's attention differs between words."""

    def tagged(
        self,
        posts: Iterable[PostLike],
        *,
        batch_size: int,
        uncalibrated: bool,
        uncertain: bool,
    ) -> Iterator[Tagged]:
        """Yield the posts in their order, tagged; see `Tagger.explain`."""
        finish = partial(
            decode,
            decoder=self.decoder,
            per_word=self.per_word,
            uncalibrated=uncalibrated,
            uncertain=uncertain,
        )

        # Posts to batches of like length, with what the model looks at.
        results = Ordered[Tagged]()
        batched = self._batched(posts, results, batch_size=batch_size)
        try:
            # A batch to emissions, while the next ones are made.
            for batch, emitted in run_ahead(self.backend, batched):
                # Emissions to spans, probabilities and entities.
                tagged = finish(batch, within_lines(batch, emitted, self.decoder))
                for position, result in zip(batch.positions, tagged, strict=True):
                    results.put(position, result)

                # Back to the order of the posts.
                yield from results.ready()
        except InputError:
            yield from results.ready()
            raise
        yield from results.ready()

    def emissions(
        self, posts: Sequence[Post], *, regions: Sequence[Regions] | None, batch_size: int
    ) -> Iterator[tuple[PostBatch, Emitted]]:
        """Yield the posts in batches with their emissions; see `Tagger.emissions`."""
        for batch in batches(
            posts, self.indexer, source=self.source, given=regions, batch_size=batch_size
        ):
            yield batch, within_lines(batch, self.backend(batch.arrays), self.decoder)

    def regions(self, posts: Sequence[Post]) -> list[Regions]:
        """Return what the model looks at in each post; empty regions for a text-only model."""
        if self.source is None:
            return [NO_REGIONS] * len(posts)
        return self.source(posts)

    def _batched(
        self, posts: Iterable[PostLike], results: Ordered[Tagged], *, batch_size: int
    ) -> Iterator[PostBatch]:
        """Sort each chunk of the posts into batches, whose positions count from the first chunk.

        Posts without words are in no batch, and have no entities: they are put into `results`.
        """
        first = 0
        for chunk in chunks(posts_of(posts), words=_count_words):
            for position, post in enumerate(chunk, start=first):
                if not post.tokens:
                    results.put(position, wordless(post, *self.regions([post])))
            worded = [position for position, post in enumerate(chunk) if post.tokens]
            kept = [chunk[position] for position in worded]
            for batch in batches(kept, self.indexer, source=self.source, batch_size=batch_size):
                positions = [first + worded[position] for position in batch.positions]
                yield batch._replace(positions=positions)
            first += len(chunk)


def _count_words(post: Post) -> int:
    return len(post.tokens)
