import re

import pytest

from mner.bio import tags_to_spans
from mner.corpora.conventions import apply_conventions
from mner.types import Entity, Post


def post(tagged: str) -> Post:
    """`Ann/B-PER sings` as a post."""
    tokens, tags = zip(
        *((word.rpartition("/")[::2] if "/" in word else (word, "O")) for word in tagged.split()),
        strict=True,
    )
    return Post("1", tokens, tuple(Entity(*span) for span in tags_to_spans(tags)))


def shown(rewritten: Post) -> tuple[str, list[tuple[str, str]]]:
    found = [
        (" ".join(rewritten.tokens[entity.start : entity.end]), entity.label)
        for entity in rewritten.entities or ()
    ]
    return " ".join(rewritten.tokens), found


@pytest.mark.parametrize(
    ("tagged", "text", "entities"),
    [
        (
            "RT @/B-ORG ESPN/B-ORG : 76ers/B-ORG",
            "RT @ESPN : 76ers",
            [("@ESPN", "ORG"), ("76ers", "ORG")],
        ),
        ("cc @ ann/B-PER @ bob", "cc @ann @bob", [("@ann", "PER")]),
        (
            "dinner @ Portland/B-LOC , Dorset/B-LOC",
            "dinner @ Portland , Dorset",
            [("Portland", "LOC"), ("Dorset", "LOC")],
        ),
        ("@ North/B-ORG Texas/I-ORG wins", "@ North Texas wins", [("North Texas", "ORG")]),
        (
            "# ManCity/B-ORG v # Leeds/B-ORG United/I-ORG",
            "#ManCity v #Leeds United",
            [("#ManCity", "ORG"), ("#Leeds United", "ORG")],
        ),
        ("at #/B-LOC derby/I-LOC now", "at #derby now", [("#derby", "LOC")]),
        ("in # 14 or @ 7 #", "in # 14 or @ 7 #", []),
        ("@/B-PER a/B-PER @/I-PER b/I-PER hi", "@a @b hi", [("@a @b", "PER")]),
    ],
)
def test_signs_are_joined_with_names(
    tagged: str, text: str, entities: list[tuple[str, str]]
) -> None:
    assert shown(apply_conventions(post(tagged), ["join-signs"])) == (text, entities)


def test_a_username_is_no_entity_but_a_hashtag_may_be_one() -> None:
    rewritten = apply_conventions(
        post("@ann/B-PER saw #Oslo/B-LOC and Bob/B-PER @bob/I-PER"), ["plain-mentions"]
    )
    assert shown(rewritten)[1] == [("#Oslo", "LOC"), ("Bob @bob", "PER")]


def test_placeholders_of_urls_become_urls() -> None:
    assert apply_conventions(post("see URL12 and URLs"), ["plain-urls"]).tokens == (
        "see",
        "http://t.co/x",
        "and",
        "URLs",
    )


def test_clitics_are_split_and_entities_move_with_them() -> None:
    rewritten = apply_conventions(
        post("I 'm in Lord/B-LOC 's/I-LOC of London/B-LOC '"), ["split-clitics"]
    )
    assert shown(rewritten) == (
        "I ' m in Lord ' s of London '",
        [("Lord ' s", "LOC"), ("London", "LOC")],
    )


def test_conventions_follow_one_another() -> None:
    assert shown(
        apply_conventions(
            post("@/B-ORG BBC/B-ORG 's"), ["join-signs", "plain-mentions", "split-clitics"]
        )
    ) == ("@BBC ' s", [])


def test_no_convention_changes_nothing() -> None:
    original = post("@ann/B-PER 's # Tag")
    assert apply_conventions(original, []) == original


@pytest.mark.parametrize(
    ("text", "names", "pieces"),
    [
        ("# Oslo\n@\nann 's", ["join-signs"], ["# Oslo", "@\nann", "'s"]),
        ("Ann's\nURL12", ["plain-urls", "split-clitics"], ["Ann", "'", "s", "URL12"]),
        ("@ Ann's", ["join-signs", "split-clitics"], ["@ Ann", "'", "s"]),
        ("so\nwhat", ["join-signs", "plain-mentions"], ["so", "what"]),
    ],
)
def test_offsets_move_with_the_tokens(text: str, names: list[str], pieces: list[str]) -> None:
    offsets = tuple(match.span() for match in re.finditer(r"[@#]|'s|\w+", text))
    tokens = tuple(text[start:end] for start, end in offsets)
    rewritten = apply_conventions(Post("1", tokens, (), text=text, offsets=offsets), names)
    assert rewritten.text == text
    assert rewritten.offsets is not None
    assert [text[start:end] for start, end in rewritten.offsets] == pieces
    assert len(rewritten.tokens) == len(pieces)


def test_offsets_of_a_token_that_is_shorter_in_the_text_stay_within_it() -> None:
    short = Post("1", ("it", "'s"), (), text="it s", offsets=((0, 2), (3, 4)))
    assert apply_conventions(short, ["split-clitics"]).offsets == ((0, 2), (3, 4), (4, 4))
