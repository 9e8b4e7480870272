"""What decoding needs beside emissions: tags, the scores between them, and the temperature."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mner.bio import allowed_transitions
from mner.errors import ModelError
from mner.files.load import read_json
from mner.spans.crf import CrfParameters
from mner.tagging.about import DAMAGED

if TYPE_CHECKING:
    from mner.model.network import Network

__all__ = ["crf_parameters", "read_decoder", "save_decoder"]


@dataclass(frozen=True)
class _File:
    """The keys of the file. Numbers of single precision survive JSON exactly."""

    tags: tuple[str, ...]
    temperature: float
    start: list[float]
    transitions: list[list[float]]
    end: list[float]


def read_decoder(path: Path, tags: Sequence[str]) -> tuple[CrfParameters, float]:
    """Read the scores between tags, and the temperature.

    Args:
        path: the file.
        tags: the tags of the model's vocabulary, which the file must have.

    Raises:
        ModelError: the file is missing or damaged, or belongs to another vocabulary.
    """
    file = read_json(path, _File, advice=DAMAGED, error=ModelError)
    if file.tags != tuple(tags):
        raise ModelError(
            f"{path}: tags: expected those of the vocabulary, {list(tags)}, got {list(file.tags)}: "
            f"{DAMAGED}"
        )
    if not (isfinite(file.temperature) and file.temperature > 0):
        raise ModelError(
            f"{path}: temperature: expected a number above 0, got {file.temperature}: {DAMAGED}"
        )
    lengths = [len(file.start), len(file.end), len(file.transitions), *map(len, file.transitions)]
    if set(lengths) != {len(tags)}:
        raise ModelError(f"{path}: expected scores between {len(tags)} tags: {DAMAGED}")
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused
        start, transitions, end = (
            np.array(scores, dtype=np.float32)
            for scores in (file.start, file.transitions, file.end)
        )
    if not all(np.isfinite(scores).all() for scores in (start, transitions, end)):
        raise ModelError(f"{path}: expected scores that single precision can hold: {DAMAGED}")
    crf = CrfParameters(
        start=start, transitions=transitions, end=end, allowed=allowed_transitions(tags)
    )
    return crf, file.temperature


def save_decoder(
    path: Path, tags: Sequence[str], *, crf: CrfParameters, temperature: float
) -> None:
    """Write what `read_decoder` reads."""
    file = _File(
        tuple(tags),
        temperature,
        start=crf.start.tolist(),
        transitions=crf.transitions.tolist(),
        end=crf.end.tolist(),
    )
    path.write_text(json.dumps(asdict(file), indent=1) + "\n", encoding="utf-8")


def crf_parameters(network: "Network", tags: Sequence[str]) -> CrfParameters:
    """Return a network's scores between tags, with what the tagging scheme allows."""
    start, transitions, end = (
        scores.detach().float().cpu().numpy() for scores in network.transition_scores()
    )
    allowed = allowed_transitions(tags)
    return CrfParameters(start=start, transitions=transitions, end=end, allowed=allowed)
