"""What is wrong with a corpus, and what it is made of."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b, file_digest
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from mner.bio import Scheme
from mner.errors import InputError, Problem
from mner.pictures.source import check_folder, find_picture
from mner.posts.read import read_numbered_posts
from mner.types import PictureState, Post

__all__ = ["Finding", "Findings", "Stats", "check_files", "corpus_stats", "normalise"]

_ILL_FORMED = "ill-formed"
_EXAMPLES = 3
_PLACEHOLDER_POSTS = 3
_TWEET_TOKENS = ("URLs", "mentions", "hashtags")


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of trouble in one file, or between two."""

    kind: str
    files: tuple[str, ...]
    count: int
    examples: tuple[str, ...]
    """The first few, each beginning with file:line."""


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found."""

    posts: Mapping[str, int]
    """By file."""
    found: tuple[Finding, ...]

    @property
    def is_readable(self) -> bool:
        """Whether every line could be read, so that training and tagging will not stop at one."""
        return all(finding.kind != _ILL_FORMED for finding in self.found)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"posts": dict(self.posts), "found": [asdict(finding) for finding in self.found]}

    def render(self) -> str:
        """For people."""
        lines = [f"{file}: {count:,} posts" for file, count in self.posts.items()]
        for finding in self.found:
            lines += ["", f"{finding.kind}: {finding.count:,} in {' and '.join(finding.files)}"]
            lines += [f"  {example}" for example in finding.examples]
        return "\n".join(lines if self.found else [*lines, "nothing wrong"])


def check_files(
    paths: Sequence[str | Path],
    *,
    pictures: Path | None = None,
    inspect: Callable[[Path], PictureState] | None = None,
    scheme: Scheme = "iob2",
) -> Findings:
    """Read files and look for what is wrong in each, and for posts that occur twice.

    Kinds of finding: those of `mner.posts.read`; `ill-formed` (posts that cannot be read and are left out); `not-annotated` (posts that nobody has annotated,
    in a file in which others are: neither training nor scoring takes them); `duplicate-text` (within a file: posts that repeat
    an earlier one; between two files: texts that both have, compared by `normalise`); `absent-picture`, `unreadable-picture` (posts); `placeholder-picture`
    (posts that share one picture, byte for byte, with at least two others).

    Args:
        paths: files that `read_posts` reads.
        pictures: folder of pictures; none are looked for without it.
        inspect: the state of a picture file; without it, a picture that is there counts as present.
        scheme: tagging scheme of the files.

    Raises:
        InputError: a file cannot be read, or there is no such folder of pictures.
    """
    if pictures is not None:
        check_folder(pictures)
    scans = [_scan(Path(path), pictures, scheme) for path in dict.fromkeys(map(str, paths))]
    found = [finding for scan in scans for finding in (*_problems(scan), *_repeats(scan))]
    found += [
        finding for one, other in combinations(scans, 2) for finding in _shared_texts(one, other)
    ]
    if pictures is not None:
        for scan in scans:
            found += _picture_states(scan, inspect)
        found += _placeholders(scans)
    return Findings({scan.file: scan.posts for scan in scans}, tuple(found))


def normalise(tokens: Iterable[str]) -> str:
    """What two posts are compared by: the letters and digits of their words in lower case, without URLs and mentions.

    Returns:
        a text, empty for posts that are never compared.
    """
    words = " ".join(token.lower() for token in tokens if not token.startswith(("http", "@")))
    return " ".join(
        "".join(
            character if character.isalnum() or character == "_" else " " for character in words
        ).split()
    )


@dataclass(frozen=True, slots=True)
class Stats:
    """What a file holds."""

    file: str
    posts: int
    tokens: int
    longest_post: int
    """In tokens."""
    posts_without_entities: int
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
        """For JSON."""
        return asdict(self)

    def render(self) -> str:
        """For people."""
        lines = [
            self.file,
            f"  posts     {self.posts:>9,}  {self.posts_without_entities:,} without entities",
            f"  tokens    {self.tokens:>9,}  longest post {self.longest_post}",
            f"  entities  {self.entities_lenient:>9,}  lenient; {self.entities_strict:,} strict; {self.orphan_tags:,} orphan tags",
        ]
        lines += [f"    {label:<10}{count:>7,}" for label, count in self.labels.items()]
        lines += [
            f"  {kind:<10}{count:>9,}  {self.tweet_tokens_in_entities[kind]:,} in entities"
            for kind, count in self.tweet_tokens.items()
        ]
        return "\n".join(lines)


def corpus_stats(path: str | Path, *, scheme: Scheme = "iob2") -> Stats:
    """Count what a file holds.

    A URL is a token that begins with `http`; a mention and a hashtag begin with `@` and `#` and do not end there.

    Args:
        path: a file that `read_posts` reads.
        scheme: tagging scheme of the file.

    Raises:
        InputError: the file cannot be read.
    """
    problems: Counter[str] = Counter()
    posts: Counter[str] = Counter()
    labels: Counter[str] = Counter()
    kinds, tagged = (
        Counter(dict.fromkeys(_TWEET_TOKENS, 0)),
        Counter(dict.fromkeys(_TWEET_TOKENS, 0)),
    )
    longest = 0
    for _, post in read_numbered_posts(
        path, scheme=scheme, on_problem=lambda problem: problems.update([problem.kind])
    ):
        entities = post.entities or ()
        posts.update(posts=1, tokens=len(post.tokens), bare=not entities)
        labels.update(entity.label for entity in entities)
        kinds.update(_tweet_kinds(post.tokens))
        tagged.update(
            _tweet_kinds(
                post.tokens[place]
                for entity in entities
                for place in range(entity.start, entity.end)
            )
        )
        longest = max(longest, len(post.tokens))
    orphans = problems["orphan-tag"]
    by_label = dict(sorted(labels.items()))
    return Stats(
        str(path),
        posts["posts"],
        posts["tokens"],
        longest,
        posts["bare"],
        labels.total(),
        labels.total() - orphans,
        orphans,
        by_label,
        dict(kinds),
        dict(tagged),
    )


class _Picture(NamedTuple):
    where: str
    reference: str
    path: Path | None


@dataclass
class _Scan:
    """What is kept of a file: places and digests, no posts."""

    file: str
    posts: int
    problems: list[Problem]
    errors: list[InputError]
    texts: dict[bytes, list[str]]
    """Digest of the normalised text -> places."""
    pictures: list[_Picture]
    untagged: list[str]
    """Places of posts that nobody has annotated."""


def _scan(path: Path, folder: Path | None, scheme: Scheme) -> _Scan:
    scan = _Scan(str(path), 0, [], [], defaultdict(list), [], [])
    for line, post in _readable_posts(path, scan, scheme):
        where = f"{path}:{line}"
        scan.posts += 1
        if text := normalise(post.tokens):
            scan.texts[blake2b(text.encode(), digest_size=16).digest()].append(where)
        if post.entities is None:
            scan.untagged.append(
                f"{where}: post {post.id!r} is not annotated, though others in the file are"
            )
        if folder is not None:
            scan.pictures.append(_picture(post, where, folder))
    return scan


def _readable_posts(path: Path, scan: _Scan, scheme: Scheme) -> Iterator[tuple[int, Post]]:
    """The posts that can be read; what is wrong with the file goes into `scan`, as long as there is a file."""
    try:
        yield from read_numbered_posts(
            path, scheme=scheme, on_problem=scan.problems.append, on_error=scan.errors.append
        )
    except InputError as exc:
        if not scan.errors:
            raise
        scan.errors.append(exc)


def _picture(post: Post, where: str, folder: Path) -> _Picture:
    if post.picture is None:
        return _Picture(where, "", None)
    return _Picture(where, post.picture, find_picture(folder, post.picture))


def _finding(kind: str, files: tuple[str, ...], examples: Sequence[str]) -> Iterator[Finding]:
    if examples:
        yield Finding(kind, files, len(examples), tuple(examples[:_EXAMPLES]))


def _problems(scan: _Scan) -> Iterator[Finding]:
    yield from _finding(_ILL_FORMED, (scan.file,), [str(error) for error in scan.errors])
    by_kind: dict[str, list[str]] = defaultdict(list)
    for problem in scan.problems:
        by_kind[problem.kind].append(str(problem))
    for kind, examples in by_kind.items():
        yield from _finding(kind, (scan.file,), examples)
    if len(scan.untagged) < scan.posts:
        yield from _finding("not-annotated", (scan.file,), scan.untagged)


def _repeats(scan: _Scan) -> Iterator[Finding]:
    repeats = [
        f"{again}: same text as {places[0]}"
        for places in scan.texts.values()
        for again in places[1:]
    ]
    return _finding("duplicate-text", (scan.file,), repeats)


def _shared_texts(one: _Scan, other: _Scan) -> Iterator[Finding]:
    shared = [
        f"{other.texts[digest][0]}: same text as {places[0]}"
        for digest, places in one.texts.items()
        if digest in other.texts
    ]
    return _finding("duplicate-text", (one.file, other.file), shared)


def _picture_states(
    scan: _Scan, inspect: Callable[[Path], PictureState] | None
) -> Iterator[Finding]:
    by_state: dict[PictureState, list[str]] = defaultdict(list)
    for picture in scan.pictures:
        if picture.path is None:
            missing = (
                f"no picture {picture.reference!r}"
                if picture.reference
                else "the post names no picture"
            )
            by_state[PictureState.ABSENT].append(f"{picture.where}: {missing}")
        else:
            state = inspect(picture.path) if inspect else PictureState.PRESENT
            by_state[state].append(f"{picture.where}: {picture.path}")
    for state in (PictureState.ABSENT, PictureState.UNREADABLE):
        yield from _finding(f"{state}-picture", (scan.file,), by_state[state])


def _placeholders(scans: Sequence[_Scan]) -> Iterator[Finding]:
    """Pictures that stand for many: the mark of a dataset whose missing pictures were filled with one."""
    owners: dict[str, list[tuple[str, _Picture]]] = defaultdict(list)
    for scan in scans:
        for picture in scan.pictures:
            if picture.path is not None:
                owners[_digest(picture.path)].append((scan.file, picture))
    for group in owners.values():
        if len(group) >= _PLACEHOLDER_POSTS:
            files = tuple(Counter(file for file, _ in group))
            yield from _finding(
                "placeholder-picture",
                files,
                [f"{picture.where}: {picture.path}" for _, picture in group],
            )


def _digest(path: Path) -> str:
    if not path.is_file():  # opening a FIFO would wait for ever
        return f"cannot be read: {path}"
    try:
        with path.open("rb") as stream:
            return file_digest(stream, blake2b).hexdigest()
    except OSError:
        return f"cannot be read: {path}"


def _tweet_kinds(tokens: Iterable[str]) -> Iterator[str]:
    for token in tokens:
        if token.startswith("http"):
            yield "URLs"
        elif token[:1] in ("@", "#") and len(token) > 1:
            yield "mentions" if token[0] == "@" else "hashtags"
