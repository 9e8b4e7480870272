"""The orders in which a page can show posts."""

from typing import Literal, TypeAlias

__all__ = ["Order", "orders"]

Order: TypeAlias = Literal["picture-effect", "entities", "probability", "input"]

_NAMES: dict[Order, str] = {
    "picture-effect": "pictures that mattered first",
    "entities": "posts with entities first",
    "probability": "least probable first",
    "input": "as in the input",
}


def orders(first: Order, *, has_effects: bool) -> list[tuple[str, str]]:
    """Return values and names of the orders that readers of a page can choose from.

    Args:
        first: the order in which the page opens.
        has_effects: whether it is known what the pictures did.
    """
    known = [
        (order, name) for order, name in _NAMES.items() if has_effects or "effect" not in order
    ]
    return sorted(known, key=lambda order: order[0] != first)
