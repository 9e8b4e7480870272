"""The stages by name, and what each is given of machines."""

from dataclasses import dataclass
from typing import Protocol

from mner.batch.job import Done, Job, StageName
from mner.batch.looked import EncodingWorker, LetteringWorker
from mner.batch.plan import Part
from mner.batch.work import Worker
from mner.errors import InputError
from mner.tagging.model_folder import Model

__all__ = ["WORKERS", "Needs", "PartWorker", "check_apart"]


class PartWorker(Protocol):
    """Does what a stage does with one part after another."""

    def __call__(self, part: Part) -> Part | Done:
        """Do a part."""

    def close(self) -> None:
        """Close what the worker has opened."""


@dataclass(frozen=True)
class Needs:
    """The workers of a stage."""

    workers: int
    cpus: float = 1
    """Processors of a worker of Ray."""
    gpus: float = 0
    """Its graphics processors."""


class _MakesWorker(Protocol):
    def __call__(self, job: Job) -> PartWorker: ...


WORKERS: dict[StageName, _MakesWorker] = {
    "lettering": LetteringWorker,
    "encoding": EncodingWorker,
    "tagging": Worker,
}
"""What does each stage, in the order in which a part goes through them."""


def check_apart(job: Job, model: Model) -> None:
    """Refuse workers for a stage that has nothing to do.

    Raises:
        InputError: there are such workers.
    """
    if "lettering" in job.apart and not job.reads_words():
        raise InputError("no words in pictures are read, so lettering needs no workers: use --ocr")
    looks_at_pictures = model.recipe.picture.source not in ("none", "captions")
    if "encoding" in job.apart and not looks_at_pictures:
        raise InputError(
            f"{model.folder}: this model does not look at pictures, so encoding needs no workers"
        )
