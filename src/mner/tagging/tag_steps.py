"""What tagging one text and tagging a file have in common, step by step."""

import logging
import warnings
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Protocol

from mner.errors import DataWarning
from mner.pictures.source import PictureSource
from mner.tagging.escalation.step import Escalation
from mner.tagging.given import Given
from mner.tagging.least import LeastProbability
from mner.tagging.output import Output
from mner.tagging.promises_file import least_probability
from mner.tagging.tagger import Tagger
from mner.tagging.unfinished import Unfinished, unfinished_output, whole_output

__all__ = [
    "announce",
    "least_of",
    "previews_of",
    "unfinished_of",
    "warn_if_nothing_to_explain",
    "warn_of_counted",
]

_LOG = logging.getLogger(__name__)


class _Counter(Protocol):
    """Counts something while posts are tagged."""

    def summary(self) -> str:
        """Say what was counted; nothing where it is not worth a warning."""


def announce(escalation: Escalation | None, output: Output, options: dict[str, object]) -> None:
    """Say that posts are sent before they are, and keep where among what decides the results."""
    if escalation is None:
        return
    output.require_escalation()
    escalation.announce()
    options["escalation"] = escalation.description


def least_of(tagger: Tagger, output: Output) -> LeastProbability | None:
    """Return how probable entities have to be by the output's promise; None where it has none."""
    if output.promise is None:
        return None
    assert tagger.loaded is not None
    least = least_probability(tagger.loaded, output.promise)
    _LOG.info("promise %s: entities are kept %s", output.promise, least)
    return least


def unfinished_of(
    output: Output, given: Given, options: Mapping[str, object]
) -> AbstractContextManager[Unfinished | None]:
    """Open the file that is kept when the tagging is interrupted, for outputs that have one."""
    if output.path is None:
        return nullcontext()
    if not output.is_resumable:
        return whole_output(output.path)
    return unfinished_output(
        output.path, made_of=given.made_of(output, options), resume=output.resume
    )


def warn_if_nothing_to_explain(tagger: Tagger, output: Output) -> None:
    """Warn where `--explain` asks what pictures did to a model that looks at none."""
    if output.explain and tagger.looks_at is None:
        warnings.warn(
            "--explain: the model looks at text only, so there is nothing to explain by a picture",
            DataWarning,
            stacklevel=3,
        )


def previews_of(source: PictureSource) -> Callable[[str], bytes | None]:
    """Return a function that gives the JPEG to show for a picture."""
    return partial(source.preview, longest=320, quality=75)


def warn_of_counted(*counters: _Counter | None) -> None:
    """Say what was counted while posts were tagged, where it is worth a warning."""
    for counter in counters:
        if counter is not None and (summary := counter.summary()):
            _LOG.warning(summary)
