"""The tagger: what programs and commands call. `mner.tagging.chain` is what it runs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, overload

import numpy as np
from numpy.typing import NDArray

from mner.encoding.indexer import Indexer
from mner.errors import InputError, ModelError, quoted
from mner.posts.raw import raw_post
from mner.require import require_entities, require_words
from mner.spans.entities import EntityDecoder
from mner.tagging.about import About
from mner.tagging.batching import BATCH, PostBatch
from mner.tagging.chain import Chain
from mner.tagging.checks import check_batch_size
from mner.tagging.inputs import PostLike, require_several
from mner.tagging.loaded import Loaded, described
from mner.tagging.notices import warn_of_unused, with_notice
from mner.tagging.promises_file import least_probability
from mner.tagging.regions import RegionSource
from mner.tagging.results import Tagged, TaggedPost, TaggedText
from mner.tagging.windows import Backend, windowed
from mner.types import Emitted, PictureState, Post, Regions, Span

__all__ = ["Tagger"]


class Tagger:
    """A trained model, ready for posts.

    Args:
        indexer: turns posts into arrays.
        backend: turns arrays into emissions.
        decoder: turns emissions into entities.
        regions: gives what the model looks at; None for a text-only model.
        per_word: whether the model's attention differs between words.
        loaded: where it comes from; None for a network in training.

    Attributes:
        labels: the types of entities that it finds.
        crf: the scores between tags.
        decoder: the decoder.
        looks_at: what it sees of a post beside the text; None for a text-only model.
        loaded: where it comes from, and what runs it.
    """

    def __init__(
        self,
        indexer: Indexer,
        backend: Backend,
        decoder: EntityDecoder,
        *,
        regions: RegionSource | None,
        per_word: bool,
        loaded: Loaded | None = None,
    ) -> None:
        self._chain = Chain(indexer, regions, windowed(backend), decoder, per_word)
        self.decoder = decoder
        self.labels = decoder.labels
        self.crf = decoder.crf
        self.looks_at = regions.looks_at if regions else None
        self.loaded = loaded

    @property
    def about(self) -> About:
        """The description of the model, as its folder has it.

        Raises:
            ModelError: the tagger is of a network in training, which has no description yet.
        """
        if self.loaded is None:
            raise ModelError("a network in training has no description: load its model folder")
        return self.loaded.about

    def __repr__(self) -> str:
        """Say which model it is, what it finds, what it looks at, and what runs it."""
        return described(self.labels, self.looks_at, self.loaded)

    def __call__(
        self,
        text: str,
        *,
        picture: str | Path | None = None,
        pictures: Sequence[str | Path] = (),
        caption: str | None = None,
    ) -> TaggedText:
        """Tag one raw text.

        Args:
            text: cut into tokens as `mner tag TEXT` does it.
            picture: the path of its picture, or its id where the tagger was loaded with a folder of
                pictures or a feature store.
            pictures: several pictures, in place of `picture`.
            caption: words that describe the picture, for a model that looks at captions.

        Returns:
            The text as a post, with its entities, their characters and their probabilities.

        Raises:
            InputError: the text is not a string or has no words, or the model looks at pictures
                and one of these is missing or broken, or both `picture` and `pictures` are given.
        """
        references = _references(picture, pictures)
        post = raw_post("1", text, caption=caption).with_pictures(references)
        require_words(post, name="the text")
        (tagged,) = self.explain([post])
        for seen in tagged.pictures:
            if seen.state is not PictureState.PRESENT:
                raise InputError(
                    f"{seen.name}: the picture is {seen.state}: expected a picture that can be "
                    "read, or None to tag the text alone"
                )
        warn_of_unused(
            {
                "the picture": ("pictures", references or None),
                "the caption": ("captions", caption),
            },
            self.looks_at,
        )
        assert isinstance(tagged.post, TaggedText)
        return tagged.post

    @overload
    def tag(
        self, posts: str, *, batch_size: int = BATCH, promise: str | None = None
    ) -> NoReturn: ...
    @overload
    def tag(
        self, posts: Iterable[str], *, batch_size: int = BATCH, promise: str | None = None
    ) -> Iterator[TaggedText]: ...
    @overload
    def tag(
        self, posts: Iterable[PostLike], *, batch_size: int = BATCH, promise: str | None = None
    ) -> Iterator[TaggedPost]: ...
    def tag(
        self, posts: Iterable[PostLike], *, batch_size: int = BATCH, promise: str | None = None
    ) -> Iterator[TaggedPost]:
        """Tag posts, raw texts, and dicts with the keys of JSON lines; they may be mixed.

        If a post cannot be tagged, the preceding posts are yielded first; then the error is raised.
        After the last post, warns about pictures that posts name and that could not be looked at,
        or about posts without a caption, where the model looks at them.

        Args:
            posts: read as results are taken, at most two chunks ahead; see
                `mner.tagging.inputs.posts_of`. A post without words has no entities.
            batch_size: the most posts in a batch.
            promise: leaves out entities so that the others have a precision that the model has
                promised, such as `precision=0.85` or `PER:precision=0.9`; the thresholds are those
                that `mner evaluate MODEL FILE --promise` found.

        Yields:
            The posts in their order, with the predicted entities in place of any they had.

        Raises:
            InputError: `posts` is one text or one post, something among them is none,
                `batch_size` is not a number of posts, or the model has not made the promise.
            ModelError: the network is in training, or the file of its promises is damaged.
        """
        tagged = with_notice(self.explain(posts, batch_size=batch_size), self.looks_at)
        return tagged if promise is None else self._promised(tagged, promise)

    def explain(
        self,
        posts: Iterable[PostLike],
        *,
        batch_size: int = BATCH,
        uncalibrated: bool = False,
        uncertain: bool = False,
    ) -> Iterator[Tagged]:
        """Tag posts, and yield with each what the model looked at and the state of its picture.

        Args:
            posts: as for `tag`.
            batch_size: as for `tag`.
            uncalibrated: also give the probabilities without the model's temperature.
            uncertain: also say how uncertain the model is of each post as a whole.

        Raises:
            InputError: as for `tag`.
        """
        check_batch_size(batch_size)
        require_several(posts)
        return self._chain.tagged(
            posts, batch_size=batch_size, uncalibrated=uncalibrated, uncertain=uncertain
        )

    def regions(self, posts: Sequence[Post]) -> list[Regions]:
        """Return what the model looks at in each post; empty regions for a text-only model."""
        return self._chain.regions(posts)

    def probabilities(
        self, posts: Sequence[Post], regions: Sequence[Regions], *, batch_size: int = BATCH
    ) -> list[NDArray[np.float64]]:
        """Return how probable the posts' entities are when the model looks at given regions.

        Args:
            posts: with entities whose labels the model knows.
            regions: what is looked at in each post in place of its own picture; a text-only model
                does not use them.
            batch_size: the most posts in a batch.

        Returns:
            For each post one probability for each entity.

        Raises:
            InputError: `batch_size` is not a number of posts, or a post has neither been annotated
                nor tagged.
        """
        check_batch_size(batch_size)
        results: dict[int, NDArray[np.float64]] = {}
        for batch, emitted in self.emissions(posts, regions=regions, batch_size=batch_size):
            spans, lengths = [_spans(post) for post in batch.posts], batch.arrays.lengths
            probabilities = self.decoder.probabilities(emitted.emissions, lengths, spans)
            results.update(zip(batch.positions, probabilities, strict=True))
        return [results[position] for position in range(len(posts))]

    def emissions(
        self,
        posts: Sequence[Post],
        *,
        regions: Sequence[Regions] | None = None,
        batch_size: int = BATCH,
    ) -> Iterator[tuple[PostBatch, Emitted]]:
        """Return the posts in batches, each with the scores that its decoding starts from.

        With these emissions no entity crosses a line break of a raw text.

        Args:
            posts: all of them, sorted into batches together.
            regions: what is looked at in each post in place of its own picture.
            batch_size: the most posts in a batch.
        """
        return self._chain.emissions(posts, regions=regions, batch_size=batch_size)

    def with_decoder(self, decoder: EntityDecoder) -> "Tagger":
        """Return a tagger that differs in its decoder alone."""
        chain = self._chain
        return Tagger(
            chain.indexer,
            chain.backend,
            decoder,
            regions=chain.source,
            per_word=chain.per_word,
            loaded=self.loaded,
        )

    def _promised(self, posts: Iterable[TaggedPost], promise: str) -> Iterator[TaggedPost]:
        """Return the posts without the entities that a promise leaves out."""
        if self.loaded is None:
            raise ModelError("a network in training has made no promise: load its model folder")
        least = least_probability(self.loaded, promise)
        return (replace(post, entities=tuple(filter(least.keeps, post.entities))) for post in posts)

    def __reduce__(self) -> NoReturn:
        """Raise TypeError, since open files and sessions cannot be sent to another process."""
        raise TypeError(
            "a tagger cannot be pickled: load the model in each process, or fork after it is loaded"
        )

    def __copy__(self) -> "Tagger":
        """Return the tagger itself, since tagging changes nothing in it."""
        return self

    def __deepcopy__(self, _: object) -> "Tagger":
        """Return the tagger itself."""
        return self


def _references(picture: str | Path | None, pictures: Sequence[str | Path]) -> list[str]:
    """Return the pictures of one text, however they were given."""
    if picture is None:
        if isinstance(pictures, str | Path):
            raise InputError(
                f"pictures: expected a list, got {quoted(pictures)}: give one picture as `picture`"
            )
        return [str(reference) for reference in pictures]
    if pictures:
        raise InputError("both `picture` and `pictures` are given: give all in `pictures`")
    return [str(picture)]


def _spans(post: Post) -> list[Span]:
    return [entity.span for entity in require_entities(post)]
