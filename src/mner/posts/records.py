"""Posts as JSON objects, read and written: one per line, with the names of `Post` and `Entity`."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from functools import partial
from itertools import chain
from typing import Any

from mner.errors import InputError, clipped, quoted
from mner.posts.exchange.forms import may_be_of_a_form, read_form, recognised_form
from mner.posts.json_values import json_object
from mner.posts.lines import require_readable
from mner.posts.probabilities import rounded
from mner.posts.problems import ProblemLog
from mner.posts.reading import Lines, NumberedPosts, Reading
from mner.posts.record_names import KeyNames
from mner.posts.record_posts import post_of_record
from mner.types import Entity, PictureEntity, Post

__all__ = ["read_records", "record_of", "with_other_keys"]

_FIELDS = tuple(field.name for field in fields(Post))
_POST_KEYS = tuple(name for name in _FIELDS if name not in {"extra", "more_pictures"})
_ENTITY_KEYS = tuple(field.name for field in fields(Entity))
_KNOWN_KEYS = (*_POST_KEYS, "pictures")
_WRITTEN_KEYS = frozenset({*_KNOWN_KEYS, "explanation", "model"})
"""All that `mner` writes itself; `mner tag --explain` adds an `explanation` to a post, and
`--with-model` the model's fingerprint."""
_LOOKED_AT = 100
"""Objects of a file that may show that another program wrote it."""
_ENCODE = json.JSONEncoder(ensure_ascii=False, default=str).encode


def read_records(lines: Lines, reading: Reading) -> NumberedPosts:
    """Yield each post with the number of its line.

    A post has `tokens`, or `text` that is tokenised here, or both; all else is optional. A post
    without `id` gets its number among the posts. The usual other names of keys are known, such as
    `full_text` and `image`. Unknown keys are reported and left out. Objects of other programs are
    recognised, unless the user said that the file is JSONL.

    Raises:
        InputError: a line is not UTF-8 or no JSON object, or a value has the wrong type or does
            not fit the post, and the log refuses it.
    """
    log = reading.log
    count = reading.before
    looks_on = reading.options.format != "jsonl"
    with_our_names = KeyNames(reading.options.fields, log.name)
    for number, line in lines:
        if not line.strip():
            continue
        count += 1
        problems: list[tuple[str, str]] = []
        try:
            require_readable(line)
            record, is_mended = json_object(line)
            form = recognised_form(record) if looks_on else None
            if form is None:
                record = with_our_names(record)
                post = post_of_record(record, str(count), partial(_note, problems))
        except InputError as exc:
            log.refuse(log.located(number, exc))
            continue
        if form is not None:
            rest = chain([(number, line)], lines)
            yield from read_form(rest, reading, form=form, before=count - 1)
            return
        looks_on = looks_on and count - reading.before < _LOOKED_AT and may_be_of_a_form(record)
        for kind, message in problems:
            log.report(kind, number, f"post {quoted(post.id)}: {message}")
        if is_mended:
            message = f"post {quoted(post.id)} holds half of a character: replaced by U+FFFD"
            log.report("lone-surrogate", number, message)
        if reading.options.keep:
            post = with_other_keys(post, record)
        _report_unknown_keys(record, post, number=number, log=log)
        yield number, post


def record_of(
    post: Post, *, explanation: Mapping[str, object] | None = None, model: str | None = None
) -> str:
    """Return the line of a post, with its newline; what is None is left out.

    Args:
        post: the post. Probabilities are written with four digits.
        explanation: an object that the line has beside what a post always has.
        model: the fingerprint of the model that has tagged the post.
    """
    record: dict[str, object] = {}
    for key in _POST_KEYS:
        value = getattr(post, key)
        if key == "picture" and post.more_pictures:
            record["pictures"] = post.pictures
        elif value is not None:
            record[key] = value
    if post.entities is not None:
        record["entities"] = list(map(_entity_record, post.entities))
    if post.picture_entities is not None:
        record["picture_entities"] = list(map(_picture_record, post.picture_entities))
    if explanation is not None:
        record["explanation"] = explanation
    if model is not None:
        record["model"] = model
    for key, value in (post.extra or {}).items():
        while key in record:
            key += "_kept"  # noqa: PLW2901
        record[key] = value
    return _ENCODE(record) + "\n"


def with_other_keys(post: Post, record: Mapping[str, Any]) -> Post:
    """Return a post with those keys of its object in `extra` that `mner` does not write itself."""
    others = {key: value for key, value in record.items() if key not in _WRITTEN_KEYS}
    return replace(post, extra=others) if others else post


def _report_unknown_keys(
    record: Mapping[str, Any], post: Post, *, number: int, log: ProblemLog
) -> None:
    unknown = [key for key in record if key not in _WRITTEN_KEYS]
    if unknown and post.extra is None:
        advice = f"left out (known are {_listed(_KNOWN_KEYS)})"
        log.report(
            "unknown-key", number, f"post {quoted(post.id)} has {_listed(unknown)}: {advice}"
        )
    entity_keys: set[str] = set()
    for entity in record.get("entities") or ():
        entity_keys.update(entity)
    if unknown := sorted(entity_keys.difference(_ENTITY_KEYS)):
        advice = f"left out (known are {_listed(_ENTITY_KEYS)})"
        message = f"entities of post {quoted(post.id)} have {_listed(unknown)}: {advice}"
        log.report("unknown-key", number, message)


def _listed(keys: Iterable[str]) -> str:
    return clipped(", ".join(f"`{key}`" for key in keys))


def _entity_record(entity: Entity) -> dict[str, object]:
    record: dict[str, object] = {}
    for key in _ENTITY_KEYS:
        value = getattr(entity, key)
        if value is not None:
            record[key] = value
    if entity.probability is not None:
        record["probability"] = rounded(entity.probability)
    return record


def _picture_record(entity: PictureEntity) -> dict[str, object]:
    record = asdict(entity) | {"probability": rounded(entity.probability)}
    if entity.picture is None:
        del record["picture"]
    return record


def _note(problems: list[tuple[str, str]], kind: str, message: str) -> None:
    problems.append((kind, message))
