"""The bodies of requests as posts, checked key by key."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

import msgspec

from mner.errors import InputError, clipped, quoted
from mner.posts.agreement import CONTRADICTION, GOING_ON
from mner.posts.record_posts import post_of_record
from mner.serve.forms import FormFile, read_form
from mner.serve.limits import Limits
from mner.serve.pictures import MOST_NAME, PictureBody, checked_name, references_of
from mner.serve.problems import Problem
from mner.types import PictureBytes, Post

__all__ = ["TagRequest", "Wishes", "decoded", "read_batch", "read_one"]

_JSON = "application/json"
_FORM = "multipart/form-data"
_TEXTS = frozenset({"id", "text", "caption", "picture_url", "model"})
_MAY_BE_EMPTY = (_TEXTS - {"text"}) | {
    "tokens",
    "picture",
    "pictures",
    "explain",
    "ocr",
    "min_probability",
}
_INTEGERS = range(-(2**63), 2**63)


_Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a client wants beside the entities of the texts."""

    explain: bool = False
    """What the picture had to do with each entity, and where the model looked."""
    ocr: bool = False
    """The names that are written in the picture."""
    min_probability: float = 0.0
    """Entities that are less probable are left out."""

    @property
    def is_slow(self) -> bool:
        """Whether a post takes as long as many that are only tagged."""
        return self.explain or self.ocr


@dataclass(frozen=True, slots=True)
class TagRequest:
    """What a client asks for."""

    posts: tuple[Post, ...]
    """Their pictures are `PictureBytes`, or URLs that are yet to be fetched."""
    model: str | None
    """The name of the model; None for the first."""
    wishes: Wishes = field(default_factory=Wishes)


class _PostBody(PictureBody, forbid_unknown_fields=True):
    id: str | int | None = None
    text: str | None = None
    tokens: list[str] | None = None
    offsets: list[list[int]] | None = None
    caption: str | None = None
    pictures: list[PictureBody] | None = None


class _OneBody(_PostBody, forbid_unknown_fields=True):
    model: str | None = None
    explain: bool | None = None
    ocr: bool | None = None
    min_probability: _Probability | None = None


class _BatchBody(msgspec.Struct, forbid_unknown_fields=True):
    posts: list[_PostBody]
    model: str | None = None
    explain: bool | None = None
    ocr: bool | None = None
    min_probability: _Probability | None = None


_Body = TypeVar("_Body")
_OF_FORMS: dict[str, Any] = {
    "tokens": list[str],
    "explain": bool,
    "ocr": bool,
    "min_probability": _Probability,
}
"""The fields of a form that are written as JSON."""


def read_one(body: bytes, content_type: str, limits: Limits) -> TagRequest:
    """Return the post of a request, which is JSON or a form.

    Raises:
        Problem: the body is neither, or says what a post cannot have.
    """
    kind = _kind(content_type)
    if kind == _FORM:
        given, files = _from_form(read_form(body, content_type, several={"pictures"}))
    elif kind == _JSON:
        given = decoded(body, _OneBody)
        files = []
    else:
        raise Problem(415, f"expected {_JSON} or {_FORM}, got {quoted(kind)}")
    try:
        post = _post(given, 1, limits, files)
    except InputError as exc:
        raise Problem(422, str(exc)) from exc
    wishes = _wishes(given)
    _require_few_to_read((post,), wishes, limits)
    return TagRequest((post,), given.model, wishes)


def read_batch(body: bytes, content_type: str, limits: Limits) -> TagRequest:
    """Return the posts of a request, which is JSON.

    Raises:
        Problem: the body is something else, has too many posts, or one of them is wrong.
    """
    kind = _kind(content_type)
    if kind != _JSON:
        raise Problem(415, f"expected {_JSON}, got {quoted(kind)}")
    batch = decoded(body, _BatchBody)
    wishes = _wishes(batch)
    most = limits.slow.posts if wishes.is_slow else limits.posts
    if len(batch.posts) > most:
        reason = " where `explain` or `ocr` is wanted" if most < limits.posts else ""
        raise Problem(413, f"{len(batch.posts)} posts: expected at most {most}{reason}")
    posts: list[Post] = []
    for position, given in enumerate(batch.posts):
        try:
            posts.append(_post(given, position + 1, limits, ()))
        except InputError as exc:
            raise Problem(422, f"post {position}: {exc}", post=position) from exc
    _require_few_to_read(posts, wishes, limits)
    return TagRequest(tuple(posts), batch.model, wishes)


def decoded(body: bytes, kind: type[_Body]) -> _Body:
    """Return the JSON of a body.

    Raises:
        Problem: it is no JSON, or of another form.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as exc:
        raise Problem(422, clipped(exc)) from exc
    # UnicodeDecodeError and numbers of too many digits are errors of values.
    except (msgspec.DecodeError, ValueError, RecursionError) as exc:
        raise Problem(400, f"the body is not JSON that can be read: {clipped(exc)}") from exc


def _wishes(given: _OneBody | _BatchBody) -> Wishes:
    return Wishes(bool(given.explain), bool(given.ocr), given.min_probability or 0.0)


def _require_few_to_read(posts: Sequence[Post], wishes: Wishes, limits: Limits) -> None:
    """Refuse more pictures with words to read than posts that may have one each."""
    count = sum(len(post.pictures) for post in posts)
    most = limits.slow.posts
    if wishes.ocr and count > most:
        raise Problem(413, f"{count} pictures: expected at most {most} where `ocr` is wanted")


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _from_form(parts: Sequence[FormFile]) -> tuple[_OneBody, list[PictureBytes]]:
    """Return what the fields of a form say, and its pictures.

    Browsers send a field that was left empty, and a file that was not chosen, without content.
    """
    given: dict[str, Any] = {}
    pictures: list[PictureBytes] = []
    for part in parts:
        name = part.name
        is_empty = not part.content and not part.filename
        if is_empty and name in _MAY_BE_EMPTY:
            continue
        if name in {"picture", "pictures"}:
            pictures.append(PictureBytes(checked_name(part.filename or ""), part.content))
        elif name in _TEXTS:
            given[name] = _text_of(part)
        elif name in _OF_FORMS:
            given[name] = decoded(part.content, _OF_FORMS[name])
        else:
            raise Problem(422, f"the form has the field {quoted(name)}, which is not known")
    return _OneBody(**given), pictures


def _text_of(part: FormFile) -> str:
    try:
        return part.content.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise Problem(422, f"the field `{part.name}` is not UTF-8") from exc


def _post(given: _PostBody, number: int, limits: Limits, files: Sequence[PictureBytes]) -> Post:
    """Return a post, whose id is its number where it has none.

    Args:
        given: what the body says of it.
        number: of the post.
        limits: the lengths of its parts.
        files: the pictures that came as files of a form.

    Raises:
        InputError: it says what a post cannot have.
    """
    _check_lengths(given, limits)
    if given.offsets is not None and given.tokens is None:
        raise InputError("`offsets` without the `tokens` whose places they are")
    record: dict[str, Any] = {
        name: value
        for name in ("id", "text", "tokens", "offsets", "caption")
        if (value := getattr(given, name)) is not None
    }
    post = post_of_record(record, str(number), _refuse_contradiction)
    references = references_of(given, given.pictures, files)
    return post.with_pictures(references) if references else post


def _refuse_contradiction(kind: str, message: str) -> None:
    """Refuse a post whose fields do not agree; what can be mended without loss is mended."""
    if kind == CONTRADICTION:
        raise InputError(f"the fields of the post contradict: {message.removesuffix(GOING_ON)}")


def _check_lengths(given: _PostBody, limits: Limits) -> None:
    lengths = {
        "text": len(given.text or ""),
        "caption": len(given.caption or ""),
        "tokens": sum(map(len, given.tokens or ())),
    }
    for name, length in lengths.items():
        if length > limits.text:
            raise InputError(f"`{name}` has {length} characters: expected at most {limits.text}")
    if given.id == "":
        raise InputError("`id` is empty: expected at least one character, or no `id`")
    if isinstance(given.id, int) and given.id not in _INTEGERS:
        raise InputError("`id` is too large a number: write it as a string")
    if isinstance(given.id, str) and len(given.id) > MOST_NAME:
        raise InputError(f"`id` has {len(given.id)} characters: expected at most {MOST_NAME}")
