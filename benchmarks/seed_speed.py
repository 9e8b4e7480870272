"""Training speed: recipe `acn` in mner beside the graph of the public Keras code, in one run.

usage: python -m benchmarks.seed_speed [--posts 200] [--repetitions 5] [--cores 1]
           [--out runs/seed-speed]

$MNER_DATA is the folder that holds twitter2015/, $MNER_VECTORS a file of word vectors. Keras runs
on JAX and on TensorFlow, in environments of its own that pip makes of benchmarks/seed_speed.txt.

All get the same posts: texts of Twitter-2015 train, the same word vectors, random features of 49
regions x 512, batches of 10. Every other size is that of the recipe and of the public code. Keras
gets the posts padded in front to 35 words as in the public code, and trains by `model.fit`
(RMSprop, as there) compiled by XLA, on TensorFlow also as a plain graph. mner trains by the same
calls as `mner train` (AdamW, clipping, dropout), and makes its batches again in every epoch.

All are warmed up; then they take turns, one epoch a turn, on the same cores; the best turn of each
counts. On a shared machine the time of the clock says more about the others on it, so the time of
the processor, summed over threads, stands beside it.
"""

import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from benchmarks.commands import environment_python, new_parser, twitter2015
from benchmarks.runs import machine
from mner.bio import allowed_transitions
from mner.encoding.batches import IndexedPost
from mner.encoding.buckets import buckets
from mner.encoding.indexer import Indexer
from mner.encoding.vector_cache import load_vectors
from mner.encoding.vocab import Vocabulary, normalise
from mner.model.build import build_network
from mner.model.network import to_tensors
from mner.model.sizes import Sizes
from mner.posts.read import read_posts
from mner.recipe.read import recipe_file, recipe_from_dict
from mner.recipe.sections import Recipe
from mner.types import Floats, PictureState, Regions

HERE = Path(__file__).parent
BATCH, REGIONS, REGION = 10, 49, 512
LONGEST_POST, LONGEST_WORD = 35, 30
KERAS = {
    "Keras on JAX": ("jax", "xla"),
    "Keras on TensorFlow, XLA": ("tensorflow", "xla"),
    "Keras on TensorFlow": ("tensorflow", "graph"),
}
"""Backend and mode of compilation, by the name of the system."""


class Turn(NamedTuple):
    """The seconds of one epoch."""

    clock: float
    processor: float


Epoch = Callable[[], Turn]


@dataclass(frozen=True)
class Material:
    """The posts as mner and as Keras get them."""

    vocabulary: Vocabulary
    indexer: Indexer
    posts: list[IndexedPost]
    rows: list[list[int]]
    """The words of each post as rows of Keras's table."""
    table: Floats
    """(rows, vector): Keras's table; its first row is that of padding."""
    regions: Floats
    """(posts, 49, 512)"""


def main() -> None:
    parser = new_parser(__doc__)
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
    for name, (backend, mode) in KERAS.items():
        epochs[name] = keras_epoch(arguments.out, backend, mode, cores=arguments.cores)
    turns = take_turns(epochs, arguments.repetitions)
    lengths = [len(post.words) for post in material.posts]
    print(
        f"{machine()}, {arguments.cores} core(s); {len(lengths)} posts, "
        f"{np.mean(lengths):.1f} words on average, at most {max(lengths)}"
    )
    print_table(turns, len(lengths))


def prepare(count: int) -> Material:
    """Read the first posts of Twitter-2015 train that Keras would not cut: of 35 words or less."""
    corpus = list(read_posts(twitter2015() / "train.txt"))
    words: set[str] = set()
    for post in corpus:
        words.update(map(normalise, post.tokens))
    vectors = load_vectors(Path(os.environ["MNER_VECTORS"]))
    vocabulary = Vocabulary.build(corpus, is_known=lambda word: bool(vectors.rows([word])[0] >= 0))
    indexer = Indexer(vocabulary, vectors, longest_word=LONGEST_WORD)

    # Words without a vector get a random one, drawn as in the public code.
    known = vectors.rows(["", *sorted(words)])
    rng = np.random.default_rng(0)
    unknown = rng.uniform(-0.25, 0.25, (len(known), vectors.dimension))
    table = np.where(known[:, None] < 0, unknown, vectors.vectors(known)).astype(np.float32)

    numbers = {word: number for number, word in enumerate(sorted(words), start=1)}
    chosen = [post for post in corpus if len(post.tokens) <= LONGEST_POST][:count]
    rows = []
    for post in chosen:
        rows.append([numbers[normalise(token)] for token in post.tokens])
    return Material(
        vocabulary=vocabulary,
        indexer=indexer,
        posts=[indexer.index(post, with_tags=True) for post in chosen],
        rows=rows,
        table=table,
        regions=np.abs(rng.normal(size=(len(chosen), REGIONS, REGION))).astype(np.float32),
    )


def mner_epoch(material: Material) -> Epoch:
    """Return a function that trains recipe `acn` for an epoch, as `mner train` does it."""
    recipe = acn_recipe()
    training = recipe.training
    vocabulary = material.vocabulary
    dimension = material.table.shape[1]
    sizes = Sizes(**vocabulary.sizes._asdict(), vector=dimension, region=REGION)
    transitions = allowed_transitions(vocabulary.tags)
    network = build_network(recipe, sizes, transitions=transitions).train()
    optimizer = torch.optim.AdamW(
        network.parameters(),
        lr=training.learning_rate,
        weight_decay=training.weight_decay,
        fused=True,
    )
    regions = [Regions(PictureState.PRESENT, values) for values in material.regions]
    lengths = [len(post.words) for post in material.posts]
    rng = np.random.default_rng(0)

    def epoch() -> Turn:
        clock, processor = time.perf_counter(), time.process_time()
        for positions in buckets(lengths, BATCH, rng=rng):
            batch = material.indexer.batch(
                [material.posts[position] for position in positions],
                [regions[position] for position in positions],
            )
            loss = network.loss(to_tensors(batch), torch.from_numpy(batch.tags))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), training.clip_norm)
            optimizer.step()
        return Turn(time.perf_counter() - clock, time.process_time() - processor)

    return epoch


def acn_recipe() -> Recipe:
    """Return the recipe `acn` with this batch size; its files are not read."""
    values = tomllib.loads(recipe_file("acn").read_text(encoding="utf-8"))
    recipe = recipe_from_dict(values)
    assert recipe.fusion.attention == "additive"
    return replace(recipe, training=replace(recipe.training, batch_size=BATCH))


def padded_in_front(material: Material) -> dict[str, Any]:
    """Return the arrays of the public code.

    They are words (N, 35), characters (N, 35, 30), regions (N, 49, 512), classes (N, 35) with 0 for
    padding, and the table of vectors.
    """
    count = len(material.posts)
    words = np.zeros((count, LONGEST_POST), dtype=np.int32)
    classes = np.zeros((count, LONGEST_POST), dtype=np.int32)
    characters = np.zeros((count, LONGEST_POST, LONGEST_WORD), dtype=np.int32)
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
    """Start a process that trains the Keras graph, and return a function that asks for an epoch."""
    requirements = (HERE / "seed_speed.txt").read_text().splitlines()
    wanted = {"keras", "numpy", backend}
    packages = [line for line in requirements if line.split(">")[0] in wanted]
    python = environment_python(out / backend, packages)
    command = [str(python), str(HERE / "seed_speed_worker.py")]
    command += [str(out / "posts.npz"), mode, str(BATCH)]
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
    questions, answers = process.stdin, process.stdout

    def epoch() -> Turn:
        questions.write("epoch\n")
        questions.flush()
        clock, processor = answers.readline().split()
        return Turn(float(clock), float(processor))

    return epoch


def take_turns(epochs: dict[str, Epoch], repetitions: int) -> dict[str, list[Turn]]:
    """Return the turns of each system, after two turns that do not count.

    The first is that of compilation, the second the first one with everything in memory.
    """
    turns: dict[str, list[Turn]] = {name: [] for name in epochs}
    for number in range(repetitions + 2):
        for name, epoch in epochs.items():
            turn = epoch()
            turns[name].append(turn)
            print(
                f"turn {number - 1}: {name} {turn.clock:.2f} s, processor {turn.processor:.2f} s",
                file=sys.stderr,
                flush=True,
            )
    return {name: taken[2:] for name, taken in turns.items()}


def print_table(turns: dict[str, list[Turn]], posts: int) -> None:
    speeds = {}
    for name, taken in turns.items():
        clock = min(turn.clock for turn in taken)
        processor = min(turn.processor for turn in taken)
        speeds[name] = Turn(posts / clock, posts / processor)
    ours = next(iter(speeds.values()))
    print(
        "| system | posts/s | mner: times | posts/s of the processor | mner: times "
        "| posts/s in each turn |"
    )
    print("|---|---|---|---|---|---|")
    for name, speed in speeds.items():
        by_turn = ", ".join(f"{posts / turn.clock:.0f}" for turn in turns[name])
        print(
            f"| {name} | {speed.clock:.1f} | {ours.clock / speed.clock:.2f} "
            f"| {speed.processor:.1f} | {ours.processor / speed.processor:.2f} | {by_turn} |"
        )


if __name__ == "__main__":
    main()
