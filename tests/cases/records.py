"""Records, tables, raw tweets, and what label tools write."""

from tests.cases.case import Case

__all__ = ["ROWS"]

ROWS = [
    Case("p_reordered.jsonl", "data check {file}", "{file}: 2 posts"),
]
