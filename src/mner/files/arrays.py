"""Arrays in files of numpy, mapped from the disk."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mner.errors import clipped
from mner.files.regular import require_regular

__all__ = ["map_array"]


def map_array(path: Path) -> NDArray[Any]:
    """Map the array of a `.npy` file; only its head is read.

    Raises:
        OSError: the file cannot be read.
        ValueError: it does not hold an array of numbers, or fewer than its head says.
    """
    try:
        array = np.load(require_regular(path), mmap_mode="r", allow_pickle=False)
    except (EOFError, OverflowError, TypeError, MemoryError, RecursionError, SyntaxError) as exc:
        raise ValueError(f"{path.name}: not an array of numpy ({clipped(exc)})") from exc
    if not isinstance(array, np.ndarray):  # numpy opens archives of arrays too
        raise ValueError(  # noqa: TRY004
            f"{path.name}: not an array of numpy"
        )
    return array
