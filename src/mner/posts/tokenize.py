r"""Raw text to tokens, as the corpora of tweets cut it.

When the tokens of Twitter-2015 are joined by blanks, 99.4% of them come back. The pattern follows
NLTK's tokeniser for tweets (`nltk.tokenize.casual`), compiled by the same library. NLTK itself
cannot be used: it replaces entities such as `&amp;` before it cuts, so offsets are lost; it leaves
`Obama's` whole, where the corpora cut after the name; and its import takes longer than all others.

Every repetition is possessive or bounded, so no text of whatever length makes the pattern go back
and forth. Blanks in the patterns below mean nothing.
"""

from functools import lru_cache

import regex

__all__ = ["tokenize"]

_UNSEEN = r"\ufeff\u200b\u200e\u200f\u2060\u202a-\u202e\u2066-\u2069\xad"
"""Invisible marks, which stand between tokens as white space does.

They are blanks of width zero, direction marks and the byte-order mark. Two others belong to words
and emoji (U+200C and U+200D); a soft hyphen stays within a word and is left out elsewhere.
"""

# How an address begins, and what follows without the marks of the sentence around it.
_DOMAIN = r"(?<! [\w@.-] ) (?: [a-z0-9-]{1,63} \. ){1,4} [a-z]{2,13} /"
_IN_ADDRESS = rf"""[^\s{_UNSEEN}<>"“”«»]"""
_ENDS_ADDRESS = rf"""[^\s{_UNSEEN}<>"“”«»!()\[\]{{}};:'.,?‘’]"""
_ADDRESS = (
    rf"(?: https?:(?://)? | www\. | {_DOMAIN} ) (?: {_IN_ADDRESS}{{0,2047}} {_ENDS_ADDRESS} )?"
)
_EMAIL = r"[\w.+-]{1,64}+ @ [\w-]{1,63}+ (?: \. [\w-]{1,63}+ ){1,8}+"
_MENTION = r"[@＠] \w++"
_HASHTAG = r"[#＃] (?! \d? \ufe0f?+ \u20e3 ) [\w\u200c]++ (?: [-\xad] [\w\u200c]++ )*+"
# An entity of HTML, also one that has lost its semicolon.
_ENTITY = r"""
    & (?: [a-z]{2,8} | \#\d{1,7} | \#x[\da-f]{1,6} ) (?: ; | (?<= &amp | &lt | &gt | &quot ) \b )
"""
_FLAG = r"[\U0001F1E6-\U0001F1FF]{2}"
_KEYCAP = r"[\d#*] \ufe0f?+ \u20e3"
_EMOTICON = r"(?<! [\w:] ) (?: [<>]? [:;=] [-o*']? [()\[\]dDpP|/\\3*] | <3 ) (?! \w )"
_SYLLABLES = r"[\p{L}\p{N}_] [\p{L}\p{N}\p{M}_\u200c\u200d]*+"
_WORD = rf"{_SYLLABLES} (?: [-‐‑\xad] {_SYLLABLES} )*+"
# A mark or an emoji, with all that joins it.
_OTHER = rf"(?! [\s{_UNSEEN}] ) \X"

_KINDS = (
    _ADDRESS,
    _EMAIL,
    _MENTION,
    _HASHTAG,
    _ENTITY,
    _FLAG,
    _KEYCAP,
    _EMOTICON,
    _WORD,
    _OTHER,
)
"""The first kind that matches is the token's."""
_TOKEN = regex.compile(" | ".join(_KINDS), regex.VERBOSE | regex.IGNORECASE | regex.VERSION1)


_JOINS_BLANK = regex.compile(r"\p{Grapheme_Cluster_Break=Prepend}")
"""Signs that make one mark with what follows them, even with a blank."""
_LONGEST_KEPT = 64
"""The most characters of a run whose tokens are remembered."""
_MOST_KEPT = 65_536


def tokenize(text: str) -> list[tuple[int, int]]:
    """Return where the tokens of a raw text are.

    Mentions, hashtags, addresses, entities, emoticons and emoji sequences are whole; other marks
    stand alone.

    Returns:
        half-open pairs of code points, in order, with nothing but white space and marks that are
        not seen between them.
    """
    if not text.isascii() and _JOINS_BLANK.search(text):
        return _spans(text)
    # No token holds a blank, and none depends on what is beyond one. So each run between blanks
    # can be cut by itself, and most runs are words that need no pattern or have been cut before.
    tokens: list[tuple[int, int]] = []
    start = 0
    for run in text.split(" "):
        stop = start + len(run)
        if run.isalnum() and run.isascii():
            tokens.append((start, stop))
        elif run:
            spans = _remembered(run) if len(run) <= _LONGEST_KEPT else _spans(run)
            tokens += [(start + first, start + last) for first, last in spans]
        start = stop + 1
    return tokens


def _spans(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _TOKEN.finditer(text)]


_remembered = lru_cache(_MOST_KEPT)(_spans)
