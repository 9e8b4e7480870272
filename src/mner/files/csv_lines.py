"""Rows of CSV and TSV that end in a line feed, whatever their cells hold."""

import io

__all__ = ["CELLS_END", "CsvLines"]

CELLS_END = "\r\n"
"""What the writer of the standard library is told that rows end in, so that it quotes cells with a
carriage return, which readers take for the end of a row."""


class CsvLines(io.StringIO):
    """Holds the rows that `csv.writer` writes with `CELLS_END`; they end in a line feed alone."""

    def __init__(self) -> None:
        super().__init__(newline="")

    def write(self, row: str, /) -> int:
        """Add a row; the writer gives each at once."""
        return super().write(row.removesuffix(CELLS_END) + "\n")
