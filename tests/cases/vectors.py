"""Files of word vectors, each used in a small training."""

from tests.cases.case import Case

__all__ = ["ROWS"]

_TRAIN = (
    "train text-only --out {out}/run"
    " --set data.train={cases}/tiny_train.conll --set data.dev={cases}/tiny_dev.conll"
    " --set text.hidden=4 --set text.shapes=0 --set characters.filters=0"
    " --set training.epochs=1 --set training.warmup_steps=1 --set text.vectors={file}"
)


def _read(file: str, *says: str) -> Case:
    return Case(file, _TRAIN, ("dev F1", *says))


def _refused(file: str, *says: str) -> Case:
    return Case(file, _TRAIN, says, exit_code=1)


ROWS = [
    _read("v3.txt"),
]
