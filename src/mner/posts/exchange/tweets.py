"""Raw tweets of the API of Twitter: v1.1, an object a tweet, and v2, also whole answers.

Their `entities` are hashtags, addresses and mentions, not names: a raw tweet is not annotated.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from mner.errors import InputError, quoted
from mner.posts.exchange.draft import Draft, Form
from mner.posts.exchange.values import others
from mner.posts.reading import Fields

__all__ = ["TWEETS"]

_Object = Mapping[str, Any]

_OF_TWEETS: dict[str, type] = {
    "id_str": str,
    "extended_tweet": dict,
    "retweeted_status": dict,
    "entities": dict,
    "attachments": dict,
    "edit_history_tweet_ids": list,
    "referenced_tweets": list,
    "note_tweet": dict,
}
"""Fields that only tweets have, and what they hold."""
_USED = frozenset({*_OF_TWEETS, "text", "full_text", "extended_entities", "truncated", "includes"})
_ANSWER = ("includes", "meta", "errors")
_RETWEET = re.compile(r"RT @\w+: ")
_CUT = "…"
_ESCAPED = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
"""The only characters that the API escapes."""
_ESCAPE = re.compile("|".join(_ESCAPED))


def _fits(record: _Object) -> bool:
    data = record.get("data")
    if isinstance(data, list) or (isinstance(data, dict) and isinstance(data.get("text"), str)):
        first = data[0] if data and isinstance(data, list) else data
        has_more = any(name in record for name in _ANSWER)
        return has_more or (isinstance(first, dict) and _fits(first))
    if isinstance(record.get("tokens"), list):
        return False
    has_text = any(isinstance(record.get(name), str) for name in ("text", "full_text"))
    return has_text and any(isinstance(record.get(key), kind) for key, kind in _OF_TWEETS.items())


def _drafts(record: _Object, *, fields: Fields | None) -> Iterator[Draft]:
    if "data" not in record and any(name in record for name in _ANSWER) and "text" not in record:
        if _of(record, "meta").get("result_count") != 0:
            raise InputError("an answer of the API without `data`: it holds no tweets")
        return
    includes = _of(record, "includes")
    data = record.get("data", record)
    for tweet in data if isinstance(data, list) else [data]:
        if not isinstance(tweet, dict):
            raise InputError(f"a tweet must be an object, got {quoted(tweet)}")
        yield _draft(tweet, includes, fields or Fields())


def _draft(tweet: _Object, includes: _Object, fields: Fields) -> Draft:
    text, problem = _text(tweet, includes) if fields.text is None else (tweet.get(fields.text), "")
    if isinstance(text, str):
        text = _ESCAPE.sub(lambda match: _ESCAPED[match[0]], text)
    pictures = _pictures(tweet, includes) if fields.picture is None else tweet.get(fields.picture)
    return Draft(
        id=tweet.get("id_str") or tweet.get("id") if fields.id is None else tweet.get(fields.id),
        text=text,
        picture=pictures,
        caption=tweet.get(fields.caption or "caption"),
        extra=others(tweet, _USED, fields),
        problems=(("truncated-text", problem),) if problem else (),
    )


def _text(tweet: _Object, includes: _Object) -> tuple[str | None, str]:
    """Return the longest text of a tweet, and what is wrong with it, if anything is.

    A retweet is cut at its end, but it holds the tweet that it repeats.
    """
    text = _own_text(tweet)
    if text is None:
        raise InputError("a tweet needs `text` or `full_text`, got neither")
    original = _original(tweet, includes)
    if text.endswith(_CUT) and original is not None:
        begin = _RETWEET.match(text)
        full = _own_text(original)
        if full is not None and not full.endswith(_CUT):
            return (begin[0] if begin else "") + full, ""
    if text.endswith(_CUT) and (tweet.get("truncated") is True or original is not None):
        return text, "the tweet is cut, and the object does not hold the rest: read as it is"
    return text, ""


def _own_text(tweet: _Object) -> str | None:
    texts = (
        _of(tweet, "note_tweet").get("text"),
        _of(tweet, "extended_tweet").get("full_text"),
        tweet.get("full_text"),
        tweet.get("text"),
    )
    return next((text for text in texts if isinstance(text, str)), None)


def _original(tweet: _Object, includes: _Object) -> _Object | None:
    """Return the tweet that a retweet repeats, where the object holds it."""
    if isinstance(tweet.get("retweeted_status"), dict):
        return _of(tweet, "retweeted_status")
    for reference in _objects(tweet, "referenced_tweets"):
        if reference.get("type") == "retweeted":
            tweets = _objects(includes, "tweets")
            return next((other for other in tweets if other.get("id") == reference.get("id")), None)
    return None


def _pictures(tweet: _Object, includes: _Object) -> list[str]:
    """Return the addresses of the pictures; of a video that of its preview."""
    retweeted = _of(tweet, "retweeted_status")
    for holder in (
        tweet,
        _of(tweet, "extended_tweet"),
        retweeted,
        _of(retweeted, "extended_tweet"),
    ):
        for name in ("extended_entities", "entities"):
            addresses = map(_address, _objects(_of(holder, name), "media"))
            if found := list(filter(None, addresses)):
                return found
    attached = _of(tweet, "attachments")
    value = attached.get("media_keys")
    keys: list[object] = value if isinstance(value, list) else []
    known = {str(media.get("media_key")): media for media in _objects(includes, "media")}
    medias = [known.get(str(key), {}) for key in keys]
    addresses = map(_address, [*medias, *_objects(attached, "media")])
    return list(filter(None, addresses))


def _address(media: _Object) -> str | None:
    for name in ("media_url_https", "media_url", "url", "preview_image_url"):
        address = media.get(name)
        if isinstance(address, str) and address:
            return address
    return None


def _of(record: _Object, key: str) -> _Object:
    value = record.get(key)
    return value if isinstance(value, dict) else {}


def _objects(record: _Object, key: str) -> list[_Object]:
    value = record.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


TWEETS = Form(
    "tweets",
    "raw tweets, not annotated",
    _fits,
    lambda reading: partial(_drafts, fields=reading.options.fields),
)
