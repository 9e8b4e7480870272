"""A batch that is computed in parts is the same batch."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import torch
from accelerate import Accelerator

from mner.recipe.sections import Recipe
from mner.training.batches import TrainingPosts
from mner.training.material import read_material
from mner.training.train import train
from mner.types import Ints
from tests.training.changes import with_training

HAS_BFLOAT16 = torch.backends.cpu.get_cpu_capability() not in {"DEFAULT", "AVX2"}


@pytest.mark.parametrize(
    ("precision", "tolerance"),
    [
        ("no", 1e-4),
        pytest.param(
            "bf16",
            0.05,
            marks=pytest.mark.skipif(not HAS_BFLOAT16, reason="no bfloat16 on this processor"),
        ),
    ],
)
def test_losses_of_parts_are_those_of_the_whole(
    recipe: Recipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    precision: Literal["no", "bf16"],
    tolerance: float,
) -> None:
    """24 posts leave a batch of 3, which is one part; those of 7 have parts of 3, 3 and 1."""
    text = replace(recipe.text, dropout=0.0, word_dropout=0.0)
    characters = replace(recipe.characters, dropout=0.0)
    sober = with_training(
        replace(recipe, text=text, characters=characters),
        epochs=3,
        batch_size=7,
        precision=precision,
    )
    backward, calls = Accelerator.backward, []

    def counted(accelerator: Accelerator, loss: torch.Tensor) -> None:
        calls.append(loss)
        backward(accelerator, loss)

    monkeypatch.setattr(Accelerator, "backward", counted)
    losses = []
    for parts, parts_of_an_epoch in ((1, 4), (3, 3 * 3 + 1)):
        calls.clear()
        trained = train(with_training(sober, accumulation=parts), tmp_path / str(parts))
        losses.append([epoch.loss for epoch in trained.history])
        assert len(calls) == 3 * parts_of_an_epoch
    whole, in_parts = losses
    assert whole[-1] < 0.8 * whole[0]
    assert in_parts == pytest.approx(whole, rel=tolerance)


@pytest.mark.parametrize(("processes", "parts"), [(1, 1), (2, 1), (3, 2), (1, 30), (8, 1)])
def test_each_post_of_a_batch_is_in_one_part_of_one_process(
    recipe: Recipe, tmp_path: Path, processes: int, parts: int
) -> None:
    material = read_material(recipe, tmp_path)
    whole = TrainingPosts(material, batch_size=7, seed=3)
    of_processes = [
        TrainingPosts(
            material, batch_size=7, seed=3, parts=parts, process=number, processes=processes
        )
        for number in range(processes)
    ]
    shares = zip(*(posts.shares(1) for posts in of_processes), strict=True)
    for batch, of_batch in zip(whole.shares(1), shares, strict=True):
        found = []
        for share in of_batch:
            assert share.posts == batch.posts
            assert len(share.parts) <= parts
            found += [words for part in share.parts for words in rows_of(part.words)]
        assert sorted(found) == sorted(rows_of(batch.parts[0].words))
    assert max(len(share.parts) for share in of_processes[0].shares(1)) == min(
        parts, -(-7 // processes)
    )


def rows_of(words: Ints) -> list[list[int]]:
    """The words of each post, without the padding."""
    return [[word for word in row if word] for row in words.tolist()]
