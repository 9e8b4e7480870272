"""Training speed: recipe `acn` in mner against the graph of the public Keras code on JAX and on TensorFlow, in one run.

usage: python -m benchmarks.seed_speed [--posts 200] [--repetitions 5] [--cores 1] [--out runs/seed-speed]
$MNER_DATA is the folder that holds twitter2015/, $MNER_VECTORS a file of word vectors. Keras runs in environments of its own, made by pip from
benchmarks/seed_speed.txt.

The same posts for all: texts of Twitter-2015 train, the same word vectors, random features of 49 regions x 512, batches of 10. Every other size is the
recipe's and the public code's own.
Keras gets them padded in front to 35 words as in the public code, and trains by `model.fit` (RMSprop, as there) compiled by XLA, on TensorFlow also
as a plain graph. mner trains by the same calls as `mner train` (AdamW, clipping, dropout), its batches made anew in every epoch.
All are warmed up; then they take turns, one epoch a turn, on the same cores; the best turn of each counts. Where the machine is shared, time of the
clock says more about the others on it: time of the processor, summed over threads, stands beside it.
"""

import argparse
import os
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from benchmarks.runs import machine
from mner.bio import allowed_transitions
from mner.encoding.batches import IndexedPost
from mner.encoding.buckets import buckets
from mner.encoding.indexer import Indexer
from mner.encoding.vector_cache import load_vectors
from mner.encoding.vocab import Vocabulary, normalise
from mner.model.build import Sizes, build_network
from mner.model.network import to_tensors
from mner.posts.read import read_posts
from mner.recipe.read import recipe_file, recipe_from_dict
from mner.recipe.sections import Recipe
from mner.types import Floats, PictureState, Regions

HERE = Path(__file__).parent
BATCH, REGIONS, REGION = 10, 49, 512
PLACES, LONGEST_WORD = 35, 30
KERAS = {
    "Keras on JAX": ("jax", "xla"),
    "Keras on TensorFlow, XLA": ("tensorflow", "xla"),
    "Keras on TensorFlow": ("tensorflow", "graph"),
}


class Turn(NamedTuple):
    """Seconds of one epoch."""

    clock: float
    processor: float


Epoch = Callable[[], Turn]


@dataclass(frozen=True)
class Material:
    """The posts as mner and as Keras want them."""

    vocabulary: Vocabulary
    indexer: Indexer
    posts: list[IndexedPost]
    rows: list[list[int]]
    """The words of each post as rows of Keras's table."""
    table: Floats
    """(rows, vector): Keras's table, of which the first row is padding's."""
    regions: Floats
    """(posts, 49, 512)"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", type=int, default=200)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("runs/seed-speed"))
    arguments = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
    torch.set_num_threads(arguments.cores)
    material = prepare(arguments.posts)
    arguments.out.mkdir(parents=True, exist_ok=True)
    np.savez(arguments.out / "posts.npz", **padded_in_front(material))
    epochs = {"mner, recipe acn": mner_epoch(material)}
    epochs |= {
        name: keras_epoch(arguments.out, backend, mode, cores=arguments.cores)
        for name, (backend, mode) in KERAS.items()
    }
    turns = take_turns(epochs, arguments.repetitions)
    lengths = [len(post.words) for post in material.posts]
    print(
        f"{machine()}, {arguments.cores} core(s); {len(lengths)} posts, {np.mean(lengths):.1f} words on average, at most {max(lengths)}"
    )
    print_table(turns, len(lengths))


def prepare(count: int) -> Material:
    """The first posts of Twitter-2015 train that have at most 35 words; Keras would cut longer ones."""
    corpus = list(read_posts(Path(os.environ["MNER_DATA"]) / "twitter2015" / "train.txt"))
    words = sorted({normalise(token) for post in corpus for token in post.tokens})
    rng = np.random.default_rng(0)
    vectors = load_vectors(Path(os.environ["MNER_VECTORS"]))
    vocabulary = Vocabulary.build(corpus, is_known=lambda word: bool(vectors.rows([word])[0] >= 0))
    indexer = Indexer(vocabulary, vectors, longest_word=LONGEST_WORD)
    known = vectors.rows(["", *words])
    unknown = rng.uniform(
        -0.25, 0.25, (len(known), vectors.dimension)
    )  # as the public code draws them
    numbers = {word: number for number, word in enumerate(words, start=1)}
    chosen = [post for post in corpus if len(post.tokens) <= PLACES][:count]
    return Material(
        vocabulary,
        indexer,
        [indexer.index(post, with_tags=True) for post in chosen],
        [[numbers[normalise(token)] for token in post.tokens] for post in chosen],
        np.where(known[:, None] < 0, unknown, vectors.vectors(known)).astype(np.float32),
        np.abs(rng.normal(size=(len(chosen), REGIONS, REGION))).astype(np.float32),
    )


def mner_epoch(material: Material) -> Epoch:
    """Training as `workflows.train` does it, on the recipe `acn`; one epoch a call."""
    recipe = acn_recipe()
    vocabulary = material.vocabulary
    start, step, end = allowed_transitions(vocabulary.tags)
    network = build_network(
        recipe,
        Sizes(**vocabulary.sizes._asdict(), vector=material.table.shape[1], region=REGION),
        start=start,
        step=step,
        end=end,
    ).train()
    optimizer = torch.optim.AdamW(
        network.parameters(),
        lr=recipe.training.learning_rate,
        weight_decay=recipe.training.weight_decay,
        fused=True,
    )
    regions = [Regions(PictureState.PRESENT, one) for one in material.regions]
    lengths, rng = [len(post.words) for post in material.posts], np.random.default_rng(0)

    def epoch() -> Turn:
        started = time.perf_counter(), time.process_time()
        for places in buckets(lengths, BATCH, rng=rng):
            batch = material.indexer.batch(
                [material.posts[place] for place in places], [regions[place] for place in places]
            )
            loss = network.loss(to_tensors(batch), torch.from_numpy(batch.tags))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), recipe.training.clip_norm)
            optimizer.step()
        return Turn(time.perf_counter() - started[0], time.process_time() - started[1])

    return epoch


def acn_recipe() -> Recipe:
    """The recipe's choices of parts; its files are replaced by what is in memory."""
    import tomllib

    values = tomllib.loads(recipe_file("acn").read_text(encoding="utf-8"))
    recipe = recipe_from_dict(values)
    assert recipe.fusion.attention == "additive"
    return replace(recipe, training=replace(recipe.training, batch_size=BATCH))


def padded_in_front(material: Material) -> dict[str, Any]:
    """The arrays of the public code: words (N, 35), characters (N, 35, 30), regions (N, 49, 512), classes (N, 35) with 0 for padding, vectors."""
    count = len(material.posts)
    words, classes = (
        np.zeros((count, PLACES), dtype=np.int32),
        np.zeros((count, PLACES), dtype=np.int32),
    )
    characters = np.zeros((count, PLACES, LONGEST_WORD), dtype=np.int32)
    for number, (post, rows) in enumerate(zip(material.posts, material.rows, strict=True)):
        assert post.tags is not None
        words[number, -len(rows) :] = rows
        classes[number, -len(rows) :] = post.tags + 1
        characters[number, -len(rows) :, : post.characters.shape[1]] = post.characters
    return {
        "words": words,
        "characters": characters,
        "regions": material.regions,
        "classes": classes,
        "table": material.table,
    }


def keras_epoch(out: Path, backend: str, mode: str, *, cores: int) -> Epoch:
    """A process that trains the Keras graph for an epoch whenever it is asked to."""
    command = [
        str(environment(out, backend)),
        str(HERE / "seed_speed_worker.py"),
        str(out / "posts.npz"),
        mode,
        str(BATCH),
    ]
    settings = {
        "KERAS_BACKEND": backend,
        "OMP_NUM_THREADS": str(cores),
        "TF_NUM_INTRAOP_THREADS": str(cores),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **settings},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    ask, answer = process.stdin, process.stdout

    def epoch() -> Turn:
        ask.write("epoch\n")
        ask.flush()
        clock, processor = answer.readline().split()
        return Turn(float(clock), float(processor))

    return epoch


def environment(out: Path, backend: str) -> Path:
    """The Python of an environment with Keras and one backend, made where it is not there."""
    folder = out / backend
    python = folder / "bin" / "python"
    if not (folder / "complete").is_file():
        venv.create(folder, with_pip=True, clear=True)
        wanted = [
            line
            for line in (HERE / "seed_speed.txt").read_text().splitlines()
            if line.split(">")[0] in {"keras", "numpy", backend}
        ]
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *wanted], check=True)
        (folder / "complete").touch()
    return python


def take_turns(epochs: dict[str, Epoch], repetitions: int) -> dict[str, list[Turn]]:
    """Each turn, after two that do not count: compilation, and the first with everything in memory."""
    turns: dict[str, list[Turn]] = {name: [] for name in epochs}
    for number in range(repetitions + 2):
        for name, epoch in epochs.items():
            turns[name].append(epoch())
            print(
                f"turn {number - 1}: {name} {turns[name][-1].clock:.2f} s, processor {turns[name][-1].processor:.2f} s",
                file=sys.stderr,
                flush=True,
            )
    return {name: taken[2:] for name, taken in turns.items()}


def print_table(turns: dict[str, list[Turn]], posts: int) -> None:
    best = {
        name: Turn(*(posts / min(seconds) for seconds in zip(*taken, strict=True)))
        for name, taken in turns.items()
    }
    ours = next(iter(best.values()))
    print(
        "| system | posts/s | mner: times | posts/s of the processor | mner: times | posts/s in each turn |\n|---|---|---|---|---|---|"
    )
    for name, speed in best.items():
        each = ", ".join(f"{posts / turn.clock:.0f}" for turn in turns[name])
        print(
            f"| {name} | {speed.clock:.1f} | {ours.clock / speed.clock:.2f} | {speed.processor:.1f} | {ours.processor / speed.processor:.2f} | {each} |"
        )


if __name__ == "__main__":
    main()
