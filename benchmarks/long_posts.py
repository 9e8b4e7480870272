"""What co-attention costs on long posts: a training step, and a pass that tags.

usage: python -m benchmarks.long_posts [--words 266] [--posts 16] [--turns 5]

The networks are those of the recipes `text-only` and `acn`, with 33 tags, on invented posts with
49 regions of 1,280 numbers, in one thread. CP-MNER has 266 words in a post of middle length. The
forms take turns, and the median turn counts.
"""

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Literal

import torch
from torch import Tensor

from benchmarks.commands import new_parser
from benchmarks.runs import machine
from mner.bio import allowed_transitions, tag_names
from mner.model.build import build_network
from mner.model.network import Network, Tensors
from mner.model.sizes import Sizes
from mner.recipe.sections import FusionSection, Recipe

Form = Literal["text-only", "concat", "scaled-dot", "additive"]

REGIONS, REGION = 49, 1280
TAGS = tag_names(f"LABEL{number}" for number in range(16))
FORMS: tuple[Form, ...] = ("text-only", "concat", "scaled-dot", "additive")


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--words", type=int, default=266)
    parser.add_argument("--posts", type=int, default=16)
    parser.add_argument("--turns", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    networks: dict[Form, Network] = {form: network(form) for form in FORMS}
    inputs = posts(arguments.posts, arguments.words)
    tags = torch.zeros(inputs.words.shape, dtype=torch.int64)
    taken: dict[tuple[Form, str], list[float]] = {}
    for _ in range(arguments.turns):
        for form, fused in networks.items():
            step = seconds(partial(train, fused, inputs, tags))
            taken.setdefault((form, "train"), []).append(step)
            taken.setdefault((form, "tag"), []).append(seconds(partial(tag, fused, inputs)))
    print(f"{machine()}, one thread; {arguments.posts} posts of {arguments.words} words\n")
    print("| fusion | a training step, s | times the twin's | a pass, s | times the twin's |")
    print("|---|---|---|---|---|")
    for form in FORMS:
        cells: list[str] = [form]
        for work in ("train", "tag"):
            median = statistics.median(taken[form, work])
            twin = statistics.median(taken["text-only", work])
            cells += [f"{median:.2f}", f"{median / twin:.1f}"]
        print(f"| {' | '.join(cells)} |")


def network(form: Form) -> Network:
    """Return a network of a form of attention, or the text-only twin."""
    region = 0 if form == "text-only" else REGION
    recipe = Recipe()
    if form != "text-only":
        recipe = Recipe(fusion=FusionSection(attention=form))
    sizes = Sizes(words=2000, characters=2000, shapes=20, vector=0, region=region)
    return build_network(recipe, sizes, transitions=allowed_transitions(TAGS))


def posts(count: int, words: int) -> Tensors:
    """Return invented posts, all of the same length."""
    return Tensors(
        words=torch.randint(2, 2000, (count, words)),
        vectors=torch.zeros(count, words, 0),
        characters=torch.randint(2, 2000, (count, words, 1)),
        shapes=torch.randint(2, 20, (count, words)),
        lengths=torch.full((count,), words),
        regions=torch.randn(count, REGIONS, REGION),
        region_mask=torch.ones(count, REGIONS, dtype=torch.bool),
        pieces=torch.zeros(0, 0, dtype=torch.int64),
        piece_mask=torch.zeros(0, 0, dtype=torch.bool),
        first_pieces=torch.zeros(0, 0, dtype=torch.int64),
    )


def train(network: Network, inputs: Tensors, tags: Tensor) -> None:
    network.train().zero_grad()
    loss = network.loss(inputs, tags)
    loss.backward()  # type: ignore[no-untyped-call]


def tag(network: Network, inputs: Tensors) -> None:
    with torch.inference_mode():
        network.eval()(inputs)


def seconds(work: Callable[[], None]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    main()
