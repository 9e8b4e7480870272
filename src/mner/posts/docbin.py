"""Files of spaCy, as `spacy train` takes them: a `DocBin`, a document a post, through spaCy.

The whole of a file is in memory. No pipeline is needed, and nothing in a file is a program.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mner.errors import InputError, MissingExtraError, clipped, quoted
from mner.files.write import new_file
from mner.posts.exchange.build import post_of_draft
from mner.posts.exchange.draft import Draft, Mark
from mner.posts.layout import lay_out, tokens_between
from mner.posts.reading import Lines, NumberedPosts, Reading
from mner.types import Post

__all__ = ["read_docbin", "write_docbin"]

_MOST = 1 << 30
"""Bytes that a file may unpack to."""
_OURS = "mner"
"""The key of `user_data` with what spaCy has no place for."""
_DAMAGE = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, zlib.error)
"""What spaCy raises of a file that is none of its own."""


def read_docbin(_lines: Lines, reading: Reading) -> NumberedPosts:
    """Yield the post of each document, with its number.

    Tokens of blanks are left out. A document without entities is annotated if its tokens say so.

    Raises:
        InputError: the file is a stream, is damaged, or unpacks to too much, or a document is
            ill-formed and the log refuses it.
        MissingExtraError: spaCy is not installed.
    """
    name = reading.log.name
    with reading.again() as stream:
        if stream is None:
            raise InputError(f"{name}: a DocBin cannot be read from a stream: name its file")
        packed = stream.read()
    for number, doc in enumerate(_documents(packed, name), start=1):
        try:
            post, problems = post_of_draft(_draft(doc), str(number), keep=False)
        except InputError as exc:
            reading.log.refuse(reading.log.located(number, exc))
            continue
        for kind, message in problems:
            reading.log.report(kind, number, f"post {quoted(post.id)}: {message}")
        yield number, post


def write_docbin(posts: Iterable[Post], path: Path) -> None:
    """Write posts as documents; id, pictures and caption are in `doc.user_data["mner"]`.

    Args:
        posts: any number of them; a post that is not annotated has missing values.
        path: the file, which appears (or is replaced) when it is complete.

    Raises:
        InputError: the file cannot be written.
        MissingExtraError: spaCy is not installed.
    """
    try:
        from spacy.tokens import DocBin
        from spacy.vocab import Vocab
    except ModuleNotFoundError as exc:
        raise MissingExtraError("Writing a DocBin", "spacy") from exc
    vocabulary, store = Vocab(), DocBin(store_user_data=True)
    for post in posts:
        store.add(_document(post, vocabulary))
    try:
        with new_file(path) as part:
            part.write_bytes(store.to_bytes())
    except OSError as exc:
        raise InputError(f"{path}: cannot be written: {exc.strerror or exc}") from exc


def _documents(packed: bytes, name: str) -> Iterator[Any]:
    try:
        from spacy.tokens import DocBin
        from spacy.vocab import Vocab
    except ModuleNotFoundError as exc:
        raise MissingExtraError(f"{name}: reading a DocBin", "spacy") from exc
    try:
        if len(zlib.decompressobj().decompress(packed, _MOST + 1)) > _MOST:
            raise InputError(f"{name}: unpacks to more than {_MOST} bytes: split it")
        yield from DocBin().from_bytes(packed).get_docs(Vocab())
    except _DAMAGE as exc:
        raise InputError(f"{name}: cannot be read as a DocBin of spaCy: {clipped(exc)}") from exc


def _draft(doc: Any) -> Draft:
    tokens = [token for token in doc if token.text.strip()]
    offsets = [(token.idx, token.idx + len(token)) for token in tokens]
    marks = []
    for span in doc.ents:
        start, end = tokens_between(offsets, span.start_char, span.end_char)
        if start < end:
            marks.append(Mark(start, end, span.label_ or "ENTITY"))
    known = doc.user_data.get(_OURS)
    ours: Mapping[str, Any] = known if isinstance(known, dict) else {}
    pictures = ours.get("pictures")
    has_text = bool(tokens) and not doc.has_unknown_spaces and not ours.get("is_joined")
    return Draft(
        id=ours.get("id"),
        text=doc.text if has_text else None,
        tokens=[token.text for token in tokens],
        offsets=[list(pair) for pair in offsets] if has_text else None,
        marks=tuple(marks) if marks or doc.has_annotation("ENT_IOB") else None,
        picture=list(pictures) if isinstance(pictures, tuple | list) else None,
        caption=ours.get("caption"),
    )


def _document(post: Post, vocabulary: Any) -> Any:
    from spacy.tokens import Doc
    from spacy.util import get_words_and_spaces

    text, offsets = lay_out(post)
    ours: dict[str, object] = {"id": post.id, "is_joined": post.text is None}
    try:
        words, spaces = get_words_and_spaces(list(post.tokens), text)
    except ValueError:  # the text has more than its tokens
        words, spaces = list(post.tokens), [True] * len(post.tokens)
        offsets = lay_out(Post(post.id, post.tokens))[1]
        ours["is_joined"] = True
    doc = Doc(vocabulary, words=words, spaces=spaces)
    if post.entities is not None:
        places = [(offsets[one.start][0], offsets[one.end - 1][1], one) for one in post.entities]
        spans = [doc.char_span(start, end, label=entity.label) for start, end, entity in places]
        doc.set_ents([span for span in spans if span is not None], default="outside")
    if post.pictures:
        ours["pictures"] = [str(picture) for picture in post.pictures]
    if post.caption is not None:
        ours["caption"] = post.caption
    doc.user_data[_OURS] = ours
    return doc
