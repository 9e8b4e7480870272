import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.posts.layout import lay_out
from mner.posts.read import read_posts
from mner.posts.tokenize import _spans, tokenize

EMOJI = {
    "family": "👩‍👩‍👧",
    "profession": "👩🏽‍🚒",
    "skin tone": "👍🏽",
    "flag": "🇩🇪",
    "tag flag": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "rainbow flag": "🏳️‍🌈",
    "keycap": "1️⃣",
    "hash keycap": "#️⃣",
    "heart": "❤️",
}


def tokens(text: str) -> list[str]:
    return [text[start:end] for start, end in tokenize(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rep. Howard Coble in Baltimore", "Rep|.|Howard|Coble|in|Baltimore"),
        ("RT @Hyp_Radio: don't", "RT|@Hyp_Radio|:|don|'|t"),
        ("Obama’s (U.S.) $2.99!", "Obama|’|s|(|U|.|S|.|)|$|2|.|99|!"),
        ("#MyFest2015, #Vice-President's ##x", "#MyFest2015|,|#Vice-President|'|s|#|#x"),
        ("Oxlade-Chamberlain scores - again", "Oxlade-Chamberlain|scores|-|again"),
        (
            "(http://t.co/a1), https://t.co/8o… www.bbc.co.uk/news.",
            "(|http://t.co/a1|)|,|https://t.co/8o…|www.bbc.co.uk/news|.",
        ),
        ("at bit.ly/2x or a.b@c.com", "at|bit.ly/2x|or|a.b@c.com"),
        (
            "H&amp;M &lt;3 AT&T &#39; &#x2764; fish&amp chips",
            "H|&amp;|M|&lt;|3|AT|&|T|&#39;|&#x2764;|fish|&amp|chips",
        ),
        ("ok :) ;-) <3 :/ x:D", "ok|:)|;-)|<3|:/|x|:|D"),
        ("e\u0301te\u0301 Zu\u0308rich", "e\u0301te\u0301|Zu\u0308rich"),
        ("a\r\nb\x00c\td", "a|b|\x00|c|d"),
        ("أنا في القاهرة؟", "أنا|في|القاهرة|؟"),
        ("हिन्दी में", "हिन्दी|में"),
        ("می‌خواهم", "می‌خواهم"),
        (
            "\ufeffRT @me\u200b: \u200eObama\u200f, http://t.co/x\u200b",
            "RT|@me|:|Obama|,|http://t.co/x",
        ),
        ("\u2066@me\u2069 \u202bשלום\u202c New\u200bYork a\u2060b", "@me|שלום|New|York|a|b"),
        (
            "Ober\xadbürger\xadmeister #Ober\xadhof \xad (Wien\xad)",
            "Ober\xadbürger\xadmeister|#Ober\xadhof|(|Wien|)",
        ),
        ("\u200b\ufeff\u2060", ""),
        ("", ""),
        (" \r\n\t\u00a0", ""),
    ],
)
def test_what_a_token_is(text: str, expected: str) -> None:
    assert tokens(text) == [token for token in expected.split("|") if token]


@pytest.mark.parametrize("emoji", EMOJI.values(), ids=EMOJI)
def test_emoji_sequences_are_whole(emoji: str) -> None:
    assert tokens(f"a {emoji}b {emoji}{emoji}! #{emoji}") == [
        "a",
        emoji,
        "b",
        emoji,
        emoji,
        "!",
        "#",
        emoji,
    ]


UNSEEN = dict.fromkeys(
    [0xFEFF, 0x200B, 0x200E, 0x200F, 0x2060, 0xAD, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
TWEETS = st.lists(
    st.sampled_from(
        [
            "@me",
            "#Tag",
            "http://t.co/x",
            "&amp;",
            "&",
            "e\u0301",
            "\r\n",
            "\x00",
            " ",
            "'s",
            ".",
            "-",
            ":)",
            "\u200d",
            *map(chr, UNSEEN),
            *EMOJI.values(),
        ]
    )
)


@given(text=st.text() | TWEETS.map("".join))
def test_tokens_are_all_of_the_text_but_white_space_and_what_is_not_seen(text: str) -> None:
    places = tokenize(text)
    assert all(start < end for start, end in places)
    assert places == sorted(places)
    ends = [0, *(end for _, end in places)]
    starts = [*(start for start, _ in places), len(text)]
    assert all(
        before <= after and not text[before:after].translate(UNSEEN).strip()
        for before, after in zip(ends, starts, strict=True)
    )


@given(text=st.text(st.characters(categories=["L", "N", "M", "P", "S", "Zs"])))
def test_no_token_begins_with_a_mark_that_joins_what_stands_before(text: str) -> None:
    assert not [
        token
        for (start, _), token in zip(tokenize(text), tokens(text), strict=True)
        if start and unicodedata.category(token[0]) == "Mn" and text[start - 1].isalnum()
    ]


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "!",
        "1",
        "a.",
        "a-",
        "#",
        "@",
        "a@",
        "&a",
        "http:",
        "http:! ",
        "www.",
        "x.com/",
        "\u0301",
        "👩‍",
        "🇩",
        "<:",
        "\x00",
        " ",
        "\u200b",
        "a\xad",
    ],
)
def test_no_text_makes_it_slow(unit: str) -> None:
    # Anything worse than linear would take hours here, not a fraction of a second.
    text = unit * (100_000 // len(unit))
    assert "".join(tokens(text)).replace("\xad", "") == text.replace(" ", "").translate(UNSEEN)


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("twitter2015/train", 0.99),
        ("twitter2015/valid", 0.99),
        ("twitter2015/test", 0.99),
        ("twitter2017/valid", 0.99),
    ],
)
def test_the_corpus_s_own_tokens_come_back(real_data: Path, name: str, share: float) -> None:
    found = total = 0
    for post in read_posts(real_data / f"{name}.txt", on_problem=lambda _: None):
        text, gold = lay_out(post)
        found += len(set(gold) & set(tokenize(text)))
        total += len(gold)
    assert found / total >= share


JOINING = [
    *" \n\t\r\xa0\u0301\u200d\ufe0f\u20e3\u0600\u06dd🇩👨\ufeff\u200c\xad\u0915\u094d",
    *"#@&:;)(-'.,/ab1_<3=D",
    *("http://", "www.", "&amp;", "a.com/", "x@y.de"),
]


@given(st.lists(st.sampled_from(JOINING)))
def test_runs_between_blanks_are_cut_as_they_are_in_the_whole_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert tokenize(text) == _spans(text)


def test_a_sign_that_joins_a_blank_is_cut_in_the_whole_text() -> None:
    assert tokenize("a \u0600 b") == [(0, 1), (2, 4), (4, 5)]
