"""Colours of labels: one fixed colour for a label, the same on every page."""

from zlib import crc32

__all__ = ["PALETTE", "tone_of"]

PALETTE = (
    "#0072b2", "#d55e00", "#00875f", "#b0508a",
    "#d26479", "#b6522d", "#bf7b0f", "#857505", "#6f9c37", "#078a5a",
    "#04a19b", "#0a819d", "#3f90dd", "#6668c4", "#a672cb", "#a84f8e",
)  # fmt: skip
"""The colours, by number. The first four belong to the usual labels.

Each has a contrast of at least 3 to 1 with a light and with a dark page (WCAG AA for graphics).
Text is never in these colours. It stands in the page's ink on a light wash of them.
"""

_USUAL = {
    "per": 0, "person": 0, "loc": 1, "location": 1, "org": 2, "organization": 2,
    "organisation": 2, "misc": 3, "miscellaneous": 3, "other": 3,
}  # fmt: skip
_FIRST_FREE = 4


def tone_of(label: str) -> int:
    """Return the number of the label's colour in `PALETTE`.

    The colour depends on the label alone, and not on the case of its letters. Labels other than
    the usual ones are spread over the remaining colours by their names, so two of them may share a
    colour; the label is always written beside it.
    """
    name = label.casefold()
    if name in _USUAL:
        return _USUAL[name]
    free = len(PALETTE) - _FIRST_FREE
    return _FIRST_FREE + crc32(name.encode("utf-8", "surrogatepass")) % free
