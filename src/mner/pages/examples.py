"""One HTML file that shows what taggers do with posts.

Scores stand side by side, entities are coloured, and a heat map shows where each word looked.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mner.pages.example import Example, ExampleView, example_view
from mner.pages.orders import Order, orders
from mner.pages.page import write_page
from mner.pages.table import ALL, SEEN, UNSEEN, Kind, table_rows
from mner.pages.thumbnails import Thumbnails
from mner.spans.estimates import Interval
from mner.spans.scores import Counts, Scores

__all__ = ["ExamplesPage", "System", "write_examples"]

_FIRST_PAGE = 20


@dataclass(frozen=True, slots=True)
class System:
    """A tagger and its scores: a column of the table."""

    name: str
    looks_at: str
    """What it sees, in words, such as `text only`."""
    scores: Scores
    seeds: tuple[int, ...] = ()
    pictures: Mapping[str, int] = field(default_factory=dict)
    """Number of posts by the state of their picture; empty for a tagger of text only."""
    interval: Interval | None = None
    """Bootstrap interval of F1 over the posts; None if there is none."""


@dataclass(frozen=True, slots=True)
class ExamplesPage:
    """Everything on the page."""

    title: str
    systems: tuple[System, ...]
    examples: Iterable[Example]
    """Read once, while the page is written."""
    about: str = ""
    """A sentence or two below the title."""
    has_gold: bool = True
    """Whether there are posts with gold entities to agree with."""
    order: Order | None = None
    """The order in which posts stand first, on a page with search, filters and further pages; None
    for a page that shows all examples in the given order."""


def write_examples(path: Path, page: ExamplesPage) -> None:
    """Write the page as one HTML file that needs no other file and no network.

    Posts are written as they come, so memory does not depend on their number. The page replaces an
    older file once it is complete.

    Raises:
        InputError: the file cannot be written, a picture is not a JPEG, entities overlap or reach
            beyond their post, or the attention does not fit the words or the regions.
    """
    thumbnails = Thumbnails()
    view = _View(
        page=page,
        rows=_score_rows(page.systems),
        examples=(example_view(example, thumbnails) for example in page.examples),
        orders=orders(page.order, has_effects=True) if page.order else [],
        first_page=_FIRST_PAGE,
        about_pictures=thumbnails.summary,
    )
    write_page(path, "examples.html.j2", vars(view))


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the table of scores: one kind of entity, with a cell for each system."""

    name: str
    is_label: bool
    cells: tuple[Counts | None, ...]

    @property
    def best(self) -> float:
        """The highest F1 of the row."""
        return max((cell.f1 for cell in self.cells if cell), default=0.0)


@dataclass(frozen=True)
class _View:
    """The values that the template shows."""

    page: ExamplesPage
    rows: list[_Row]
    examples: Iterable[ExampleView]
    orders: list[tuple[str, str]]
    """Values and names of the orders to choose from, the first one first."""
    first_page: int
    """How many posts are elements from the beginning; where there are orders, further posts are
    data until they are shown."""
    about_pictures: Callable[[], str]
    """Called after the last example."""


def _score_rows(systems: Sequence[System]) -> list[_Row]:
    columns = []
    for system in systems:
        scores = system.scores
        column = {ALL: scores.overall}
        for label, counts in scores.per_type.items():
            column[Kind(label, is_label=True)] = counts
        if scores.seen and scores.unseen:
            column |= {SEEN: scores.seen, UNSEEN: scores.unseen}
        columns.append(column)
    return [_Row(*kind, cells) for kind, cells in table_rows(columns) if any(cells)]
