"""How files of predictions are read beside their gold."""

import warnings
from dataclasses import replace
from pathlib import Path

from mner.errors import DataWarning
from mner.posts.read import recognised_scheme
from mner.posts.reading import ReadingOptions

__all__ = ["reading_of_predictions"]


def reading_of_predictions(
    predicted: Path, reading: ReadingOptions, *, gold: Path, gold_reading: ReadingOptions
) -> ReadingOptions:
    """Return how a file of predictions is read.

    A system that forgets to begin its entities writes what looks like IOB1, in which no entity is
    ill-formed. Strict scoring would then let pass what it is there to refuse. Therefore such a file
    is read as IOB1 only if its gold is IOB1, else as IOB2, with a warning. In lenient scoring the
    two are the same.

    Args:
        predicted: the file of predictions.
        reading: what the user said about it, and what orphan tags mean.
        gold: the file of its gold posts.
        gold_reading: how that is read.

    Raises:
        InputError: a file cannot be read.
    """
    if reading.orphans == "begin" or reading.scheme != "auto":
        return reading
    if recognised_scheme(predicted, reading) != "iob1":
        return reading
    if recognised_scheme(gold, gold_reading) == "iob1":
        return replace(reading, scheme="iob1")
    warnings.warn(
        f"{predicted}: looks like IOB1, but {gold} is not: read as IOB2, so that strict scoring "
        "leaves out its entities that begin with I-; if the file is IOB1, convert it to the scheme "
        "of the gold posts",
        DataWarning,
        stacklevel=3,
    )
    return replace(reading, scheme="iob2")
