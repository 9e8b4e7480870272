"""How the output of a vision network is read as regions.

The output is a map of features, tokens of patches, or one vector.
"""

from dataclasses import dataclass
from math import isqrt

from mner.errors import InputError

__all__ = ["RegionLayout", "read_layout"]

_MOST_EXTRA_TOKENS = 8
_MOST_REGIONS = 4096


@dataclass(frozen=True, slots=True)
class RegionLayout:
    """How a tensor becomes regions (B, R, V).

    Its axes are reordered, all but the first and the last are merged into one, and the first
    tokens are dropped.
    """

    axes: tuple[int, ...]
    """The new order of the axes."""
    dropped: int
    """Number of tokens before the patches that are no patches, such as the class token."""
    regions: int
    """R."""
    width: int
    """V."""


def read_layout(shape: tuple[int, ...], *, channels_first: bool = True) -> RegionLayout:
    """Return how the output of a network for one square picture is read.

    Args:
        shape: (1, V, h, h) or (1, h, h, V), a map; (1, N, V), tokens, of which the last that make
            a square are the patches; or (1, V), one region.
        channels_first: which kind of map is meant where the shape fits both.

    Raises:
        InputError: the shape is none of these, there are more than 8 tokens too many for a square,
            or there are more than 4096 regions.
    """
    if not 2 <= len(shape) <= 4 or shape[0] != 1 or 0 in shape:
        raise InputError(
            "expected shape (1, V, h, h), (1, h, h, V), (1, tokens, V) or (1, V) for one picture,"
            f" got {shape}"
        )
    if len(shape) == 2:
        return RegionLayout((0, 1), dropped=0, regions=1, width=shape[1])
    layout = _tokens(shape) if len(shape) == 3 else _map(shape, channels_first=channels_first)
    if layout.regions > _MOST_REGIONS:
        raise InputError(
            f"expected at most {_MOST_REGIONS} regions, got {layout.regions} of shape {shape}:"
            " choose an output before pictures are enlarged"
        )
    return layout


def _tokens(shape: tuple[int, ...]) -> RegionLayout:
    _, tokens, width = shape
    patches = isqrt(tokens) ** 2
    if tokens - patches > _MOST_EXTRA_TOKENS:
        raise InputError(
            f"expected a square number of patches after at most {_MOST_EXTRA_TOKENS} other tokens,"
            f" got {tokens} tokens of shape {shape}"
        )
    return RegionLayout((0, 1, 2), dropped=tokens - patches, regions=patches, width=width)


def _map(shape: tuple[int, ...], *, channels_first: bool) -> RegionLayout:
    may_be_first, may_be_last = shape[2] == shape[3], shape[1] == shape[2]
    if not (may_be_first or may_be_last):
        raise InputError(f"expected a square map (1, V, h, h) or (1, h, h, V), got {shape}")
    if may_be_first and (channels_first or not may_be_last):
        return RegionLayout((0, 2, 3, 1), dropped=0, regions=shape[2] ** 2, width=shape[1])
    return RegionLayout((0, 1, 2, 3), dropped=0, regions=shape[1] ** 2, width=shape[3])
