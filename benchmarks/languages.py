"""How often posts are said to be in another language than English, rightly and wrongly.

usage: python -m benchmarks.languages [--show] [--train]

Counted are the posts of the dev files of English corpora and of real posts, which hold a few in
other languages; the example sentences that spaCy has for each language; and CP-MNER, which is
Chinese. --show prints what was named, to judge it by hand; --train takes two training files too.
$MNER_DATA is the folder that holds twitter2015/, twitter2017/, tweets/, posts/ and cp_mner/.
"""

import os
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from benchmarks.commands import new_parser
from benchmarks.runs import machine
from mner.errors import DataWarning
from mner.posts.language import OtherLanguage, open_other_language
from mner.posts.read import read_posts
from mner.posts.tokenize import tokenize

__all__ = ["sentences"]

_ENGLISH = (
    "twitter2015/valid.txt",
    "twitter2017/valid.txt",
    "tweets/btc.dev.conll",
    "tweets/wnut17.dev.conll",
    "tweets/tweebank.dev.conll",
    "posts/posts.jsonl",
)
_TRAIN = ("twitter2015/train.txt", "twitter2017/train.txt")
_CHINESE = "cp_mner/test.txt"
_LONG = 6
"""Words of two letters or more in a long sentence."""


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--train", action="store_true")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", DataWarning)
    other_language = open_other_language()
    assert other_language is not None, "pip install 'mner[language]'"
    print(machine())
    data = Path(os.environ["MNER_DATA"])
    train = _TRAIN if arguments.train else ()
    for file in (*_ENGLISH, *train, _CHINESE):
        posts = [post.tokens for post in read_posts(data / file)]
        start = time.process_time()
        named = [other_language(tokens) for tokens in posts]
        spent = 1e6 * (time.process_time() - start) / len(posts)
        counts = Counter(language for language in named if language is not None)
        print(f"{file}: {counts.total()} of {len(posts)}, {dict(counts)}, {spent:.0f} µs a post")
        if arguments.show and file != _CHINESE:
            _show(posts, named)
    _sentences(other_language)


def sentences() -> Iterator[tuple[str, list[list[str]]]]:
    """Yield the tokens of spaCy's example sentences, by the code of their language."""
    for module in iter_modules(import_module("spacy.lang").__path__):
        try:
            examples = import_module(f"spacy.lang.{module.name}.examples")
        except ImportError:
            continue
        if module.name == "xx":  # of several languages, English among them
            continue
        yield module.name, [_tokens(sentence) for sentence in examples.sentences]


def _tokens(text: str) -> list[str]:
    return [text[start:end] for start, end in tokenize(text)]


def _show(posts: Sequence[Sequence[str]], named: Sequence[str | None]) -> None:
    for tokens, language in zip(posts, named, strict=True):
        if language is not None:
            print(f"  {language}: {' '.join(tokens)}")


def _sentences(other_language: OtherLanguage) -> None:
    """Print how many sentences of each language are named, the long apart from the short."""
    total, found, right = Counter[bool](), Counter[bool](), Counter[bool]()
    missed: list[str] = []
    languages = 0
    for code, examples in sentences():
        named = [other_language(tokens) for tokens in examples]
        others = len(named) - named.count(None)
        if code == "en":
            print(f"spaCy's English sentences: {others} of {len(examples)} are named")
            continue
        languages += 1
        for tokens, language in zip(examples, named, strict=True):
            is_long = sum(len(token) > 1 for token in tokens) >= _LONG
            total[is_long] += 1
            found[is_long] += language is not None
            right[is_long] += language == code
        if not others:
            missed.append(code)
    print(f"spaCy's sentences in {languages} other languages, none named of {', '.join(missed)}")
    for is_long, length in ((True, f"{_LONG} words or more"), (False, "fewer words")):
        print(
            f"  {length}: {found[is_long]} of {total[is_long]} are named, "
            f"{right[is_long]} with spaCy's own code for the language"
        )


if __name__ == "__main__":
    main()
