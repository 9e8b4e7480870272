"""The cases that no table has yet; the list must become empty."""

__all__ = ["STILL_OPEN"]

STILL_OPEN: list[str] = []
