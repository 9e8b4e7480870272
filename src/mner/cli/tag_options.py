"""The options of `mner tag`: which go together, and what is made of them."""

import os
from collections.abc import Callable, Mapping
from math import isnan, nan
from typing import TYPE_CHECKING, Any

import click

from mner.errors import InputError, quoted

if TYPE_CHECKING:
    from mner.tagging.escalation.step import Escalation
    from mner.tagging.lettering.step import WordsInPictures
    from mner.tagging.output import Output

__all__ = [
    "OF_TEXT",
    "Probability",
    "check_options",
    "escalation_of",
    "fetcher",
    "output_of",
    "words_of",
]

OF_TEXT = frozenset({"picture", "caption"})
_OF_WORDS = {"wanted": "--ocr", "lettering": "--lettering", "engine": "--ocr-engine"}
_OF_FILE = frozenset(
    {"captions", "pictures", "features", "trust_paths", "on_error", "max_wait", *_OF_WORDS}
)
_OF_OUTPUT = (
    "path",
    "style",
    "min_probability",
    "promise",
    "explain",
    "resume",
    "rows",
    "with_model",
    "sort",
)


class Probability(click.FloatRange):
    """A number from 0 to 1; click's own range accepts NaN."""

    def __init__(self) -> None:
        super().__init__(0, 1)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number; see `click.ParamType.convert`."""
        try:
            number: float = super().convert(value, param, ctx)
        except click.BadParameter:
            number = nan
        if isnan(number):
            expected = "expected a number from 0 to 1 with a decimal point, as in 0.5"
            self.fail(f"{quoted(value)}: {expected}.", param, ctx)
        return number


def check_options(given: Mapping[str, Any], *, is_text: bool) -> None:
    """Refuse options that do not go with TEXT, with --input, or with one another."""
    wrong = sorted(given.keys() & (_OF_FILE if is_text else OF_TEXT))
    if wrong:
        name = _OF_WORDS.get(wrong[0], f"--{wrong[0].replace('_', '-')}")
        raise click.UsageError(f"{name} does not go with {'TEXT' if is_text else '--input'}")
    if given["resume"] and is_text:
        raise click.UsageError("--resume goes with --input, not with TEXT")


def output_of(given: dict[str, Any]) -> "Output":
    """Take the options of the output out of those given."""
    from mner.tagging.output import Output

    try:
        output = Output(**{name: given.pop(name) for name in _OF_OUTPUT if name in given})
        if given["escalation"] is not None:
            output.require_escalation()
    except InputError as exc:
        raise click.UsageError(str(exc)) from exc
    return output


def escalation_of(given: dict[str, Any]) -> "Escalation | None":
    """Take the options of asking an endpoint out of those given."""
    below, url = given.pop("below", None), given.pop("endpoint", None)
    model = given.pop("endpoint_model", None)
    if below is None and url is None and model is None:
        return None
    if below is None or url is None:
        raise click.UsageError("--escalate-below P and --endpoint URL go together")
    from mner.tagging.escalation.endpoint import open_endpoint
    from mner.tagging.escalation.step import Escalation

    try:
        return Escalation(below, open_endpoint(url, model=model, environment=os.environ))
    except InputError as exc:
        raise click.UsageError(str(exc)) from exc


def words_of(given: dict[str, Any], *, promise: str | None) -> "WordsInPictures":
    """Take the options of reading words out of those given."""
    from mner.tagging.lettering.step import WordsInPictures

    options = {"wanted": given.pop("wanted", None), "store": given.pop("lettering", None)}
    if promise is not None:
        if options["wanted"] or options["store"] is not None:
            raise click.UsageError(
                "--promise does not go with words in pictures, for which nothing was promised: "
                "leave --ocr and --lettering out"
            )
        options["wanted"] = False
    if options["wanted"] is False and options["store"] is not None:
        raise click.UsageError("--no-ocr does not go with --lettering")
    return WordsInPictures(engine=given.pop("engine", "rapidocr"), **options)


def fetcher() -> Callable[[str], bytes]:
    """Return what follows the URLs of pictures."""
    from mner.pictures.remote import Fetcher

    return Fetcher()
