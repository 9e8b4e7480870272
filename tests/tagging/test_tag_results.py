"""Results as they come: in chunks of a stream, and without what is too improbable."""

import logging
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

import mner
from mner.posts.raw import raw_post
from mner.tagging.explain import explain
from mner.tagging.least import LeastProbability
from mner.tagging.output import Output
from mner.tagging.tag_results import tagged_results
from mner.tagging.tag_steps import least_of
from mner.tagging.tagger import Tagger
from mner.types import Post

TEXTS = ("in Rome", "Ann Roe lands in Lisbon")


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return mner.load()


def test_a_stream_is_tagged_before_it_ends(tagger: Tagger) -> None:
    taken: list[str] = []
    is_there = Event()

    def stream() -> Iterator[Post]:
        for number, text in enumerate(TEXTS):
            yield raw_post(str(number), text)
            if not number:
                assert is_there.wait(60), "the first result is there before the second post comes"

    for explained in tagged_results(tagger, stream(), Output(), max_wait=0.0):
        taken.append(explained.tagged.post.id)
        is_there.set()
    assert taken == ["0", "1"]


def test_a_file_is_tagged_in_one_go(tagger: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    def live(*_: Any, **__: Any) -> None:
        raise AssertionError("no stream")

    monkeypatch.setattr("mner.tagging.tag_results.live_chunks", live)
    posts = [raw_post(str(number), text) for number, text in enumerate(TEXTS)]
    found = list(tagged_results(tagger, posts, Output()))
    assert [each.tagged.post for each in found] == list(tagger.tag(posts))
    surest = max(e.probability for each in found for e in each.tagged.post.entities)
    least = list(tagged_results(tagger, posts, Output(min_probability=surest)))
    kept = [entity for each in least for entity in each.tagged.post.entities]
    assert [entity.probability for entity in kept] == [surest]


def test_posts_are_explained_in_batches_of_the_size_that_is_asked_for() -> None:
    asked: dict[str, Any] = {}

    def explained(posts: Any, **options: Any) -> Iterator[Any]:
        asked.update(options)
        return iter(())

    assert list(explain(SimpleNamespace(explain=explained), [], batch_size=7)) == []  # type: ignore[arg-type]
    assert asked == {"batch_size": 7}


def test_a_promise_says_from_which_probability_entities_are_kept(
    exported_model: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = mner.load(exported_model)
    assert least_of(own, Output()) is None
    least = LeastProbability(0.25)
    monkeypatch.setattr("mner.tagging.tag_steps.least_probability", lambda *_: least)
    caplog.set_level(logging.INFO, logger="mner")
    assert least_of(own, Output(promise="precision=0.9")) is least
    assert caplog.messages == ["promise precision=0.9: entities are kept from probability 0.25 on"]
