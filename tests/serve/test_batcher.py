import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError

import pytest

import mner
from mner.errors import InputError
from mner.posts.raw import raw_post
from mner.serve.batcher import Batcher, QueueFullError
from mner.serve.limits import Limits
from mner.tagging.results import Tagged
from mner.types import Post

TAGGER = mner.load()
POST = raw_post("1", "saw Ann in Rome")


class Gate:
    """Tags posts, but none before it is opened; refuses the post `bad`."""

    def __init__(self) -> None:
        self.entered, self.open = threading.Event(), threading.Event()
        self.sizes: list[int] = []

    def tag(self, posts: Sequence[Post]) -> list[Tagged]:
        self.entered.set()
        assert self.open.wait(30)
        if any(post.id == "bad" for post in posts):
            raise InputError("post 'bad' cannot be tagged")
        return list(TAGGER.explain(posts))


@pytest.fixture
def gate() -> Gate:
    return Gate()


def batcher(gate: Gate, **limits: int) -> Batcher[Post, Tagged]:
    bounds = Limits(wait_seconds=0, **limits)
    return Batcher(gate.tag, bounds, name="test", on_batch=gate.sizes.append)


def test_requests_that_wait_are_tagged_together(gate: Gate) -> None:
    tagging = batcher(gate, together=4)
    first = tagging.submit([POST])
    assert gate.entered.wait(30)
    others = [tagging.submit([raw_post(str(number), "saw Bob")] * 2) for number in range(3)]
    assert tagging.waiting == 6
    gate.open.set()
    (expected,) = TAGGER.tag([POST])
    assert [tagged.post for tagged in first.result(30)] == [expected]
    for number, other in enumerate(others):
        assert [tagged.post.id for tagged in other.result(30)] == [str(number)] * 2
    assert gate.sizes == [1, 4, 2]


def test_more_posts_are_tagged_together_than_are_enough_to_begin(gate: Gate) -> None:
    tagging = batcher(gate, batch=2)
    tagging.submit([POST])
    assert gate.entered.wait(30)
    others = [tagging.submit([POST] * 3) for _ in range(3)]
    gate.open.set()
    assert all(len(other.result(30)) == 3 for other in others)
    assert gate.sizes == [1, 9]


def test_slow_posts_are_taken_few_at_a_time() -> None:
    assert (Limits().slow.batch, Limits().slow.together) == (4, 4)


def test_what_does_not_fit_is_refused(gate: Gate) -> None:
    tagging = batcher(gate, queue=3, posts=3)
    tagging.submit([POST])
    assert gate.entered.wait(30)
    waiting = tagging.submit([POST] * 2)
    with pytest.raises(QueueFullError, match=r"^$"):
        tagging.submit([POST] * 2)
    gate.open.set()
    assert len(waiting.result(30)) == 2
    assert len(tagging.submit([POST] * 3).result(30)) == 3


def test_a_post_that_cannot_be_tagged_fails_alone(gate: Gate) -> None:
    tagging = batcher(gate)
    tagging.submit([POST])
    assert gate.entered.wait(30)
    before = tagging.submit([POST])
    bad = tagging.submit([raw_post("bad", "Rome")])
    after = tagging.submit([POST])
    gate.open.set()
    with pytest.raises(InputError, match="post 'bad' cannot be tagged"):
        bad.result(30)
    assert before.result(30)[0].post == after.result(30)[0].post
    assert tagging.is_alive


def test_what_was_accepted_is_finished_before_the_thread_ends(gate: Gate) -> None:
    tagging = batcher(gate, together=1)
    accepted = [tagging.submit([POST]) for _ in range(5)]
    tagging.close()
    gate.open.set()
    tagging.join()
    assert all(len(job.result(0)) == 1 for job in accepted)
    assert not tagging.is_alive


def test_a_request_that_gave_up_is_not_tagged(gate: Gate) -> None:
    tagging = batcher(gate)
    tagging.submit([POST])
    assert gate.entered.wait(30)
    given_up, other = tagging.submit([POST] * 3), tagging.submit([POST])
    assert given_up.cancel()
    gate.open.set()
    assert len(other.result(30)) == 1
    assert gate.sizes == [1, 1]
    with pytest.raises(CancelledError, match=r"^$"):
        given_up.result(0)


def test_the_queue_has_room_for_the_largest_request() -> None:
    with pytest.raises(InputError, match="--max-posts 5 do not fit into --queue 4"):
        Limits(posts=5, queue=4)
    with pytest.raises(InputError, match="--max-body 5 is more than --max-held 4"):
        Limits(body_bytes=5, held_bytes=4)
