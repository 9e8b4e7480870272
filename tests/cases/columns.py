"""Column files: of any layout and scheme, annotated or not."""

from tests.cases.case import Case

__all__ = ["ROWS"]

ROWS = [
    Case("iob2.conll", "data check {file}", "nothing wrong"),
]
