"""Pictures in many formats and states, and the names by which posts find them."""

from tests.cases.case import Case

__all__ = ["ROWS"]

ROWS = [
    Case(
        "pics.imgid",
        "data check {file} --pictures {cases}/pictures",
        ("{file}: 11 posts", "absent-picture"),
    ),
]
