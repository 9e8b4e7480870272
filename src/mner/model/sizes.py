"""The sizes of a network that the data decides, not the recipe; needs no torch."""

from dataclasses import dataclass

__all__ = ["Sizes"]


@dataclass(frozen=True)
class Sizes:
    """How large the tables and the inputs of a network are."""

    words: int
    """Rows of the word table."""
    characters: int
    """Rows of the table of characters."""
    shapes: int
    """Rows of the table of word shapes."""
    vector: int
    """K, the width of a word vector."""
    region: int
    """V, the width of a region; 0 for a text-only model."""
