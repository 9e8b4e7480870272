"""How a probability is written, in every format."""

__all__ = ["rounded"]

_DIGITS = 4
"""More would be noise: the results of two machines differ in the sixth."""


def rounded(probability: float) -> float:
    """Return a probability with as many digits as files of posts hold."""
    return round(probability, _DIGITS)
