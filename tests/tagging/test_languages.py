"""The warning about posts in another language."""

import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from mner.tagging.explain import Explained
from mner.tagging.languages import OtherLanguages, watch_languages
from mner.tagging.output import Output
from mner.tagging.results import Tagged, TaggedPost
from mner.tagging.starter import starter_model
from mner.tagging.tag_file import tag_file, tag_text
from mner.types import Attention, PictureState

NOTHING = np.zeros((1, 0), dtype=np.float32)
ATTENTION = Attention(NOTHING, NOTHING, np.zeros(1, dtype=np.float32), per_word=True)
DUTCH = "geen idee of het een marineschip is maar mooi is het wel"
ENGLISH = "I have never seen such a beautiful city in my life"


def first_word(tokens: Sequence[str]) -> str | None:
    """The language, as these tests write it in place of a post."""
    return None if tokens[0] == "en" else tokens[0]


def results(*languages: str) -> Iterator[Explained]:
    for language in languages:
        post = TaggedPost("1", (language,), entities=())
        yield Explained(Tagged(post, ATTENTION, PictureState.ABSENT), ())


def summary(*languages: str) -> str:
    counter = OtherLanguages(first_word)
    assert len(list(counter.counted(results(*languages)))) == len(languages)
    return counter.summary()


def test_posts_are_counted_by_language() -> None:
    assert summary("en", "nl", "fr", "fr", "en") == (
        "3 of the 5 posts seem to be in another language than English (2 fr, 1 nl); the starter "
        "reads English"
    )
    assert summary("en", "nl") == (
        "1 of the 2 posts seems to be in another language than English (1 nl); the starter reads "
        "English"
    )
    assert summary("nl") == (
        "the post seems to be in another language than English (nl); the starter reads English"
    )


def test_next_to_none_is_not_worth_a_word() -> None:
    assert summary() == summary("en") == ""
    assert summary("nl", *["en"] * 99).startswith("1 of the 100 posts seems")
    assert summary("nl", *["en"] * 100) == ""


def test_posts_beyond_the_first_thousand_are_not_looked_at() -> None:
    assert summary(*["en"] * 1000, *["nl"] * 1000) == ""
    assert summary(*["nl"] * 2000).startswith("1000 of the first 1,000 posts seem")


def test_nothing_is_said_of_other_models_or_without_the_extra(
    exported_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert watch_languages(starter_model()).other_language is not None
    assert watch_languages(exported_model).other_language is None
    monkeypatch.setattr("mner.posts.language.find_spec", lambda _: None)
    watched = watch_languages(starter_model())
    assert len(list(watched.counted(results("nl", "nl")))) == 2
    assert watched.summary() == ""


def test_tagging_says_it_once_after_the_last_post(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    posts = tmp_path / "posts.jsonl"
    posts.write_text("".join(json.dumps({"text": text}) + "\n" for text in (DUTCH, ENGLISH) * 3))
    with caplog.at_level(logging.WARNING):
        tag_file(starter_model(), str(posts), output=Output(tmp_path / "tagged.jsonl"))
    expected = "3 of the 6 posts seem to be in another language than English (3 nl); the starter"
    assert [message[: len(expected)] for message in caplog.messages] == [expected]


def test_a_single_text_is_judged_too(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    for text, count in ((ENGLISH, 0), (DUTCH, 1)):
        with caplog.at_level(logging.WARNING):
            tag_text(starter_model(), text, output=Output(tmp_path / f"{count}.jsonl"))
        assert len(caplog.messages) == count
    assert caplog.messages[0].startswith("the post seems to be in another language")
