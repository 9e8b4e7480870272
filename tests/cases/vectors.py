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


_FEW = "only 0.0% of the words of the training posts are in {file}: expected most of them"

ROWS = [
    _read("v3.txt", "18.2% and 0.0% of their words have a pretrained vector"),
    _read("vec_840b_dots.txt", _FEW),
    _read("vec_bom.txt"),
    _read("vec_bom_header.vec"),
    _refused("vec_comma_decimal.txt", "{file}:1: the numbers have decimal commas"),
    _read("vec_crlf.txt"),
    _read("vec_double_space.txt"),
    _read("vec_dup_diff.txt", "{file}:3: the word stands at line 1 already; the first vector"),
    _read("vec_dup_same.txt", "{file}:2: the word stands at line 1 already", "1 of 3 are left out"),
    _read("vec_exp.txt"),
    _read("vec_fasttext.vec"),
    _refused("vec_latin1.txt", "{file}:2: the word is missing or not in UTF-8", "save the file"),
    _refused("vec_missing_word.txt", "{file}:2: the word is missing"),
    _refused("vec_nan.txt", "{file}:2: the vector of 'cat' has numbers that are not finite"),
    _read("vec_nbsp.txt"),
    _refused("vec_numberword.txt", "{file}:2: expected a word and 3 numbers, got 4 numbers"),
    _refused("vec_ragged.txt", "{file}:2: expected a word and 3 numbers, got 2 numbers"),
    _read("vec_tab_realistic.txt", "of their words have a pretrained vector"),
    _read("vec_tabs.txt"),
    _read("vec_trailing_space.txt"),
    _read("vec_unk.txt"),
    _refused("vec_wrong_count.vec", "{file}:1: announces 5 vectors, but 2 follow"),
]
