"""The bodies of requests as posts, checked key by key."""

import base64
import binascii
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, TypeVar

import msgspec

from mner.errors import InputError, clipped, quoted
from mner.posts.agreement import CONTRADICTION, GOING_ON
from mner.posts.record_posts import post_of_record
from mner.serve.forms import FormFile, read_form
from mner.serve.limits import Limits
from mner.serve.problems import Problem
from mner.types import PictureBytes, Post, UntrustedReference

__all__ = [
    "TagRequest",
    "Wishes",
    "decoded",
    "picture_bytes",
    "picture_url",
    "read_batch",
    "read_one",
]

_JSON = "application/json"
_FORM = "multipart/form-data"
_TEXTS = frozenset({"id", "text", "caption", "picture_url", "model"})
_MAY_BE_EMPTY = (_TEXTS - {"text"}) | {"tokens", "picture", "explain", "ocr", "min_probability"}
_MOST_NAME = 255
_MOST_URL = 4_000
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


class _PostBody(msgspec.Struct, forbid_unknown_fields=True):
    id: str | int | None = None
    text: str | None = None
    tokens: list[str] | None = None
    offsets: list[list[int]] | None = None
    caption: str | None = None
    picture: str | None = None
    picture_name: str | None = None
    picture_url: str | None = None


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
        given, content = _from_form(read_form(body, content_type))
    elif kind == _JSON:
        given = decoded(body, _OneBody)
        content = None
    else:
        raise Problem(415, f"expected {_JSON} or {_FORM}, got {quoted(kind)}")
    try:
        post = _post(given, 1, limits, picture=content)
    except InputError as exc:
        raise Problem(422, str(exc)) from exc
    return TagRequest((post,), given.model, _wishes(given))


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
            posts.append(_post(given, position + 1, limits))
        except InputError as exc:
            raise Problem(422, f"post {position}: {exc}", post=position) from exc
    return TagRequest(tuple(posts), batch.model, wishes)


def _wishes(given: _OneBody | _BatchBody) -> Wishes:
    return Wishes(bool(given.explain), bool(given.ocr), given.min_probability or 0.0)


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


def picture_bytes(text: str) -> bytes:
    """Return the bytes of base64, or of a `data:` URL of it.

    Raises:
        InputError: the text is neither.
    """
    if text.startswith("data:"):
        kind, separator, text = text.partition(",")
        if not separator or not kind.endswith(";base64"):
            raise InputError("`picture` is a data: URL that is not base64")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise InputError(f"`picture` is not base64: {clipped(exc)}") from exc


def picture_url(url: str) -> UntrustedReference:
    """Return a URL at which a picture may be fetched.

    Raises:
        InputError: it is none of http or https, or too long.
    """
    if len(url) > _MOST_URL or not url.lower().startswith(("http://", "https://")):
        raise InputError(f"`picture_url` must be an http or https URL, got {quoted(url)}")
    return UntrustedReference(url)


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _from_form(form: dict[str, FormFile]) -> tuple[_OneBody, PictureBytes | None]:
    """Return what the fields of a form say, and its picture.

    Browsers send a field that was left empty, and a file that was not chosen, without content.
    """
    given: dict[str, Any] = {}
    picture = None
    for name, part in form.items():
        is_empty = not part.content and not part.filename
        if is_empty and name in _MAY_BE_EMPTY:
            continue
        if name == "picture":
            picture = PictureBytes(_checked_name(part.filename or ""), part.content)
        elif name in _TEXTS:
            given[name] = _text_of(part)
        elif name in _OF_FORMS:
            given[name] = decoded(part.content, _OF_FORMS[name])
        else:
            raise Problem(422, f"the form has the field {quoted(name)}, which is not known")
    return _OneBody(**given), picture


def _text_of(part: FormFile) -> str:
    try:
        return part.content.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise Problem(422, f"the field `{part.name}` is not UTF-8") from exc


def _post(
    given: _PostBody, number: int, limits: Limits, *, picture: PictureBytes | None = None
) -> Post:
    """Return a post, whose id is its number where it has none.

    Raises:
        InputError: it says what a post cannot have.
    """
    _check_lengths(given, limits)
    if given.picture is not None:
        picture = PictureBytes(
            _checked_name(given.picture_name or ""), picture_bytes(given.picture)
        )
    elif given.picture_name is not None:
        raise InputError("`picture_name` without the `picture` that it names")
    if given.offsets is not None and given.tokens is None:
        raise InputError("`offsets` without the `tokens` whose places they are")
    record: dict[str, Any] = {
        name: value
        for name in ("id", "text", "tokens", "offsets", "caption")
        if (value := getattr(given, name)) is not None
    }
    post = post_of_record(record, str(number), _refuse_contradiction)
    if given.picture_url is not None and picture is not None:
        raise InputError("a post has one picture: give the picture itself or `picture_url`")
    reference = picture if given.picture_url is None else picture_url(given.picture_url)
    return post if reference is None else _with_picture(post, reference)


def _refuse_contradiction(kind: str, message: str) -> None:
    """Refuse a post whose fields do not agree; what can be mended without loss is mended."""
    if kind == CONTRADICTION:
        raise InputError(f"the fields of the post contradict: {message.removesuffix(GOING_ON)}")


def _with_picture(post: Post, picture: str) -> Post:
    return replace(post, picture=picture)


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
    if isinstance(given.id, str) and len(given.id) > _MOST_NAME:
        raise InputError(f"`id` has {len(given.id)} characters: expected at most {_MOST_NAME}")


def _checked_name(name: str) -> str:
    if len(name) > _MOST_NAME:
        raise Problem(422, f"the name of the picture has more than {_MOST_NAME} characters")
    return name
