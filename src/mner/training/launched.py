"""What a launcher such as Accelerate's or torch's told this process; needs no torch."""

import os
from dataclasses import dataclass

__all__ = ["Launched", "launched"]

_NUMBERS = ("RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "MV2_COMM_WORLD_RANK")
_COUNTS = ("WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE")
"""The variables of launchers, and of implementations of MPI."""


@dataclass(frozen=True)
class Launched:
    """This process among those that a launcher started."""

    number: int
    """Counted from 0, which is the main process."""
    count: int
    """How many they are; 1 if no launcher started this process."""

    @property
    def is_main(self) -> bool:
        """Whether this process is the one that writes and prints."""
        return self.number == 0


def launched() -> Launched:
    """Read from the environment which of how many processes this is."""
    count = _first(_COUNTS, 1)
    return Launched(_first(_NUMBERS, 0), count) if count > 1 else Launched(0, 1)


def _first(names: tuple[str, ...], default: int) -> int:
    """Return the first variable that holds a number."""
    for name in names:
        value = os.environ.get(name, "")
        if value.isdecimal():
            return int(value)
    return default
