from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mner.errors import DataWarning, InputError
from mner.evaluation.controls import without_pictures
from mner.posts.read import read_posts
from mner.tagging.explain import explain
from mner.tagging.load import load
from mner.tagging.tagger import Tagger
from mner.training.train import train
from mner.types import PictureState, Post, Regions
from tests.tiny import tiny_caption_recipe, tiny_recipe


@pytest.fixture(scope="module")
def tagger(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Tagger:
    return load(
        train(tiny_caption_recipe(corpus), tmp_path_factory.mktemp("explain") / "run").model
    )


@pytest.fixture
def posts(corpus: Path) -> list[Post]:
    captions = ("a man and a city", "a man", None)
    return [
        replace(post, caption=captions[place % 3])
        for place, post in enumerate(read_posts(corpus / "dev.txt"))
    ]


def test_tagging_and_explaining_agree(tagger: Tagger, posts: list[Post]) -> None:
    with pytest.warns(
        DataWarning,
        match=r"captions of 12 posts: 4 absent \(first: post '2': no caption\); "
        "these posts were tagged by their text alone",
    ):
        tagged = list(tagger.tag(posts))
    assert [one.tagged.post for one in explain(tagger, posts)] == tagged


def test_every_entity_of_a_post_with_a_picture_has_a_reason(
    tagger: Tagger, posts: list[Post]
) -> None:
    for place, one in enumerate(explain(tagger, posts)):
        if place % 3 == 2:
            assert (one.tagged.picture, one.reasons) == (PictureState.ABSENT, ())
            continue
        assert [reason.entity for reason in one.reasons] == list(one.tagged.post.entities or ())
        for reason in one.reasons:
            assert reason.attention.sum() == pytest.approx(1.0, abs=1e-5)
            assert reason.with_picture == reason.entity.probability
            assert len(reason.masked) == 1
            assert reason.masked[0] == int(np.argmax(reason.attention))


def test_the_probability_without_the_picture_is_that_of_a_post_without_one(
    tagger: Tagger, posts: list[Post]
) -> None:
    bare = {one.post.id: one.post for one in tagger.explain(without_pictures(posts))}
    compared = 0
    for one in explain(tagger, posts):
        alone = {entity.span: entity.probability for entity in bare[one.tagged.post.id].entities}
        for reason in one.reasons:
            if reason.entity.span in alone:
                compared += 1
                assert reason.without_picture == pytest.approx(alone[reason.entity.span], abs=1e-5)
    assert compared


def test_masking_the_most_attended_word_is_leaving_it_out_of_the_caption(tagger: Tagger) -> None:
    words = ("a", "man", "and", "city")
    post = Post("1", ("saw", "Rome", "today"), caption=" ".join(words))
    (one,) = explain(tagger, [post])
    for reason in one.reasons:
        left = " ".join(word for place, word in enumerate(words) if place not in reason.masked)
        (entity,) = (
            entity
            for shorter in tagger.tag([replace(post, caption=left)])
            for entity in shorter.entities
            if entity.span == reason.entity.span
        )
        assert reason.without_masked == pytest.approx(entity.probability, abs=1e-5)
    assert one.reasons


def test_a_text_only_model_has_no_reasons(corpus: Path, tmp_path: Path, posts: list[Post]) -> None:
    text_only = load(train(tiny_recipe(corpus), tmp_path / "run").model)
    assert {one.reasons for one in explain(text_only, posts)} == {()}


def test_results_before_a_post_that_cannot_be_tagged_are_given(
    tagger: Tagger, posts: list[Post]
) -> None:
    seen: list[str] = []
    with pytest.raises(InputError, match="post 'bad': `tokens` must be strings"):
        seen += (one.tagged.post.id for one in explain(tagger, [*posts, Post("bad", ("",))]))
    assert seen == [post.id for post in posts]


def test_no_batch_is_larger_than_it_may_be(
    tagger: Tagger, posts: list[Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes, judge = list[int](), Tagger.probabilities

    def noted(
        self: Tagger, posts: Sequence[Post], regions: Sequence[Regions], *, batch_size: int
    ) -> list[NDArray[np.float64]]:
        sizes.append(batch_size)
        return judge(self, posts, regions, batch_size=batch_size)

    monkeypatch.setattr(Tagger, "probabilities", noted)
    assert len(list(explain(tagger, posts, batch_size=3))) == len(posts)
    assert set(sizes) == {3}
