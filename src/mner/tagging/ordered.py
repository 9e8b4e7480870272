"""Bringing results that come in any order back into the order of the posts."""

from collections.abc import Iterator
from typing import Generic, TypeVar

__all__ = ["Ordered"]

_Item = TypeVar("_Item")


class Ordered(Generic[_Item]):
    """Items that wait until all items before them are there."""

    def __init__(self) -> None:
        self._waiting: dict[int, _Item] = {}
        self._next = 0

    def put(self, position: int, item: _Item) -> None:
        """Add the item of a position, counted from 0."""
        self._waiting[position] = item

    def ready(self) -> Iterator[_Item]:
        """Yield, and forget, the items whose turn has come."""
        while self._next in self._waiting:
            yield self._waiting.pop(self._next)
            self._next += 1
