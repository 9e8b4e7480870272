"""Names in lettering, found by the starter model; no engine is needed."""

from dataclasses import replace

import pytest

from mner.pictures.lettering.lines import Lettering, LetteringState
from mner.posts.raw import raw_post
from mner.tagging.lettering.candidates import find_candidates
from mner.tagging.lettering.names import (
    LEAST_PROBABILITY,
    Scored,
    apart,
    find_names,
    is_written,
    with_names,
)
from mner.tagging.lettering.words import comparable
from mner.tagging.tagger import Tagger
from tests.tagging.lettering.conftest import lettering

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


def test_less_probable_names_and_parts_of_names_are_left_out(tagger: Tagger) -> None:
    post = next(iter(tagger.tag([raw_post("1", "A book")])))
    sign = lettering("by Barack Obama", "in London")
    every = find_names(post, sign, tagger, least=0.0)
    assert [name.text for name in every][:2] == ["Barack Obama", "London"]
    assert "Obama" not in {name.text for name in every}
    given = find_names(post, sign, tagger)
    assert given == tuple(name for name in every if name.probability >= LEAST_PROBABILITY)


def test_of_two_labels_the_more_probable_one_is_kept(tagger: Tagger) -> None:
    (first, *_) = find_candidates(raw_post("1", "x"), lettering("London"), tagger)
    less, more = Scored(first, 0.6), Scored(replace(first, label="PER"), 0.7)
    assert apart([less, more]) == [more]


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


def test_labels_of_pictures_are_the_models(tagger: Tagger) -> None:
    tagged = next(iter(tagger.explain([raw_post("1", "x")])))
    result = with_names(replace(tagged), [("p", lettering("Barack Obama", "LONDON"))], tagger)
    names = result.post.picture_entities or ()
    assert {name.label for name in names} <= set(tagger.labels)


def test_names_of_several_pictures_name_theirs_and_the_most_probable_is_first(
    tagger: Tagger,
) -> None:
    post = raw_post("1", "A book")
    one = next(iter(tagger.explain([post])))
    several = replace(one, post=replace(one.post, picture="a.png", more_pictures=("b.png",)))
    signs = {"a.png": lettering("in London"), "b.png": lettering("by Barack Obama")}
    result = with_names(several, list(signs.items()), tagger)
    names = result.post.picture_entities
    assert names is not None
    assert {name.picture for name in names} == set(signs)
    probabilities = [name.probability for name in names]
    assert probabilities == sorted(probabilities, reverse=True)
    assert len(set(probabilities)) == len(names) > 1
    for picture, sign in signs.items():
        expected = find_names(one.post, sign, tagger)
        of_picture = [name for name in names if name.picture == picture]
        assert of_picture == [replace(name, picture=picture) for name in expected]
        alone = with_names(one, [(picture, sign)], tagger).post.picture_entities
        assert alone == expected
        assert {name.picture for name in alone} == {None}
