"""Posts made into other posts: the entities are the same names, moved with their tokens."""

import random

from benchmarks import augment
from mner.types import Entity, Post

POST = Post(
    id="1",
    tokens=("Ann", "Lee", "left", "#Paris", "with", "@bob", "http://t.co/x"),
    entities=(Entity(0, 2, "PER"), Entity(3, 4, "LOC")),
)
NAMES = augment.Names(
    {
        "PER": ["Mary Jane Watson"],
        "FIRST": ["Tom"],
        "LAST": ["Sawyer"],
        "LOC": ["New York"],
        "ORG": ["AT&T"],
        "OTHER": ["Valentine's Day"],
    }
)


def mentions(post: Post) -> list[tuple[str, str]]:
    return [
        (" ".join(post.tokens[entity.start : entity.end]), entity.label)
        for entity in post.entities or ()
    ]


def test_case_changes_no_url_and_no_username() -> None:
    upper = augment.cased(POST, str.upper)
    expected = ("ANN", "LEE", "LEFT", "#PARIS", "WITH", "@bob", "http://t.co/x")
    assert upper.tokens == expected
    assert mentions(upper) == [("ANN LEE", "PER"), ("#PARIS", "LOC")]


def test_names_are_cut_as_the_corpora_cut_them() -> None:
    assert NAMES.draw("OTHER", random.Random(0)) == ["Valentine", "'", "s", "Day"]


def test_other_names_of_the_same_label_stand_where_the_names_stood() -> None:
    for seed in range(20):
        other = augment.renamed(POST, NAMES, random.Random(seed), share=1.0)
        (person, label), (place, kind) = mentions(other)
        assert label == "PER"
        assert person in {"Tom Sawyer", "Tom", "Sawyer", "Mary Jane Watson"}
        assert (place, kind) in {("#NewYork", "LOC"), ("#newyork", "LOC")}
        assert [token for token in other.tokens if token in POST.tokens[4:]] == [*POST.tokens[4:]]


def test_lower_case_names_stay_in_lower_case() -> None:
    lower = augment.cased(POST, str.lower)
    other = augment.renamed(lower, NAMES, random.Random(0), share=1.0)
    assert all(token.islower() for token in other.tokens[:4])


def test_nothing_is_renamed_without_a_share() -> None:
    other = augment.renamed(POST, NAMES, random.Random(0), share=0.0)
    assert other.tokens == POST.tokens
    assert other.entities == POST.entities


def test_names_are_written_as_one_hashtag() -> None:
    written = {
        mentions(augment.hashed(POST, random.Random(seed), share=1.0))[0] for seed in range(20)
    }
    assert written == {("#AnnLee", "PER"), ("#annlee", "PER")}


def test_added_hashtags_are_names_only_where_an_entity_says_so() -> None:
    for seed in range(20):
        post = augment.with_hashtags(POST, NAMES, [["sunny"]], random.Random(seed))
        added = post.tokens[len(POST.tokens) :]
        assert 1 <= len(added) <= 6
        named = {post.tokens[entity.start] for entity in (post.entities or ())[2:]}
        assert set(added) - {"#sunny", "#Sunny"} == named


def test_hashtags_have_only_labels_that_were_looked_for() -> None:
    post = Post(id="1", tokens=("hi",), entities=(), annotated=("LOC",))
    labels = {
        label
        for seed in range(50)
        for _, label in mentions(augment.with_hashtags(post, NAMES, [["x"]], random.Random(seed)))
    }
    assert labels == {"LOC"}


def test_pieces_cut_no_entity() -> None:
    for seed in range(50):
        piece = augment.parted(POST, random.Random(seed))
        assert set(mentions(piece)) <= set(mentions(POST))
        text = " ".join(POST.tokens)
        assert " ".join(piece.tokens) in text
        found = {name for name, _ in mentions(piece)}
        assert ("Ann" in piece.tokens) == ("Ann Lee" in found)


def test_a_name_alone_is_one_entity() -> None:
    post = augment.alone(NAMES, random.Random(0), labels=("LOC",), name="7")
    assert post == Post(id="7", tokens=("New", "York"), entities=(Entity(0, 2, "LOC"),))


def test_misreading_changes_one_letter_of_long_tokens() -> None:
    post = Post(id="1", tokens=("Barcelona", "is"), entities=(Entity(0, 1, "LOC"),))
    read = [augment.misread(post, random.Random(seed), share=1.0) for seed in range(20)]
    assert all(other.tokens[1] == "is" for other in read)
    assert all(other.tokens[0] != "Barcelona" for other in read)
    assert {len(other.tokens[0]) for other in read} <= {8, 9}
    assert all(other.entities == post.entities for other in read)
