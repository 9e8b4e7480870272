"""Promises of a precision, and how they are written."""

import re
from dataclasses import dataclass

from mner.errors import InputError, quoted

__all__ = ["Promise", "parse_promises"]

_WRITTEN = re.compile(r"(?:(?P<label>[^,]+):)?precision=(?P<precision>[0-9.]+)")
_EXPECTED = "expected precision=0.85, or PER:precision=0.9,LOC:precision=0.85 for single types"


@dataclass(frozen=True)
class Promise:
    """A precision that the entities of a model are to have."""

    precision: float
    """Above 0 and below 1."""
    label: str | None = None
    """The type of entities that it is about; None for all of them together."""

    def __str__(self) -> str:
        """Return the promise as it is written, such as `PER:precision=0.9`."""
        about = f"{self.label}:" if self.label is not None else ""
        return f"{about}precision={self.precision:g}"


def parse_promises(text: str) -> tuple[Promise, ...]:
    """Read promises such as `precision=0.85` or `PER:precision=0.9,LOC:precision=0.85`.

    Raises:
        InputError: the text is something else, a precision is not between 0 and 1, a type has two
            promises, or there is a promise for all types beside one for a single type.
    """
    promises: dict[str | None, Promise] = {}
    for part in text.split(","):
        written = _WRITTEN.fullmatch(part.strip())
        if written is None:
            raise InputError(f"promise {quoted(text)}: {_EXPECTED}")
        label = written["label"]
        if label in promises:
            raise InputError(f"promise {quoted(text)}: expected one for each type of entities")
        promises[label] = Promise(_precision(written["precision"], text), label)
    if None in promises and len(promises) > 1:
        raise InputError(
            f"promise {quoted(text)}: a promise for all types together does not go with promises "
            "for single types: give one or the other"
        )
    return tuple(promises.values())


def _precision(number: str, text: str) -> float:
    try:
        precision = float(number)
    except ValueError:
        precision = 0.0
    if not 0 < precision < 1:
        raise InputError(
            f"promise {quoted(text)}: expected a precision between 0 and 1, as in 0.85"
        )
    return precision
