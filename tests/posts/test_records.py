import io
from dataclasses import replace

import pytest

from mner.errors import DataWarning, InputError
from mner.posts.read import read_posts
from mner.posts.write import write_posts
from mner.types import Entity, Post
from tests.posts.content import kinds_and_lines, read


def test_all_of_a_post() -> None:
    line = (
        '{"id": "a", "tokens": ["New", "York"], "text": "New York", "offsets": [[0, 3], [4, 8]], '
        '"picture": "p.jpg", "caption": "a city", "likes": 3, '
        '"entities": [{"start": 0, "end": 2, "label": "LOC", "probability": 1, '
        '"text": "New York", "start_char": 0, "end_char": 8, "note": null}]}\n'
    )
    entity = Entity(0, 2, "LOC", 1.0, "New York", 0, 8)
    posts, problems = read(line)
    assert posts == [
        Post("a", ("New", "York"), (entity,), "p.jpg", "a city", "New York", ((0, 3), (4, 8)))
    ]
    assert kinds_and_lines(problems) == [("unknown-key", 1)] * 2


def test_keys_that_are_not_known_are_named() -> None:
    line = '{"text": "a", "place": "here", "likes": 3}\n'
    _, problems = read('{"text": "a"}\n' + line)
    assert str(problems[0]) == (
        "posts.txt:2: post '2' has `place`, `likes`: left out (known are `id`, `tokens`, "
        "`entities`, `picture`, `caption`, `text`, `offsets`, `annotated`, "
        "`picture_entities`, `pictures`)"
    )
    with pytest.raises(
        InputError,
        match=r"^posts\.txt:1: post '1' has `place`, `likes`: .*"
        r"\(unknown-key, an error in strict mode\)$",
    ):
        read(line, strict=True)
    with pytest.warns(DataWarning, match=r"`place`.*\(unknown-key: 2 in this file\)$") as warned:
        assert len(list(read_posts(io.StringIO(line * 2)))) == 2
    assert len(warned) == 1


def test_keys_of_entities_that_are_not_known_are_named() -> None:
    _, problems = read(
        '{"tokens": ["a", "b"], "entities": [{"start": 0, "end": 1, "label": "X", "score": 0.5}]}\n'
    )
    assert str(problems[0]) == (
        "posts.txt:1: entities of post '1' have `score`: left out (known are `start`, `end`, "
        "`label`, `probability`, `text`, `start_char`, `end_char`)"
    )


def test_keys_that_mner_writes_are_known() -> None:
    post = Post("1", ("a",), (Entity(0, 1, "X", 0.5, "a", 0, 1),), "p", "c", "a", ((0, 1),), ("X",))
    stream = io.StringIO()
    write_posts([post], stream, format="jsonl")
    assert (
        read(stream.getvalue())[1]
        == read('{"text": "a", "explanation": {"picture": "absent"}}\n')[1]
        == []
    )


def test_a_post_of_a_picture_alone_has_no_words() -> None:
    posts, problems = read('{"text": null, "picture": "p.jpg"}\n{"text": "a", "picture": ""}\n')
    assert [(post.id, post.picture) for post in posts] == [("1", "p.jpg"), ("2", None)]
    assert posts[0].tokens == ()
    assert kinds_and_lines(problems) == [("empty-post", 1)]


def test_text_alone_is_tokenised() -> None:
    posts, _ = read('\n{"text": "hi 😀  there", "picture": "1.jpg"}\n{"text": "bye"}')
    assert posts[0] == Post(
        "1",
        ("hi", "😀", "there"),
        None,
        "1.jpg",
        text="hi 😀  there",
        offsets=((0, 2), (3, 4), (6, 11)),
    )
    assert posts[1].id == "2"


def test_entities_come_in_order_and_numbers_are_ids() -> None:
    posts, _ = read(
        '{"id": 12, "tokens": ["a", "b"], "entities": ['
        '{"start": 1, "end": 2, "label": "X"}, {"start": 0, "end": 1, "label": "Y"}]}'
    )
    assert posts == [Post("12", ("a", "b"), (Entity(0, 1, "Y"), Entity(1, 2, "X")))]


def test_no_entities_differ_from_unknown_ones() -> None:
    posts, _ = read(
        '{"tokens": ["a"], "entities": []}\n{"tokens": ["a"], "entities": null}\n{"tokens": ["a"]}'
    )
    assert [post.entities for post in posts] == [(), None, None]


def test_half_a_character_and_empty_posts() -> None:
    posts, problems = read(
        '{"id": "a", "tokens": ["x\\ud83d", "\\ud83d\\ude00", "\\\\ud83d"]}\n'
        '{"id": "b", "text": " "}'
    )
    assert [post.tokens for post in posts] == [("x\ufffd", "😀", "\\ud83d"), ()]
    assert kinds_and_lines(problems) == [("lone-surrogate", 1), ("empty-post", 2)]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "b"', "expected one JSON object per line, got something else"),
        ('{"x":' * 100_000, "expected one JSON object per line, got something else"),
        ("[1]", "expected a JSON object, got list"),
        ('{"id": "b"}', "a post needs `tokens` or `text`, got neither"),
        ('{"id": true, "text": "a"}', "`id` must be a string or an integer, got True"),
        ('{"id": 1.1e18, "text": "a"}', "a number with a point, which has lost its last digits"),
        ('{"id": 1.5, "text": "a"}', "`id` 1.5 is a number with a point"),
        ('{"id": Infinity, "text": "a"}', "Infinity is no value of JSON"),
        ('{"tokens": "a b"}', "`tokens` must be a list of strings, got 'a b'"),
        ('{"tokens": ["a", 1]}', "`tokens` must be a list of strings"),
        ('{"tokens": ["a", ""]}', "token 1 of `tokens` is empty: expected at least one character"),
        (
            '{"tokens": ["a"], "annotated": "PER"}',
            "`annotated` must be a list of labels or null, got 'PER'",
        ),
        (
            '{"tokens": ["a"], "annotated": ["PER", ""]}',
            "`annotated` must be a list of labels or null, got .'PER', ''.",
        ),
        ('{"text": 5}', "`text` must be a string or null, got 5"),
        ('{"text": "a", "picture": 5}', "`picture` must be a string or null"),
        (
            '{"text": "a", "entities": [{"start": 0, "end": 1, "label": "X"}]}',
            "of a post with `text` alone need integers `start_char` < `end_char`",
        ),
        ('{"tokens": ["a"], "entities": {}}', "`entities` must be a list or null"),
        ('{"tokens": ["a"], "offsets": [[0, 1]]}', "`offsets` without the `text`"),
        (
            '{"tokens": ["a"], "text": "a", "offsets": [[0, 2]]}',
            "must be 1 pairs .start, end. with start < end within the 1 characters of the text",
        ),
        (
            '{"tokens": ["a"], "text": "a", "offsets": [[1, 1]]}',
            "must be 1 pairs .start, end. with start < end within",
        ),
        (
            '{"tokens": ["a", "b"], "text": "a b", "offsets": [[2, 3], [0, 1]]}',
            r"must be in order and not overlap, .* got \[0, 1\] after \[2, 3\]",
        ),
        (
            '{"tokens": ["a", "b"], "text": "a b", "offsets": [[0, 2], [1, 3]]}',
            r"must be in order and not overlap, .* got \[1, 3\] after \[0, 2\]",
        ),
        ('{"tokens": ["a"], "text": "a", "offsets": []}', "must be 1 pairs"),
    ],
)
def test_errors_name_file_and_line(line: str, message: str) -> None:
    with pytest.raises(InputError, match=r"^posts\.txt:2: .*" + message):
        read('{"text": "a"}\n' + line + "\n")


@pytest.mark.parametrize(
    ("entities", "message"),
    [
        ('[0, 1, "X"]', "an entity must be an object with start, end and label"),
        ('{"start": 0, "label": "X"}', "an entity needs integers `start` and `end`"),
        ('{"start": false, "end": 1, "label": "X"}', "an entity needs integers `start` and `end`"),
        ('{"start": 0, "end": 1, "label": ""}', "and a string `label`"),
        (
            '{"start": 0, "end": 2, "label": "X"}',
            "entity X at tokens 0 to 2 does not fit a post of 1 tokens",
        ),
        (
            '{"start": 0, "end": 1, "label": "X"}, {"start": 0, "end": 1, "label": "Y"}',
            "overlap: keep one of them",
        ),
        (
            '{"start": 0, "end": 1, "label": "X", "probability": 1.5}',
            "`probability` must be a number from 0 to 1, got 1.5",
        ),
        (
            '{"start": 0, "end": 1, "label": "X", "start_char": 3}',
            "`start_char` and `end_char` must be two integers",
        ),
        (
            '{"start": 0, "end": 1, "label": "X"}',
            r"entity \(0, 1, 'X'\) is of a label that `annotated` does not hold",
        ),
    ],
)
def test_errors_in_entities_name_file_and_line(entities: str, message: str) -> None:
    line = f'{{"tokens": ["a"], "entities": [{entities}], "annotated": ["Y"]}}'
    with pytest.raises(InputError, match=r"^posts\.txt:2: .*" + message):
        read('{"text": "a"}\n' + line + "\n")


def test_columns_that_begin_with_a_brace_are_no_json() -> None:
    posts, _ = read('{\tO\n"\tO\n')
    assert posts == [Post("1", ("{", '"'), ())]


def test_other_keys_are_kept_when_asked_for() -> None:
    line = '{"id": "1", "text": "a", "likes": 3, "user": {"name": "kit"}}\n'
    (post,) = read_posts(io.StringIO(line), keep=True)
    assert post.extra == {"likes": 3, "user": {"name": "kit"}}
    assert post == replace(post, extra=None)
    assert hash(post) == hash(replace(post, extra=None))
    stream = io.StringIO()
    write_posts([replace(post, extra={"text": "b", "likes": 3})], stream, format="jsonl")
    assert '"text": "a"' in stream.getvalue()
    assert stream.getvalue().endswith('"text_kept": "b", "likes": 3}\n')


def test_what_data_frames_write_for_missing_values_and_ids() -> None:
    lines = (
        '{"id": "", "text": "a", "picture": NaN}\n{"id": NaN, "text": "b"}\n'
        '{"id": 3.0, "text": NaN, "caption": NaN}\n'
    )
    posts, problems = read(lines)
    assert [(post.id, post.tokens, post.picture) for post in posts] == [
        ("1", ("a",), None),
        ("2", ("b",), None),
        ("3", (), None),
    ]
    assert kinds_and_lines(problems) == [("missing-id", 1), ("empty-post", 3)]


def test_blanks_at_the_edges_of_tokens_are_removed() -> None:
    posts, problems = read(
        '{"id": "a", "text": "Ann  flew", "tokens": ["Ann ", "flew\\n", "a\\tb"]}\n'
        '{"text": "Ann flew", "tokens": ["Ann ", "flew"], "offsets": [[0, 4], [4, 8]]}\n'
        '{"text": "Ann flew", "tokens": ["Ann", "flew"], "offsets": [[0, 4], [4, 8]]}\n'
    )
    assert posts[0].tokens == ("Ann", "flew", "a\tb")
    assert posts[1].offsets == posts[2].offsets == ((0, 3), (4, 8))
    assert problems[0].message == ("post 'a': token 'Ann ' has blanks at its edges: read as 'Ann'")
    assert {problem.kind for problem in problems} == {"padded-token", "contradiction"}
    with pytest.raises(InputError, match="token 1 of `tokens` is empty: expected at least one"):
        read('{"tokens": ["a", " "]}')
