import json
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.posts.agreement import UNITS, agreed_offsets, in_characters, misfit
from tests.posts.content import kinds_and_lines, read

CHARACTERS = "aé–😀𝕏"
WORDS = st.lists(st.text(CHARACTERS, min_size=1, max_size=4), min_size=1, max_size=5)
ENCODINGS = {"utf16-offsets": ("utf-16-le", 2), "byte-offsets": ("utf-8", 1)}


def placed(words: list[str]) -> tuple[str, list[tuple[int, int]]]:
    ends = list(accumulate(len(word) + 1 for word in words))
    return " ".join(words), [
        (end - 1 - len(word), end - 1) for word, end in zip(words, ends, strict=True)
    ]


def in_units(text: str, pairs: list[tuple[int, int]], kind: str) -> list[list[int]]:
    encoding, width = ENCODINGS[kind]
    return [[len(text[:edge].encode(encoding)) // width for edge in pair] for pair in pairs]


@given(words=WORDS)
def test_offsets_in_characters_are_kept_in_silence(words: list[str]) -> None:
    text, pairs = placed(words)
    told: list[str] = []
    values = [list(pair) for pair in pairs]
    offsets = agreed_offsets(text, words, values, lambda kind, _: told.append(kind))
    assert offsets == tuple(pairs)
    assert told == []


@pytest.mark.parametrize("kind", UNITS)
@given(words=WORDS)
def test_offsets_in_other_units_become_characters(kind: str, words: list[str]) -> None:
    text, pairs = placed(words)
    values = in_units(text, pairs, kind)
    told: list[str] = []
    offsets = agreed_offsets(text, words, values, lambda kind, _: told.append(kind))
    assert offsets == tuple(pairs)
    if values == [list(pair) for pair in pairs]:
        assert told == []
    else:
        # Both units may fit, where only characters of a few widths are in the text.
        assert told in (["utf16-offsets"], ["byte-offsets"])


@pytest.mark.parametrize("kind", UNITS)
@given(text=st.text(CHARACTERS + " ", max_size=8))
def test_units_are_those_of_the_encodings(kind: str, text: str) -> None:
    edges = [(edge, edge) for edge in range(len(text) + 1)]
    units = [(start, end) for start, end in in_units(text, edges, kind)]
    expected = None if text.isascii() else tuple(edges)
    assert in_characters(units, text, kind=kind) == expected


def test_an_edge_inside_of_a_character_is_none() -> None:
    assert in_characters([(0, 1)], "😀", kind="utf16-offsets") is None


@pytest.mark.parametrize(
    ("text", "tokens", "message"),
    [
        ("Ann flew", ["Ann", "flew"], None),
        ("Annflew", ["Ann", "flew"], None),
        ("flew Ann", ["Ann", "flew"], "token 1, 'flew', is not in the text after character 8"),
        ("other", ["Ann"], "token 0, 'Ann', is not in the text; going on with the tokens"),
    ],
)
def test_tokens_are_in_the_order_of_the_text(
    text: str, tokens: list[str], message: str | None
) -> None:
    found = misfit(text, tokens)
    assert found == message if message is None else found and found.startswith(message)


def entity_line(**entity: object) -> str:
    post = {
        "id": "a",
        "text": "😀 Ann  Roe flew",
        "tokens": ["😀", "Ann", "Roe", "flew"],
        "offsets": [[0, 1], [2, 5], [7, 10], [11, 15]],
        "entities": [{"start": 1, "end": 3, "label": "PER", **entity}],
    }
    return json.dumps(post)


@pytest.mark.parametrize(
    ("entity", "characters"),
    [
        ({"text": "Ann  Roe", "start_char": 2, "end_char": 10}, (2, 10)),
        ({"text": "Ann Roe"}, (None, None)),
        ({"start_char": 1, "end_char": 11}, (1, 11)),
    ],
)
def test_entities_that_agree(
    entity: dict[str, object], characters: tuple[int | None, int | None]
) -> None:
    posts, problems = read(entity_line(**entity))
    assert problems == []
    (found,) = posts[0].entities or ()
    assert (found.start_char, found.end_char) == characters
    assert found.text == entity.get("text")


@pytest.mark.parametrize(
    ("entity", "kind", "message", "characters"),
    [
        (
            {"text": "Bob"},
            "contradiction",
            "entity (1, 3, 'PER') has the text 'Bob', but its tokens are 'Ann Roe'",
            (None, None),
        ),
        (
            {"start_char": 2, "end_char": 5},
            "contradiction",
            "entity (1, 3, 'PER'): the text has 'Ann' at its characters, but its tokens are",
            (None, None),
        ),
        (
            {"start_char": 2, "end_char": 99},
            "contradiction",
            "entity (1, 3, 'PER'): the text has 'Ann  Roe flew' at its characters",
            (None, None),
        ),
        (
            {"start_char": 3, "end_char": 11},
            "utf16-offsets",
            "characters (3, 11) of entity (1, 3, 'PER') became (2, 10)",
            (2, 10),
        ),
        (
            {"start_char": 5, "end_char": 13},
            "byte-offsets",
            "characters (5, 13) of entity (1, 3, 'PER') became (2, 10)",
            (2, 10),
        ),
    ],
)
def test_entities_that_contradict_their_tokens(
    entity: dict[str, object],
    kind: str,
    message: str,
    characters: tuple[int | None, int | None],
) -> None:
    posts, problems = read(entity_line(**entity))
    assert kinds_and_lines(problems) == [(kind, 1)]
    assert problems[0].message.startswith(f"post 'a': {message}")
    (found,) = posts[0].entities or ()
    assert (found.text, found.start_char, found.end_char) == (None, *characters)


def test_offsets_that_contradict_the_text_are_left_out() -> None:
    posts, problems = read('{"text": "Ann flew", "tokens": ["Ann"], "offsets": [[0, 2]]}')
    assert (posts[0].text, posts[0].offsets) == ("Ann flew", None)
    assert kinds_and_lines(problems) == [("contradiction", 1)]
