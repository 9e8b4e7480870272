import pickle
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mner.errors import DataWarning, InputError, ModelError
from mner.evaluation.controls import shuffle_pictures, without_pictures
from mner.posts.raw import raw_post
from mner.spans.entities import EntityDecoder
from mner.tagging.load import load
from mner.tagging.loaded import described
from mner.tagging.results import TaggedPost, TaggedText
from mner.tagging.tagger import Tagger
from mner.training.train import train
from mner.types import Batch, Emitted, LooksAt, PictureState, Post
from tests.tiny import tiny_caption_recipe, tiny_pixel_recipe, tiny_recipe


@pytest.fixture(scope="module")
def tagger(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Tagger:
    return load(train(tiny_recipe(corpus), tmp_path_factory.mktemp("tag") / "run").model)


@pytest.fixture(scope="module")
def caption_tagger(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Tagger:
    return load(
        train(tiny_caption_recipe(corpus), tmp_path_factory.mktemp("captions") / "run").model
    )


def post(number: int, text: str) -> Post:
    return Post(str(number), tuple(text.split()))


def test_order_is_kept_and_batches_change_nothing(tagger: Tagger) -> None:
    posts = [
        post(number, "saw Ann and Rome " + "today " * (number * 7 % 11)) for number in range(70)
    ]
    together = list(tagger.tag(posts))
    assert [one.id for one in together] == [one.id for one in posts]
    alone = [next(tagger.tag([one])) for one in posts]
    for others in (alone, list(tagger.tag(posts, batch_size=5))):
        for one, other in zip(together, others, strict=True):
            assert [entity.span for entity in one.entities] == [
                entity.span for entity in other.entities
            ]
            assert [entity.probability for entity in one.entities] == pytest.approx(
                [entity.probability for entity in other.entities], abs=1e-5
            )


def test_no_batch_is_larger_than_asked_for(tagger: Tagger) -> None:
    sizes: list[int] = []

    def backend(batch: Batch) -> Emitted:
        sizes.append(len(batch.lengths))
        return tagger._chain.backend(batch)

    parts = tagger._chain.indexer, backend, tagger.decoder
    counting = Tagger(*parts, regions=None, per_word=True)
    posts = [post(number, "saw Ann and Rome") for number in range(23)]
    list(counting.tag(posts, batch_size=5))
    assert sizes == [5, 5, 5, 5, 3]


def test_probabilities_are_also_given_as_without_the_temperature(tagger: Tagger) -> None:
    posts = [post(1, "saw Ann and Rome today"), post(2, "today Paris was nice")]
    warm, plain = (
        Tagger(
            tagger._chain.indexer,
            tagger._chain.backend,
            EntityDecoder(tagger.decoder._tags, tagger.crf, temperature=temperature),
            regions=None,
            per_word=False,
        )
        for temperature in (2.0, 1.0)
    )
    found = list(warm.explain(posts, uncalibrated=True))
    assert [list(one.uncalibrated) for one in found] == [
        [entity.probability for entity in one.entities] for one in plain.tag(posts)
    ]
    assert all(
        entity.probability != without
        for one in found
        for entity, without in zip(one.post.entities, one.uncalibrated, strict=True)
    )
    assert sum(len(one.uncalibrated) for one in found) == 3
    assert all(one.uncalibrated == () for one in warm.explain(posts))


def test_posts_are_taken_as_results_are(tagger: Tagger) -> None:
    taken = 0

    def endless() -> Iterator[Post]:
        nonlocal taken
        while True:
            taken += 1
            yield post(taken, "saw Rome")

    results = tagger.tag(endless())
    assert next(results).entities
    assert taken < 2000


def test_gold_is_replaced_and_everything_else_kept(tagger: Tagger) -> None:
    given = replace(post(1, "saw Rome today"), entities=(), picture="p.jpg", caption="a city")
    (result,) = tagger.tag([given])
    assert replace(result, entities=()) == given
    assert [entity.span for entity in result.entities] == [(1, 2, "LOC")]


def test_entities_of_raw_text_carry_their_place_in_it(tagger: Tagger) -> None:
    given = Post("1", ("saw", "Rome"), text="saw  Rome", offsets=((0, 3), (5, 9)))
    ((entity,),) = (result.entities for result in tagger.tag([given]))
    assert (entity.text, entity.start_char, entity.end_char) == ("Rome", 5, 9)


def test_a_text_is_tagged_by_a_call(tagger: Tagger) -> None:
    tagged = tagger("saw &amp;  Rome today")
    assert tagged.tokens == ("saw", "&amp;", "Rome", "today")
    (entity,) = tagged.entities
    assert (
        entity.text,
        entity.label,
        entity.start,
        entity.end,
        entity.start_char,
        entity.end_char,
    ) == ("Rome", "LOC", 2, 3, 11, 15)
    assert entity.probability is not None
    assert 0 < entity.probability <= 1
    assert [tagged] == list(tagger.tag([raw_post("1", "saw &amp;  Rome today")]))


@pytest.mark.parametrize("line_break", ["\n", "\n\n", "\r\n", "\r", " \n "])
def test_no_entity_goes_on_in_the_next_line_of_a_text(tagger: Tagger, line_break: str) -> None:
    eager = deepcopy(tagger.decoder)
    eager.crf.transitions[
        :, [number for number, tag in enumerate(eager._tags) if tag.startswith("I-")]
    ] += 50.0
    joining = Tagger(
        tagger._chain.indexer, tagger._chain.backend, eager, regions=None, per_word=False
    )
    one_line, lines = joining("saw Rome Paris today"), joining(f"saw Rome{line_break}Paris today")
    assert any(entity.start < 2 < entity.end for entity in one_line.entities)
    assert lines.entities
    assert not any(entity.start < 2 < entity.end for entity in lines.entities)
    assert not any(set("\r\n") & set(entity.text or "") for entity in lines.entities)
    assert all(0 < entity.probability <= 1 for entity in lines.entities)
    again = tagger.probabilities([lines], tagger.regions([lines]))
    assert len(again[0]) == len(lines.entities)


@pytest.mark.parametrize("text", ["", " \n\u00a0"])
def test_a_text_without_words_is_refused(tagger: Tagger, text: str) -> None:
    with pytest.raises(InputError, match="the text has no words: expected at least one"):
        tagger(text)


def test_a_call_says_what_the_model_does_not_look_at(
    tagger: Tagger, caption_tagger: Tagger
) -> None:
    with pytest.warns(DataWarning, match="looks at text only: the picture is not used") as warned:
        assert tagger("saw Rome", picture="p.jpg").picture == "p.jpg"
    assert warned[0].filename == __file__
    with pytest.warns(DataWarning, match="looks at text and captions: the picture is not used"):
        caption_tagger("saw Rome", picture="p.jpg")


def test_a_caption_given_to_a_call_is_looked_at(caption_tagger: Tagger) -> None:
    with_caption, without = caption_tagger("saw Ann", caption="a man"), caption_tagger("saw Ann")
    assert with_caption.caption == "a man"
    assert with_caption.entities[0].probability != without.entities[0].probability


def test_a_picture_given_to_a_call_must_be_one(corpus: Path, tmp_path: Path) -> None:
    model = train(tiny_pixel_recipe(corpus), tmp_path / "run").model
    tagger = load(model)
    with pytest.raises(
        InputError, match=r"nowhere.jpg: the picture is absent: expected a picture that can be read"
    ):
        tagger("saw Rome", picture=tmp_path / "nowhere.jpg")
    with pytest.raises(InputError, match=r"6.jpg: the picture is unreadable: expected"):
        tagger("saw Rome", picture=corpus / "images" / "6.jpg")
    picture = corpus / "images" / "3.jpg"
    assert tagger("saw Rome", picture=picture).picture == str(picture)
    assert (
        load(model, pictures=corpus / "images")("saw Rome", picture="3").entities
        == tagger("saw Rome", picture=picture).entities
    )


def test_long_posts_and_odd_characters_are_tagged(tagger: Tagger) -> None:
    odd = ("\u00a0", "\ufe0f", "🏳️‍🌈", "e\u0301", "\u202eabc", "\ud800", "x" * 10_000)
    results = list(tagger.tag([Post("1", ("saw", "Rome") * 2_500), Post("2", odd)]))
    assert len(results[0].entities or ()) == 2_500
    assert results[1].tokens == odd


def test_a_post_without_words_has_no_entities(tagger: Tagger) -> None:
    found = list(tagger.tag([Post("7", ()), "", "saw Rome", {"text": "  ", "caption": "a"}]))
    assert [post.id for post in found] == ["7", "2", "3", "4"]
    assert [len(post.entities) for post in found] == [0, 0, 1, 0]
    assert [post.text for post in found] == [None, "", "saw Rome", "  "]
    assert next(tagger.tag([""])).entities == ()


@pytest.mark.parametrize("text", [None, float("nan"), b"saw Rome"])
def test_a_text_that_is_no_string_is_refused(tagger: Tagger, text: Any) -> None:
    with pytest.raises(
        InputError,
        match=f"the text of a post must be a string, got {text!r}: leave out posts without one",
    ):
        tagger(text)


@pytest.mark.parametrize(
    ("posts", "message"),
    [
        ("saw Rome", r"expected several posts, got a text, 'saw Rome': put it into a list"),
        (b"saw Rome", r"expected several posts, got bytes, b'saw Rome': put it into a list"),
        ({"text": "a"}, r"expected several posts, got a dict, \{'text': 'a'\}: put it into a list"),
        (
            Post("7", ("a",)),
            r"expected several posts, got a Post, Post\(id='7'.*: put it into a list",
        ),
        (pd.DataFrame({"text": ["a"]}), r"got a table, DataFrame: give its column of texts"),
        (7, "expected several posts, got 7: give a list or an iterator"),
        ([None], "number 1 of the posts: expected a Post, a text or a dict, got None"),
        (["a", b"b"], "number 2 of the posts: expected a Post, a text or a dict, got b'b'"),
        (["a", {}], "number 2 of the posts: a post needs `tokens` or `text`, got neither"),
        ([{"text": 5}], "number 1 of the posts: `text` must be a string or null, got 5"),
        ([{"tokens": "saw"}], "number 1 of the posts: `tokens` must be a list of strings"),
        ([{"text": "a", "id": []}], "number 1 of the posts: `id` must be a string or an integer"),
        (
            [Post("7", "saw Rome")],  # type: ignore[arg-type]
            "post '7': `tokens` must be a tuple of strings, got 'saw Rome': "
            "cut the text into words",
        ),
        (
            [Post("7", None)],  # type: ignore[arg-type]
            "post '7': `tokens` must be a tuple of strings, got None",
        ),
        (
            [Post("7", ("saw", ""))],
            "post '7': `tokens` must be strings of at least one character, got '' among them: "
            "leave it out",
        ),
        (
            [Post("7", ("saw", 5))],  # type: ignore[arg-type]
            "post '7': `tokens` must be strings of at least one character, got 5 among them",
        ),
    ],
)
def test_what_is_no_post_is_refused(tagger: Tagger, posts: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(tagger.tag(posts))


def test_what_is_found_is_no_annotation_of_some_labels(tagger: Tagger) -> None:
    (found,) = tagger.tag([Post("7", ("saw", "Rome"), annotated=("PER",))])
    assert found.annotated is None


def test_words_of_an_array_are_words(tagger: Tagger) -> None:
    (found,) = tagger.tag([Post("7", tuple(np.array(["saw", "Rome"])))])
    assert [entity.span for entity in found.entities] == [(1, 2, "LOC")]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [(Post("bad", ("",)), "post 'bad': `tokens` must be strings"), (None, "the source failed")],
)
def test_posts_before_one_that_cannot_be_tagged_are_given(
    tagger: Tagger, wrong: Post | None, message: str
) -> None:
    def source() -> Iterator[Post]:
        for number in range(600):
            yield post(number, "saw Rome")
        if wrong is None:
            raise OSError(message)
        yield wrong

    found = []
    with pytest.raises((InputError, OSError), match=message):  # noqa: PT012
        for tagged in tagger.tag(source()):
            found.append(tagged.id)
    assert found == [str(number) for number in range(600)]


def test_a_tagger_is_not_sent_to_another_process(tagger: Tagger) -> None:
    with pytest.raises(
        TypeError,
        match=r"^a tagger cannot be pickled: load the model in each process, or fork after it is "
        r"loaded$",
    ):
        pickle.dumps(tagger)
    assert deepcopy([tagger]) == [tagger]


@pytest.mark.parametrize("size", [0, -1, 2.5, None, True])
def test_a_batch_size_that_is_none_is_refused_at_once(tagger: Tagger, size: Any) -> None:
    for call in (tagger.tag, tagger.explain, partial(tagger.probabilities, regions=[])):
        with pytest.raises(
            InputError,
            match=f"batch_size: expected a whole number of posts, at least 1, got {size}",
        ):
            call([], batch_size=size)


def test_attention_and_picture_state_come_with_an_explanation(caption_tagger: Tagger) -> None:
    with_caption, without = caption_tagger.explain(
        [replace(post(1, "saw Ann today"), caption="a man"), post(2, "saw Rome")]
    )
    assert with_caption.picture is PictureState.PRESENT
    assert with_caption.attention.regions.shape == (3, 2)
    assert with_caption.attention.words.shape == (3, 3)
    assert with_caption.attention.regions.sum(axis=1) == pytest.approx([1.0] * 3)
    assert (without.picture, without.attention.regions.shape, without.attention.gate.tolist()) == (
        PictureState.ABSENT,
        (2, 0),
        [0.0, 0.0],
    )


def test_a_short_post_keeps_its_attention_beside_a_long_one(caption_tagger: Tagger) -> None:
    short = replace(post(1, "saw Ann today"), caption="a man")
    long = replace(post(2, "saw Rome and " * 100), caption="a city")
    (alone,) = caption_tagger.explain([short])
    beside, windowed = caption_tagger.explain([short, long])
    np.testing.assert_allclose(beside.attention.words, alone.attention.words, atol=1e-5)
    assert beside.attention.words.sum(axis=1) == pytest.approx([1.0] * 3)
    assert windowed.attention.words.shape == (300, 0)


def test_shuffling_gives_every_post_another_one_s_picture() -> None:
    posts = [
        replace(post(number, "a"), picture=f"{number}.jpg", caption=f"c{number}")
        for number in range(50)
    ]
    with pytest.raises(
        InputError, match="pictures cannot be exchanged between 1 post: expected at least two"
    ):
        shuffle_pictures(posts[:1], seed=1)
    shuffled = shuffle_pictures(posts, seed=1)
    assert not [
        one.id for one, before in zip(shuffled, posts, strict=True) if one.picture == before.picture
    ]
    assert sorted(str(one.picture) for one in shuffled) == sorted(str(one.picture) for one in posts)
    assert [one.caption for one in shuffled] == [
        f"c{str(one.picture).removesuffix('.jpg')}" for one in shuffled
    ]
    assert shuffled == shuffle_pictures(posts, seed=1) != shuffle_pictures(posts, seed=2)
    assert {(one.picture, one.caption) for one in without_pictures(posts)} == {(None, None)}


def test_texts_dicts_and_posts_may_be_mixed(tagger: Tagger) -> None:
    posts: list[Post | str | Mapping[str, object]] = [
        "saw Rome",
        {"id": 5, "text": "saw Rome"},
        {"tokens": ("saw", "Rome"), "id": "x"},
        Post("y", ("saw", "Rome")),
        MappingProxyType({"text": "saw Rome", "offsets": None}),
        asdict(raw_post("z", "saw Rome")),
    ]
    found = list(tagger.tag(posts))
    assert [post.id for post in found] == ["1", "5", "x", "y", "5", "z"]
    assert {post.entities[0].span for post in found} == {(1, 2, "LOC")}
    assert [type(post) for post in found] == [
        *(TaggedText, TaggedText, TaggedPost, TaggedPost, TaggedText, TaggedText)
    ]
    assert [tagged.post for tagged in tagger.explain(posts)] == found
    assert list(tagger.tag(iter(["saw Rome"]))) == found[:1]


def test_other_keys_of_dicts_are_kept(tagger: Tagger) -> None:
    posts: list[dict[str, object]] = [
        {"text": "a", "likes": (1, 2), "entities": None},
        {"tokens": ["b"], "extra": 3},
        asdict(Post("3", ("c",))),
        {"tokens": [], "likes": 4},
    ]
    found = list(tagger.tag(posts))
    assert [post.extra for post in found] == [{"likes": [1, 2]}, {"extra": 3}, None, {"likes": 4}]


def test_a_picture_in_a_dict_is_a_path_of_strangers(corpus: Path, tmp_path: Path) -> None:
    recipe = tiny_pixel_recipe(corpus)
    recipe = replace(recipe, training=replace(recipe.training, epochs=1))
    tagger = load(train(recipe, tmp_path / "run").model)
    picture = str(corpus / "images" / "3.jpg")
    states = [
        tagged.picture
        for tagged in tagger.explain(
            [{"text": "a", "picture": picture}, Post("1", ("a",), picture=picture)]
        )
    ]
    assert states == [PictureState.UNREADABLE, PictureState.PRESENT]


def test_a_tagger_says_what_it_is(tagger: Tagger) -> None:
    assert tagger.loaded is not None
    model = tagger.loaded.folder
    assert model.name == "model"
    assert repr(tagger) == (
        f"<mner.Tagger {model}: finds LOC, PER; looks at text only; runs in torch on cpu>"
    )
    assert tagger.about.labels == tagger.labels
    assert tagger.about.train_posts == 24
    assert tagger.with_decoder(tagger.decoder).about is tagger.about


def test_a_network_in_training_has_no_description(tagger: Tagger) -> None:
    parts = tagger._chain.indexer, tagger._chain.backend, tagger.decoder
    bare = Tagger(*parts, regions=None, per_word=True)
    assert repr(bare) == "<mner.Tagger in training: finds LOC, PER; looks at text only>"
    with pytest.raises(ModelError, match="a network in training has no description"):
        bare.about  # noqa: B018


def test_what_one_post_brings_in_vain_is_said(tagger: Tagger) -> None:
    with pytest.warns(DataWarning, match="looks at text only: the caption is not used$"):
        assert tagger("saw Rome", caption="a city").caption == "a city"


@pytest.mark.parametrize(
    ("looks_at", "seen"), [(None, "text only"), ("captions", "text and captions")]
)
def test_a_tagger_says_what_it_looks_at(looks_at: LooksAt | None, seen: str) -> None:
    assert described(["LOC", "PER"], looks_at, None) == (
        f"<mner.Tagger in training: finds LOC, PER; looks at {seen}>"
    )
