"""The step of a tagging that asks an endpoint about posts of which the model is not sure."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import isfinite
from typing import Literal

from mner.errors import InputError, clipped, quoted
from mner.spans.assisted import ENDPOINT, MODEL, SOURCE
from mner.tagging.escalation.answers import entities_in, messages_for
from mner.tagging.escalation.endpoint import Endpoint, EndpointError, Reply
from mner.tagging.explain import Explained
from mner.tagging.results import TaggedPost, tagged_post
from mner.tagging.tagger import Tagger

__all__ = ["Escalation"]

_LOG = logging.getLogger(__name__)

_MOST_FAILURES = 5
"""Failures after one another, after which an endpoint is not asked any more."""


@dataclass
class Escalation:
    """Sends the texts of uncertain posts to an endpoint, and takes its entities where they fit.

    A post is uncertain if the best reading of it, which is that of the model, has a probability
    below a bound. Posts whose answer does not come or does not fit keep the entities of the model.
    Each post gets the field `source`.

    Args:
        below: the bound, above 0 and at most 1.
        endpoint: is asked about one post at a time.

    Attributes:
        posts: how many posts there were.
        asked: how many were sent.
        used: how many answers were taken.
        first_failure: the first post whose answer was not, with the reason.
        prompt_tokens: the tokens that the endpoint says it has read.
        completion_tokens: the tokens that it says it has written.

    Raises:
        InputError: the bound is no such number.
    """

    below: float
    endpoint: Endpoint
    posts: int = 0
    asked: int = 0
    used: int = 0
    first_failure: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    _unanswered: int = 0
    """Questions without any answer, after one another."""

    def __post_init__(self) -> None:
        if not (isfinite(self.below) and 0 < self.below <= 1):
            raise InputError(
                f"--escalate-below {self.below}: expected a probability above 0 and at most 1"
            )

    @property
    def description(self) -> str:
        """What decides the results, without the key."""
        return f"below {self.below} to {self.endpoint.url}, model {self.endpoint.model}"

    def announce(self) -> None:
        """Say which posts are sent, and where, before any is."""
        _LOG.warning(
            "--escalate-below %s: the texts of posts of which the model is less sure are sent to "
            "%s; results with answers from there are LLM-assisted",
            self.below,
            self.endpoint.url,
        )

    def __call__(self, results: Iterable[Explained], tagger: Tagger) -> Iterator[Explained]:
        """Yield the results in their order.

        Args:
            results: tagged with `uncertain=True`, without reasons.
            tagger: has tagged them; also says how probable it finds the endpoint's entities.
        """
        for explained in results:
            tagged = explained.tagged
            assert tagged.uncertainty is not None
            self.posts += 1
            answered = None
            if tagged.uncertainty.best < self.below and self._unanswered < _MOST_FAILURES:
                answered = self._answered(tagged.post, tagger)
            post = answered or tagged.post
            marked = _marked(post, ENDPOINT if answered else MODEL)
            yield Explained(replace(tagged, post=marked), ())

    def summary(self) -> str:
        """Say what was sent, what it brought, and what it cost."""
        text = (
            f"--escalate-below: {self.asked} of {self.posts} posts were sent, {self.used} answers "
            f"are used; the endpoint counts {self.prompt_tokens} tokens read and "
            f"{self.completion_tokens} written"
        )
        if self.first_failure:
            failed = self.asked - self.used
            text += f"; {failed} answers are not used (first: {self.first_failure})"
        if self._unanswered >= _MOST_FAILURES:
            text += f"; after {_MOST_FAILURES} questions without an answer, no more were sent"
        return text

    def _answered(self, post: TaggedPost, tagger: Tagger) -> TaggedPost | None:
        """Return a post with the endpoint's entities; None where it has no answer that fits."""
        self.asked += 1
        try:
            spans = entities_in(self._ask(post, tagger).content, post, tagger.labels)
        except EndpointError as exc:
            self.first_failure = self.first_failure or f"post {quoted(post.id)}: {clipped(exc)}"
            return None
        self.used += 1
        answered = tagged_post(post, spans, [0.0] * len(spans))
        (probabilities,) = tagger.probabilities([answered], tagger.regions([answered]))
        return tagged_post(post, spans, probabilities.tolist())

    def _ask(self, post: TaggedPost, tagger: Tagger) -> Reply:
        try:
            reply = self.endpoint.ask(messages_for(post, tagger.labels))
        except EndpointError:
            self._unanswered += 1
            raise
        self._unanswered = 0
        self.prompt_tokens += reply.prompt_tokens
        self.completion_tokens += reply.completion_tokens
        return reply


def _marked(post: TaggedPost, source: Literal["model", "endpoint"]) -> TaggedPost:
    """Return a post that says whose entities it has; a field of this name is renamed."""
    extra = dict(post.extra or {})
    name = SOURCE
    while name in extra:
        name += "_kept"
    if name != SOURCE:
        extra[name] = extra.pop(SOURCE)
    return replace(post, extra={SOURCE: source, **extra})
