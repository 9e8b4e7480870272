"""From posts to results: into the queue of a model, and out of it in time."""

import asyncio
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import TypeVar

from mner.errors import InputError
from mner.serve.batcher import Batcher, QueueFullError
from mner.serve.explainer import Wanted
from mner.serve.models import ServedModel
from mner.serve.posts import Wishes
from mner.serve.problems import Problem, overloaded
from mner.tagging.explain import Explained
from mner.tagging.least import LeastProbability
from mner.tagging.tag_results import without_improbable
from mner.types import PictureState, Post

__all__ = ["results_of"]

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")


async def results_of(
    model: ServedModel, posts: Sequence[Post], wishes: Wishes, *, seconds: float
) -> list[Explained]:
    """Return what a model finds in posts.

    Args:
        model: tags them.
        posts: those of one request.
        wishes: what is wanted beside the entities of the texts.
        seconds: how long that may take.

    Raises:
        Problem: too many posts wait, the time is over, or a post cannot be answered.
    """
    if wishes.is_slow:
        # Each post is a job of its own, so that none is begun after the time is over.
        asked = [[Wanted(post, wishes)] for post in posts]
        results = await _answers(model.explainer, asked, seconds)
    else:
        tagged = await _answers(model.batcher, [posts], seconds)
        results = [Explained(each, ()) for each in tagged]
    if model.looks_at == "pictures":
        _refuse_unreadable(results)
    least = LeastProbability(wishes.min_probability)
    return [without_improbable(result, least) for result in results]


async def _answers(
    batcher: Batcher[_Asked, _Answer], jobs: Sequence[Sequence[_Asked]], seconds: float
) -> list[_Answer]:
    """Return the answers to all posts, in their order."""
    accepted: list[Future[list[_Answer]]] = []
    try:
        for job in jobs:
            accepted.append(batcher.submit(job))
        async with asyncio.timeout(seconds):
            answers = await asyncio.gather(*map(asyncio.wrap_future, accepted))
    except QueueFullError as exc:
        raise overloaded(f"{batcher.waiting} posts wait already") from exc
    except InputError as exc:
        raise Problem(422, str(exc), post=_failed(accepted)) from exc
    except TimeoutError as exc:
        raise overloaded(f"tagging took longer than {seconds:g} s") from exc
    finally:
        for future in accepted:
            future.cancel()
    return [item for answer in answers for item in answer]


def _failed(jobs: Sequence["Future[list[_Answer]]"]) -> int | None:
    """Return the first job that has failed, if there are several: each is a post then."""
    if len(jobs) == 1:
        return None
    ended = [at for at, job in enumerate(jobs) if job.done() and not job.cancelled()]
    return next((at for at in ended if jobs[at].exception() is not None), None)


def _refuse_unreadable(results: Iterable[Explained]) -> None:
    """Refuse pictures that were given and could not be looked at."""
    for position, result in enumerate(results):
        tagged = result.tagged
        for number, seen in enumerate(tagged.pictures, start=1):
            if seen.state is not PictureState.PRESENT:
                which = f"picture {number}" if tagged.post.more_pictures else "the picture"
                reason = seen.reason or "it is not known why"
                raise Problem(422, f"{which} cannot be read: {reason}", post=position)
