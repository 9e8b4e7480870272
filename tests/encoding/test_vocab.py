from pathlib import Path

import pytest

from mner.encoding.vocab import TableSizes, Vocabulary, normalise, word_shape
from mner.errors import InputError
from mner.types import UNKNOWN_ROW, Entity, Post


def post(*tokens: str, label: str | None = "PER") -> Post:
    return Post("1", tokens, (Entity(0, 1, label),) if label else ())


def build(*posts: Post, known: frozenset[str] = frozenset()) -> Vocabulary:
    return Vocabulary.build(posts, is_known=lambda word: word in known)


def test_words_share_a_row_when_only_case_and_signs_differ() -> None:
    words = ["#Rio", "@rio", "RIO", "http://t.co/X1", "#", "www.a.b/c", "Xbox"]
    assert [*map(normalise, words)] == ["rio", "rio", "rio", "<url>", "#", "<url>", "xbox"]


def test_a_word_seen_once_gets_a_row_only_when_it_has_a_vector() -> None:
    vocabulary = build(post("once", "known", "twice", "Twice"), known=frozenset({"known"}))
    assert set(vocabulary.words) == {"known", "twice"}
    assert min(vocabulary.words.values()) == UNKNOWN_ROW + 1


def test_tags_come_from_the_data_sorted() -> None:
    vocabulary = build(post("a", label="ZOO"), post("b", label="ART"))
    assert vocabulary.tags == ("O", "B-ART", "I-ART", "B-ZOO", "I-ZOO")
    assert vocabulary.labels == ("ART", "ZOO")


def test_tables_have_rows_for_padding_and_the_unknown_beside_those_of_the_vocabulary() -> None:
    vocabulary = build(post("aB", "aB", "ab"))
    assert vocabulary.sizes == TableSizes(words=3, characters=5, shapes=4)
    assert max(vocabulary.characters.values()) == vocabulary.sizes.characters - 1


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    vocabulary = build(post("Ünï", "Ünï", "🎉", "http://x.y"), post("a\u200db", label="MISC"))
    vocabulary.save(tmp_path / "vocabulary.json")
    assert Vocabulary.open(tmp_path / "vocabulary.json") == vocabulary


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "vocabulary.json").write_text('{"words": []}')
    with pytest.raises(InputError, match=r"vocabulary.json: .*missing required field `characters`"):
        Vocabulary.open(tmp_path / "vocabulary.json")


@pytest.mark.parametrize(
    ("word", "shape"),
    [
        ("McDonald's", "XxXxx'x"),
        ("#NBA2015", "#XXdd"),
        ("aaa", "xx"),
        ("https://t.co/a", "<url>"),
        ("…", "…"),
        ("!!!!", "!!"),
    ],
)
def test_word_shapes(word: str, shape: str) -> None:
    assert word_shape(word) == shape


def test_posts_that_cannot_teach_are_refused() -> None:
    with pytest.raises(InputError, match="post '1' is not annotated"):
        build(Post("1", ("a",)))
    with pytest.raises(InputError, match="hold no entity"):
        build(post("a", label=None))


def test_the_file_is_a_list_for_each_table(tmp_path: Path) -> None:
    build(post("ab", "ab")).save(tmp_path / "v.json")
    assert (tmp_path / "v.json").read_text() == (
        '{\n "words": [\n  "ab"\n ],\n "characters": [\n  "a",\n  "b"\n ],\n "shapes": [\n  "xx"\n'
        ' ],\n "labels": [\n  "PER"\n ]\n}\n'
    )


def test_a_file_that_is_not_there_says_what_belongs_there(tmp_path: Path) -> None:
    message = r"v.json: cannot be read .*: expected what `Vocabulary.save` wrote$"
    with pytest.raises(InputError, match=message):
        Vocabulary.open(tmp_path / "v.json")


def test_urls_get_a_row_however_rare_they_are_and_the_least_count_is_asked_for() -> None:
    posts = [post("rare", "http://t.co/1", "twice", "twice")]
    vocabulary = Vocabulary.build(posts, is_known=lambda _: False, least_count=1)
    assert list(vocabulary.words.items()) == [("<url>", 2), ("rare", 3), ("twice", 4)]
    assert set(build(*posts).words) == {"<url>", "twice"}


@pytest.mark.parametrize(
    ("url", "word"),
    [("HTTP://A", "<url>"), ("https://a b", "https://a b"), ("xhttp://a", "xhttp://a")],
)
def test_a_url_is_a_whole_word(url: str, word: str) -> None:
    assert normalise(url) == word
    assert (word_shape(url) == "<url>") == (word == "<url>")


def test_shapes_have_at_most_eight_signs_and_runs_of_two() -> None:
    assert word_shape("aBcDeFgHiJ") == "xXxXxXxX"
    assert word_shape("aBcDeFgHH") == "xXxXxXxX"
    assert word_shape("a--b..." + "1" * 9) == "x--x..dd"
