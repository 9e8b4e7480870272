"""From posts to what an output shows of them: tagged, with reasons, with names in pictures."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mner.tagging.escalation.step import Escalation
from mner.tagging.explain import Explained, explain
from mner.tagging.least import LeastProbability
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
    max_wait: float | None = None,
    step: LetteringStep | None = None,
    least: LeastProbability | None = None,
    escalation: Escalation | None = None,
) -> Iterator[Explained]:
    """Tag posts as they come, with reasons if the output asks for them.

    Args:
        tagger: the model.
        posts: read as results are taken.
        output: says whether there are reasons, and which entities are left out.
        max_wait: seconds that a post of a stream waits for others at most; None for posts that do
            not pause.
        step: adds the names in pictures.
        least: how probable an entity has to be; None is what the output says.
        escalation: asks an endpoint about uncertain posts; goes with no reasons.
    """
    least = least or LeastProbability(output.min_probability)
    # A pause of a stream ends a chunk, and its results appear; a file is tagged without a break.
    for chunk in [posts] if max_wait is None else live_chunks(posts, max_wait=max_wait):
        if output.explain:
            results = explain(tagger, chunk)
        else:
            tagged = tagger.explain(chunk, uncertain=escalation is not None)
            results = (Explained(each, ()) for each in tagged)
        if escalation is not None:
            results = escalation(results, tagger)
        for explained in step(results) if step else results:
            yield without_improbable(explained, least)


def without_improbable(explained: Explained, least: LeastProbability) -> Explained:
    """Return a result without the entities that are too improbable, with their reasons."""
    post = explained.tagged.post
    written = post.picture_entities
    kept = tuple(filter(least.keeps, post.entities))
    if written is not None:
        written = tuple(filter(least.keeps, written))
    if (kept, written) == (post.entities, post.picture_entities):
        return explained
    reasons = tuple(reason for reason in explained.reasons if reason.entity in kept)
    post = replace(post, entities=kept, picture_entities=written)
    return Explained(replace(explained.tagged, post=post), reasons)
