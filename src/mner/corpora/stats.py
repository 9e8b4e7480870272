"""What a file of posts is made of: numbers of posts, tokens, entities, URLs, mentions, hashtags."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mner.files.terminal import one_line
from mner.posts.read import read_numbered_posts
from mner.posts.reading import RECOGNISED, ReadingOptions

__all__ = ["Stats", "corpus_stats"]

_TWEET_TOKENS = ("URLs", "mentions", "hashtags")


@dataclass(frozen=True, slots=True)
class Stats:
    """What a file holds."""

    file: str
    posts: int
    tokens: int
    longest_post: int
    """In tokens."""
    posts_not_annotated: int
    """Of which it is not known whether they have entities."""
    posts_without_entities: int
    """Of those that are annotated."""
    entities_lenient: int
    entities_strict: int
    """Without the ill-formed ones."""
    orphan_tags: int
    labels: Mapping[str, int]
    """Entities, counted leniently."""
    tweet_tokens: Mapping[str, int]
    """URLs, mentions and hashtags."""
    tweet_tokens_in_entities: Mapping[str, int]
    """Those of them that are part of an entity."""

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers for JSON."""
        return asdict(self)

    def render(self) -> str:
        """Return the numbers as lines for people."""
        bare = f"{self.posts_without_entities:,} without entities"
        if self.posts_not_annotated:
            bare += f"; {self.posts_not_annotated:,} not annotated"
        well_formed = f"{self.entities_strict:,} strict; {self.orphan_tags:,} orphan tags"
        lines = [
            one_line(self.file),
            f"  posts     {self.posts:>9,}  {bare}",
            f"  tokens    {self.tokens:>9,}  longest post {self.longest_post}",
            f"  entities  {self.entities_lenient:>9,}  lenient; {well_formed}",
        ]
        lines += [f"    {one_line(label):<10}{count:>7,}" for label, count in self.labels.items()]
        for kind, count in self.tweet_tokens.items():
            in_entities = self.tweet_tokens_in_entities[kind]
            lines.append(f"  {kind:<10}{count:>9,}  {in_entities:,} in entities")
        return "\n".join(lines)


def corpus_stats(path: str | Path, *, reading: ReadingOptions = RECOGNISED) -> Stats:
    """Count what a file holds.

    A URL is a token that begins with `http`; a mention and a hashtag begin with `@` and `#` and do
    not end there.

    Args:
        path: a file that `read_posts` reads.
        reading: how the file is read.

    Raises:
        InputError: the file cannot be read.
    """
    problems: Counter[str] = Counter()
    labels: Counter[str] = Counter()
    kinds = Counter(dict.fromkeys(_TWEET_TOKENS, 0))
    kinds_in_entities = Counter(dict.fromkeys(_TWEET_TOKENS, 0))
    posts = tokens = longest = bare = unknown = 0
    numbered = read_numbered_posts(
        path, reading, on_problem=lambda problem: problems.update([problem.kind])
    )
    for _, post in numbered:
        entities = post.entities or ()
        posts += 1
        tokens += len(post.tokens)
        longest = max(longest, len(post.tokens))
        bare += post.entities == ()
        unknown += post.entities is None and bool(post.tokens)
        kinds.update(_tweet_kinds(post.tokens))
        for entity in entities:
            labels[entity.label] += 1
            kinds_in_entities.update(_tweet_kinds(post.tokens[entity.start : entity.end]))
    orphans = problems["orphan-tag"]
    return Stats(
        file=str(path),
        posts=posts,
        tokens=tokens,
        longest_post=longest,
        posts_not_annotated=unknown,
        posts_without_entities=bare,
        entities_lenient=labels.total(),
        entities_strict=labels.total() - orphans,
        orphan_tags=orphans,
        labels=dict(sorted(labels.items())),
        tweet_tokens=dict(kinds),
        tweet_tokens_in_entities=dict(kinds_in_entities),
    )


def _tweet_kinds(tokens: Iterable[str]) -> Iterator[str]:
    for token in tokens:
        if token.startswith("http"):
            yield "URLs"
        elif token[:1] in ("@", "#") and len(token) > 1:
            yield "mentions" if token[0] == "@" else "hashtags"
