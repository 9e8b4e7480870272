"""Which forms there are, and reading a file in one of them."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from mner.errors import InputError, quoted
from mner.posts.exchange.build import post_of_draft
from mner.posts.exchange.doccano import DOCCANO
from mner.posts.exchange.draft import Form
from mner.posts.exchange.gliner import GLINER
from mner.posts.exchange.hugging_face import HUGGING_FACE
from mner.posts.exchange.label_studio import LABEL_STUDIO
from mner.posts.exchange.pipeline import PIPELINE
from mner.posts.exchange.prodigy import PRODIGY
from mner.posts.exchange.tweets import TWEETS
from mner.posts.json_values import json_object
from mner.posts.lines import require_readable
from mner.posts.problems import ProblemLog
from mner.posts.reading import Lines, NumberedPosts, Reading

__all__ = ["FORMS", "may_be_of_a_form", "read_form", "read_objects", "recognised_form"]

_LOG = logging.getLogger(__name__)

_FORMS = (HUGGING_FACE, PIPELINE, GLINER, LABEL_STUDIO, PRODIGY, DOCCANO, TWEETS)
FORMS: Mapping[str, Form] = MappingProxyType({form.name: form for form in _FORMS})
"""In the order in which they are tried."""


def recognised_form(record: Mapping[str, Any]) -> Form | None:
    """Return the form of an object of another program; None for one of `mner`'s own, or unsure."""
    if "entities" in record and isinstance(record.get("tokens"), list):
        return None
    return next((form for form in FORMS.values() if form.fits(record)), None)


def may_be_of_a_form(record: Mapping[str, Any]) -> bool:
    """Return whether objects after this one, of no form, may still show that the file has one.

    An object with entities is `mner`'s own.
    """
    return not record.get("entities")


def read_form(lines: Lines, reading: Reading, *, form: Form, before: int = 0) -> NumberedPosts:
    """Yield the posts of a file in a form, each with the number of its line.

    Args:
        lines: of the file.
        reading: how it is read.
        form: of its objects.
        before: the number of posts before these lines.

    Raises:
        InputError: a line is not UTF-8 or no JSON object, or what it holds does not fit the form,
            and the log refuses it.
    """
    yield from read_objects(_objects(lines, reading.log), reading, form=form, before=before)


def read_objects(
    objects: Iterable[tuple[int, Mapping[str, Any]]],
    reading: Reading,
    *,
    form: Form,
    before: int = 0,
) -> NumberedPosts:
    """Yield the posts of objects, which come with the numbers of their lines; see `read_form`."""
    log = reading.log
    _LOG.info("%s: read as: %s", log.name, form.says)
    drafts_of = form.open(reading)
    count = before
    for number, record in objects:
        built = []
        try:
            for draft in drafts_of(record):
                count += 1
                built.append(post_of_draft(draft, str(count), keep=reading.options.keep))
        except InputError as exc:
            log.refuse(log.located(number, exc))
        for post, problems in built:
            for kind, message in problems:
                log.report(kind, number, f"post {quoted(post.id)}: {message}")
            yield number, post


def _objects(lines: Lines, log: ProblemLog) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in lines:
        if not line.strip():
            continue
        try:
            require_readable(line)
            record, is_mended = json_object(line)
        except InputError as exc:
            log.refuse(log.located(number, exc))
            continue
        if is_mended:
            log.report("lone-surrogate", number, "half of a character: replaced by U+FFFD")
        yield number, record
