"""A feature file as the public Keras code writes it."""

from collections.abc import Iterable
from pathlib import Path

import h5py
import numpy as np

from mner.types import Floats

__all__ = ["seed_map", "write_seed_file"]


def seed_map(name: str) -> Floats:
    """Return the last feature map of a picture, (1, 512, 7, 7), channels first.

    No two numbers of it are equal, and no two pictures.
    """
    numbers = np.arange(512 * 49, dtype=np.float32).reshape(1, 512, 7, 7)
    return numbers / np.float32(512) + np.float32(sum(name.encode()))


def write_seed_file(path: Path, names: Iterable[str]) -> Path:
    with h5py.File(path, "w") as file:
        for name in names:
            file.create_dataset(name, data=seed_map(name.removesuffix(".jpg")))
    return path
