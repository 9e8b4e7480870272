"""How a message says that a value of a recipe can be changed."""

__all__ = ["by_change"]


def by_change(change: str) -> str:
    """Return how to change a value of a recipe, on the command line and from Python.

    Args:
        change: as in `training.epochs=3`.
    """
    return f'--set {change} (from Python, changes=["{change}"])'
