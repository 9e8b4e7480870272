"""The starter model, and lettering that needs no engine."""

import pytest

from mner.pictures.lettering.lines import Box, Lettering, LetteringState, Line
from mner.tagging.load import load
from mner.tagging.tagger import Tagger


@pytest.fixture(scope="session")
def tagger() -> Tagger:
    return load()


def lettering(*texts: str) -> Lettering:
    """Lines below one another, which are one group."""
    lines = tuple(
        Line(text, 0.99, Box(0.1, 0.1 + 0.12 * number, 0.9, 0.2 + 0.12 * number))
        for number, text in enumerate(texts)
    )
    return Lettering(LetteringState.READ, lines)
