import json
from typing import Any

import pytest

from mner.errors import InputError
from mner.types import Post
from tests.posts.content import kinds_and_lines, read


def tweets(*objects: dict[str, Any]) -> list[Post]:
    posts, problems = read("".join(json.dumps(tweet) + "\n" for tweet in objects))
    assert problems == []
    return posts


def text_of(**tweet: Any) -> str | None:
    (post,) = tweets({"id": 1, "entities": {}} | tweet)
    assert post.entities is None
    return post.text


def test_the_longest_text_is_read() -> None:
    assert text_of(text="a…", full_text="a b") == "a b"
    assert text_of(text="a…", extended_tweet={"full_text": "a b c"}) == "a b c"
    assert text_of(text="a…", note_tweet={"text": "a b c d"}) == "a b c d"


def test_a_cut_retweet_gets_the_text_of_its_original() -> None:
    original = {"text": "flew to…", "extended_tweet": {"full_text": "flew to Lima today"}}
    assert text_of(text="RT @kit: flew t…", retweeted_status=original) == (
        "RT @kit: flew to Lima today"
    )
    page = {
        "data": [
            {
                "id": "1",
                "text": "RT @kit: flew t…",
                "referenced_tweets": [{"type": "retweeted", "id": "9"}],
            }
        ],
        "includes": {"tweets": [{"id": "9", "text": "flew to Lima today"}]},
    }
    assert [post.text for post in tweets(page)] == ["RT @kit: flew to Lima today"]


def test_a_tweet_whose_rest_is_not_there_is_reported() -> None:
    posts, problems = read('{"id_str": "1", "text": "flew to…", "truncated": true}\n')
    assert posts[0].text == "flew to…"
    assert kinds_and_lines(problems) == [("truncated-text", 1)]
    assert text_of(text="an ellipsis of the writer…") == "an ellipsis of the writer…"


def test_what_the_api_escapes_is_read_as_it_was_typed() -> None:
    assert text_of(text="AT&amp;T &lt;3 &amp;lt; &quot;") == "AT&T <3 &lt; &quot;"


def test_the_id_is_a_string() -> None:
    first, second = tweets(
        {"id": 1.1e18, "id_str": "1100000000000000001", "text": "a"}, {"id": 4, "text": "b"}
    )
    assert (first.id, second.id) == ("1100000000000000001", "4")


@pytest.mark.parametrize("holder", ["extended_entities", "entities"])
def test_the_pictures_of_v1(holder: str) -> None:
    media = [
        {"media_url": "http://a/1.jpg", "media_url_https": "https://a/1.jpg"},
        {"media_url": "b"},
    ]
    (post,) = tweets({"id_str": "1", "text": "a", holder: {"media": media}})
    assert post.pictures == ("https://a/1.jpg", "b")
    (post,) = tweets({"id_str": "1", "text": "a", "extended_tweet": {holder: {"media": media}}})
    assert post.pictures == ("https://a/1.jpg", "b")


def test_the_pictures_of_v2() -> None:
    includes = {
        "media": [
            {"media_key": "3_2", "url": "https://a/2.jpg"},
            {"media_key": "3_1", "preview_image_url": "https://a/1.jpg"},
        ]
    }
    data = [
        {"id": "1", "text": "a", "attachments": {"media_keys": ["3_1", "3_2"]}},
        {"id": "2", "text": "b"},
    ]
    posts = tweets({"data": data, "includes": includes}, {"meta": {"result_count": 0}})
    assert [(post.id, post.pictures) for post in posts] == [
        ("1", ("https://a/1.jpg", "https://a/2.jpg")),
        ("2", ()),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id_str": "2"}', "a tweet needs `text` or `full_text`, got neither"),
        ('{"data": [3], "meta": {}}', "a tweet must be an object, got 3"),
        ('{"errors": [{"title": "x"}]}', "an answer of the API without `data`"),
    ],
)
def test_what_is_no_tweet_is_refused(line: str, message: str) -> None:
    with pytest.raises(InputError, match=rf"^posts\.txt:2: {message}"):
        read('{"id_str": "1", "text": "a"}\n' + line + "\n")


def test_posts_of_ours_that_were_tweets_are_ours() -> None:
    line = '{"id": "1", "tokens": ["a"], "entities": [], "id_str": "7", "text": "a"}\n'
    posts, _ = read(line)
    assert posts == [Post("1", ("a",), (), text="a")]
