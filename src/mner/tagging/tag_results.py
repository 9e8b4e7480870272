"""From posts to what an output shows of them: tagged, with reasons, with names in pictures."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mner.tagging.explain import Explained, explain
from mner.tagging.lettering.step import LetteringStep
from mner.tagging.output import Output
from mner.tagging.stream import live_chunks
from mner.tagging.tagger import Tagger
from mner.types import Post

__all__ = ["tagged_results", "without_improbable"]


def tagged_results(
    tagger: Tagger,
    posts: Iterable[Post],
    output: Output,
    *,
    is_live: bool,
    step: LetteringStep | None = None,
) -> Iterator[Explained]:
    """Tag posts as they come, with reasons if the output asks for them.

    Args:
        tagger: the model.
        posts: read as results are taken.
        output: says whether there are reasons, and which entities are left out.
        is_live: whether a pause of the posts ends a chunk.
        step: adds the names in pictures.
    """
    # A pause of a stream ends a chunk, and its results appear; a file is tagged without a break.
    for chunk in live_chunks(posts) if is_live else [posts]:
        if output.explain:
            results = explain(tagger, chunk)
        else:
            results = (Explained(tagged, ()) for tagged in tagger.explain(chunk))
        for explained in step(results) if step else results:
            yield without_improbable(explained, output.min_probability)


def without_improbable(explained: Explained, least: float) -> Explained:
    """Return a result without the entities that are less probable than this, with their reasons."""
    post = explained.tagged.post
    written = post.picture_entities
    probabilities = [entity.probability for entity in post.entities]
    probabilities += [entity.probability for entity in written or ()]
    if all(probability >= least for probability in probabilities):
        return explained
    kept = tuple(entity for entity in post.entities if entity.probability >= least)
    if written is not None:
        written = tuple(entity for entity in written if entity.probability >= least)
    reasons = tuple(reason for reason in explained.reasons if reason.entity in kept)
    post = replace(post, entities=kept, picture_entities=written)
    return Explained(replace(explained.tagged, post=post), reasons)
