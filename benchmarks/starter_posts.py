"""Write the posts that the starter is trained on.

usage: python -m benchmarks.starter_posts FOLDER --names NAMES --labels FILE ... [--seed 0]

NAMES is what `python -m benchmarks.name_lists` writes, each FILE what
`python -m benchmarks.starter_labels` writes. FOLDER gets train.jsonl, with the posts of the three
corpora, twice each, changed copies of them, and texts that the teacher labelled; and dev.jsonl.
"""

import json
import random
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import augment
from benchmarks.commands import new_parser
from benchmarks.starter_labels import record
from mner.corpora.corpus import read_split
from mner.errors import DataWarning
from mner.posts.read import read_posts
from mner.recipe.read import read_recipe, recipe_file
from mner.require import require_entities
from mner.types import Post

SENTENCES = ("nytEditorialSnippets", "movieReviewSnippets")
"""Sources of texts that are no tweets."""

LABELS = ("PER", "LOC", "ORG", "OTHER")
ALONE = 3_000
"""Posts that are one name."""
SHARES = {"lower": 0.35, "upper": 0.05, "title": 0.05, "hashtags": 0.12, "pieces": 0.35}
"""Copies of each kind, as a share of the posts."""
RENAMED, HASHED = 1.0, 0.35
"""Copies as a share of the posts that hold entities."""
LOWER_TEXTS, HASHED_TEXTS = 0.5, 0.3
"""Shares of the second samples of texts; the others are changed in case."""
KEPT_COPIES, KEPT_ALONE, KEPT_SENTENCES = 0.7, 0.5, 0.6
"""Shares that are kept of copies after a post's first, of posts that are one name, and of sentences
that are no tweets. With all of them the corpora are a fifth of what is learned, and scores on them
are lower."""


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--names", type=Path, required=True)
    parser.add_argument("--labels", type=Path, nargs="+", required=True)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", DataWarning)
    lists = json.loads(arguments.names.read_text(encoding="utf-8"))
    data = read_recipe(recipe_file("starter-teacher")).data
    labelled = {post.id: post for file in arguments.labels for post in read_posts(file)}
    corpora = list(read_split(data, "train", captions=None))
    posts = [labelled.pop(post.id, post) for post in corpora]
    lists["OTHER"] = without_plain_words(lists["OTHER"], posts)
    rng = random.Random(arguments.seed)
    made = list(copies(posts, augment.Names(lists), rng))
    texts = [_as_other_text(post, rng) for post in labelled.values()]
    folder: Path = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    mixed = list(mixture(posts, made, texts, random.Random(arguments.seed + 1)))
    write(folder / "train.jsonl", mixed)
    write(folder / "dev.jsonl", read_split(data, "dev", captions=None))
    print(f"{len(posts)} posts, {len(made)} copies and {len(texts)} labelled texts")
    print(f"{len(mixed)} to learn from")


def write(path: Path, posts: Iterable[Post]) -> None:
    """Write posts as JSON lines, with the labels that were looked for in each."""
    with path.open("w", encoding="utf-8") as file:
        for post in posts:
            file.write(json.dumps(record(post), ensure_ascii=False) + "\n")


def mixture(
    posts: Sequence[Post], made: Sequence[Post], texts: Sequence[Post], rng: random.Random
) -> Iterator[Post]:
    """Yield the posts to learn from: each post of the corpora twice, and a part of the others."""
    for post in posts:
        yield replace(post, id=f"{post.id}:again")
        yield post
    for post in (*made, *texts):
        share = _kept_share(post.id)
        if share == 1 or (share > 0 and rng.random() <= share):
            yield post


def _kept_share(name: str) -> float:
    """Return the share that is kept of copies or texts like that with this id."""
    source, number = name.partition(":")[0], name.rpartition(":")[2]
    if source == "alone":
        return KEPT_ALONE
    if source in SENTENCES:
        return KEPT_SENTENCES if number == "0" else 0
    return 1 if number == "0" or source == "tweets" else KEPT_COPIES


def copies(posts: Sequence[Post], names: augment.Names, rng: random.Random) -> Iterator[Post]:
    """Yield changed copies of posts, with ids of their own."""
    phrases = plain_phrases(posts, rng)
    for number, post in enumerate(posts):
        for kind, copy in enumerate(_copies_of(post, names, phrases, rng)):
            yield replace(copy, id=f"{post.id}:{number}:{kind}")
    for number in range(ALONE):
        post = augment.alone(names, rng, labels=LABELS, name=f"alone:{number}")
        yield augment.cased(post, _any_case(rng))


def _copies_of(
    post: Post, names: augment.Names, phrases: Sequence[Sequence[str]], rng: random.Random
) -> Iterator[Post]:
    changes = {"lower": str.lower, "upper": str.upper, "title": str.title}
    for kind, change in changes.items():
        if rng.random() < SHARES[kind]:
            yield augment.cased(post, change)
    if rng.random() < SHARES["hashtags"]:
        yield augment.with_hashtags(post, names, phrases, rng)
    if rng.random() < SHARES["pieces"]:
        piece = augment.cased(augment.parted(post, rng), _any_case(rng))
        yield augment.misread(piece, rng, share=0.08)
    if post.entities and rng.random() < RENAMED:
        copy = augment.renamed(post, names, rng, share=0.8)
        yield augment.cased(copy, str.lower) if rng.random() < 0.2 else copy
    if post.entities and rng.random() < HASHED:
        yield augment.hashed(augment.renamed(post, names, rng, share=0.4), rng, share=0.6)


def _any_case(rng: random.Random) -> Callable[[str], str]:
    changes: list[Callable[[str], str]] = [str.upper, str.upper, str.title, str]
    return rng.choice(changes)


def _as_other_text(post: Post, rng: random.Random) -> Post:
    """Change half of the samples of texts: case, or names written as hashtags."""
    if post.id.endswith(":0"):
        return post
    draw = rng.random()
    if draw < LOWER_TEXTS:
        return augment.cased(post, str.lower)
    if draw < LOWER_TEXTS + HASHED_TEXTS:
        return augment.hashed(post, rng, share=0.6)
    return augment.cased(post, _any_case(rng))


def plain_phrases(posts: Sequence[Post], rng: random.Random) -> list[Sequence[str]]:
    """Return one to four words in a row that are no part of an entity, two from each post."""
    phrases: list[Sequence[str]] = []
    for post in posts:
        plain = [token.isalpha() and token.isascii() for token in post.tokens]
        for entity in require_entities(post):
            plain[entity.start : entity.end] = [False] * (entity.end - entity.start)
        for _ in range(2):
            start = rng.randrange(len(plain))
            end = start + rng.choice([1, 1, 1, 2, 2, 3, 4])
            phrase = post.tokens[start:end]
            if all(plain[start:end]) and len("".join(phrase)) > 3:
                phrases.append([token.lower() for token in phrase])
        phrases += [[token[1:]] for token in _plain_hashtags(post)]
    return phrases


def _plain_hashtags(post: Post) -> list[str]:
    starts = {entity.start for entity in require_entities(post)}
    return [
        token
        for position, token in enumerate(post.tokens)
        if token.startswith("#") and len(token) > 3 and position not in starts
    ]


def without_plain_words(names: Sequence[str], posts: Sequence[Post]) -> list[str]:
    """Leave out names of one word, such as `Loud`, that posts have in small letters."""
    words = {token for post in posts for token in post.tokens}
    return [name for name in names if name.lower() not in words]


if __name__ == "__main__":
    main()
