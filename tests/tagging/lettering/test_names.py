"""Names in lettering, found by the starter model; no engine is needed."""

from dataclasses import replace

import pytest

from mner.pictures.lettering.lines import Box, Lettering, LetteringState, Line
from mner.posts.raw import raw_post
from mner.tagging.lettering.candidates import FEATURES, comparable, find_candidates
from mner.tagging.lettering.fitted import WEIGHTS
from mner.tagging.lettering.names import LEAST_PROBABILITY, find_names, is_written, with_names
from mner.tagging.load import load
from mner.tagging.tagger import Tagger


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return load()


def lettering(*texts: str) -> Lettering:
    lines = tuple(
        Line(text, 0.99, Box(0.1, 0.1 + 0.12 * number, 0.9, 0.2 + 0.12 * number))
        for number, text in enumerate(texts)
    )
    return Lettering(LetteringState.READ, lines)


SIGN = lettering("Selina Alko", "and", "Sean Qualls")


def test_names_have_their_line_and_their_part_of_its_box(tagger: Tagger) -> None:
    post = next(iter(tagger.tag([raw_post("1", "A book for children")])))
    sign = lettering("illustrated by Barack Obama")
    (name,) = find_names(post, sign, tagger)
    assert (name.text, name.label) == ("Barack Obama", "PER")
    assert name.line == "illustrated by Barack Obama"
    assert LEAST_PROBABILITY <= name.probability <= 1
    left, top, right, bottom = name.box
    assert left == pytest.approx(0.1 + 0.8 * 15 / 27, abs=0.001)
    assert [top, right, bottom] == pytest.approx([0.1, 0.9, 0.2])


def test_a_name_over_two_lines_has_the_box_around_both(tagger: Tagger) -> None:
    found = {
        candidate.text: candidate
        for candidate in find_candidates(lettering("Barack", "Obama"), tagger)
    }
    assert found["Barack Obama"].box == Box(0.1, 0.1, 0.9, 0.32)
    assert found["Barack Obama"].line == "Barack Obama"


def test_capitals_are_read_as_names_are_written(tagger: Tagger) -> None:
    candidates = find_candidates(lettering("LIVE IN CANTERBURY"), tagger)
    ways = {way for candidate in candidates for way in candidate.probabilities}
    assert "joined recased" in ways
    assert {candidate.text for candidate in candidates} >= {"CANTERBURY"}


def test_a_name_that_is_read_twice_is_one(tagger: Tagger) -> None:
    post = next(iter(tagger.tag([raw_post("1", "London")])))
    names = find_names(post, lettering("London calling", "London calling"), tagger, least=0.0)
    assert [comparable(name.text) for name in names].count("london") == 1


def test_no_words_no_names(tagger: Tagger) -> None:
    tagged = next(iter(tagger.explain([raw_post("1", "London")])))
    result = with_names(tagged, [("p", Lettering(LetteringState.NO_TEXT))], tagger)
    assert result.post.picture_entities == ()
    assert result.post.entities == tagged.post.entities
    assert result.written == frozenset()


def test_an_entity_that_is_also_written_is_marked_and_stays_as_it_is(tagger: Tagger) -> None:
    tagged = next(iter(tagger.explain([raw_post("1", "With Selina Alko in Rome")])))
    result = with_names(tagged, [("p", SIGN)], tagger)
    assert result.written == {(1, 3, "PER")}
    assert len(tagged.post.entities) > 1
    assert result.post.entities == tagged.post.entities


def test_features_of_the_text_count(tagger: Tagger) -> None:
    (candidate,) = [item for item in find_candidates(SIGN, tagger) if item.key == "selinaalko"]
    alone = next(iter(tagger.tag([raw_post("1", "A book")])))
    named = next(iter(tagger.tag([raw_post("1", "With Selina Alko in Rome")])))
    features = dict(zip(FEATURES, candidate.features(named, lines=3), strict=True))
    assert (features["written in the post"], features["entity of the post"]) == (1, 1)
    features = dict(zip(FEATURES, candidate.features(alone, lines=3), strict=True))
    assert (features["written in the post"], features["entity of the post"]) == (0, 0)


@pytest.mark.parametrize(
    ("name", "is_there"),
    [
        ("SELINA alko", True),
        ("Alko", True),
        ("Sean", True),
        ("lina", False),
        ("Alko and Sean", True),
        ("Al", False),
        ("Qualls Selina", False),
    ],
)
def test_whole_words_are_compared_without_case(name: str, is_there: bool) -> None:
    assert is_written(name, SIGN) is is_there


def test_accents_signs_and_blanks_do_not_count() -> None:
    assert comparable("CLICHÉ & Co.") == "clicheco"
    assert comparable("new york") == comparable("NewYork")


def test_every_feature_has_a_weight() -> None:
    assert set(WEIGHTS) == {"", *FEATURES}


def test_labels_of_pictures_are_the_models(tagger: Tagger) -> None:
    tagged = next(iter(tagger.explain([raw_post("1", "x")])))
    result = with_names(replace(tagged), [("p", lettering("Barack Obama", "LONDON"))], tagger)
    names = result.post.picture_entities or ()
    assert {name.label for name in names} <= set(tagger.labels)
