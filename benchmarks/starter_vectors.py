"""Word vectors of the starter: GloVe joined with what a transformer says of each word alone.

usage: python -m benchmarks.starter_vectors FOLDER [--words 120000] [--components 40]

$MNER_VECTORS is a GloVe text file, most frequent words first, $MNER_TRANSFORMER a folder with
MPNet (see `benchmarks.pretrained`). The transformer's vector of a word is the mean of its last
layer over the word's pieces; the principal components of these vectors, each divided by the root of
its deviation, stand after the numbers of GloVe. FOLDER is a table in eight bits.
"""

import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm
from transformers import AutoModel, AutoTokenizer

from benchmarks.commands import new_parser
from benchmarks.small_vectors import quantised
from mner.encoding.vectors import VectorTable
from mner.types import Floats

BATCH = 256
LONGEST = 16
"""Pieces of a word that are read."""
FREQUENT = 60_000
"""The words whose vectors decide the components."""
DEVIATION = 0.4
"""Deviation of the numbers after GloVe's, about that of GloVe's own."""


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--words", type=int, default=120_000)
    parser.add_argument("--components", type=int, default=40)
    arguments = parser.parse_args()
    words, glove = read_glove(Path(os.environ["MNER_VECTORS"]), arguments.words)
    embedded = embed(words, os.environ["MNER_TRANSFORMER"])
    others = components(embedded, arguments.components)
    table = VectorTable.from_words(words, np.concatenate([glove, others], axis=1))
    quantised(table).save(arguments.folder)
    print(f"{len(words):,} words, {table.dimension} numbers each")


def read_glove(path: Path, count: int) -> tuple[list[str], Floats]:
    """Return the first words of a GloVe text file and their vectors, (N, K)."""
    words, rows = [], []
    with path.open(encoding="utf-8") as file:
        for line in islice(file, count):
            word, *numbers = line.rstrip().split(" ")
            words.append(word)
            rows.append(np.array(numbers, dtype=np.float32))
    return words, np.stack(rows)


def embed(words: Sequence[str], model: str) -> Floats:
    """Return the mean of a transformer's last layer over the pieces of each word, (N, D)."""
    tokenizer = AutoTokenizer.from_pretrained(model)
    network = AutoModel.from_pretrained(model, dtype=torch.bfloat16).eval()
    # Words of like length together, so that little is padding.
    order = sorted(range(len(words)), key=lambda number: len(words[number]))
    rows = np.zeros((len(words), network.config.hidden_size), dtype=np.float32)
    with torch.inference_mode():
        for start in tqdm(range(0, len(words), BATCH), disable=None):
            numbers = order[start : start + BATCH]
            pieces = tokenizer(
                [words[number] for number in numbers],
                padding=True,
                truncation=True,
                max_length=LONGEST,
                return_tensors="pt",
            )
            states = network(**pieces).last_hidden_state.float()  # (B, P, D)
            mask = pieces["attention_mask"][..., None].float()  # (B, P, 1)
            rows[numbers] = ((states * mask).sum(dim=1) / mask.sum(dim=1)).numpy()
    return rows


def components(rows: Floats, count: int) -> Floats:
    """Return the first principal components of vectors, most frequent words first, (N, count)."""
    mean = rows[:FREQUENT].mean(axis=0)
    centred = rows[:FREQUENT] - mean
    _, directions = np.linalg.eigh(centred.T @ centred / len(centred))
    projected = (rows - mean) @ directions[:, ::-1][:, :count]
    projected /= np.sqrt(projected.std(axis=0))
    scaled: Floats = projected * (DEVIATION / projected.std())
    return scaled


if __name__ == "__main__":
    main()
