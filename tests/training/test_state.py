import json
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import nn

from mner.errors import ConfigError, MnerError
from mner.spans.scores import ScoreRecord
from mner.training.log import Epoch
from mner.training.state import Planned, Progress, load_state, save_state


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device"),
        SafetensorError("Error while serializing: No space left on device"),
    ],
)
def test_a_state_that_cannot_be_written_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def full(_: object, part: Path, **__: object) -> None:
        part.write_bytes(b"half a fi")
        raise error

    network = nn.Linear(2, 1)
    (tmp_path / "state.safetensors").write_bytes(b"of the epoch before")
    monkeypatch.setattr("mner.training.state.save_file", full)
    progress = Progress("data", steps=1)
    with pytest.raises(
        MnerError,
        match=r"state\.safetensors: the state of the training cannot be written \(.*No space left "
        r"on device\): make room, and resume",
    ):
        save_state(
            tmp_path / "state.safetensors",
            progress,
            network,
            optimizer=torch.optim.AdamW(network.parameters()),
        )
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [
        ("state.safetensors", b"of the epoch before")
    ]


def test_the_scale_of_a_half_precision_loss_goes_on_where_it_was(tmp_path: Path) -> None:
    network, scaler = nn.Linear(2, 1), torch.amp.GradScaler("cpu")
    optimizer = torch.optim.AdamW(network.parameters())
    scaler.scale(torch.inf * network(torch.ones(1, 2)).sum()).backward()
    scaler.step(optimizer)
    scaler.update()
    assert scaler.get_scale() == 2.0**15, "the loss was not finite"
    progress = Progress("data", steps=1)
    save_state(
        tmp_path / "state.safetensors",
        progress,
        network,
        optimizer=optimizer,
        scaler=scaler,
    )
    fresh = torch.amp.GradScaler("cpu")
    load_state(
        tmp_path / "state.safetensors",
        network,
        optimizer=optimizer,
        fingerprint="data",
        scaler=fresh,
    )
    assert fresh.get_scale() == 2.0**15


def test_a_state_that_was_resumed_can_be_resumed_again(tmp_path: Path) -> None:
    network, path = nn.Linear(2, 1), tmp_path / "state.safetensors"
    optimizer = torch.optim.AdamW(network.parameters())
    planned = Planned(epochs=20, patience=3)
    progress = Progress("data", steps=7, planned=planned)
    for _ in range(2):
        save_state(path, progress, network, optimizer=optimizer)
        progress = load_state(path, network, optimizer=optimizer, fingerprint="data")
        assert (progress.fingerprint, progress.steps, progress.planned) == ("data", 7, planned)


def test_a_state_of_an_older_version_is_read(tmp_path: Path) -> None:
    network = nn.Linear(2, 1)
    optimizer = torch.optim.AdamW(network.parameters())
    network(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    counts = {"precision": 1.0, "recall": 0.5, "f1": 2 / 3, "gold": 2, "predicted": 1, "correct": 1}
    dev = {**counts, "macro_f1": 2 / 3, "scoring": "lenient", "gold_fingerprint": "abc"}
    dev |= {"posts": 4, "per_type": {"LOC": counts}, "seen": None, "unseen": None}
    seconds = {"train_seconds": 1.5, "dev_seconds": 0.5, "peak_memory": 1 << 30}
    progress = {
        "fingerprint": "data",
        "epochs": 1,
        "steps": 3,
        "best_f1": 2 / 3,
        "best_epoch": 1,
        "history": [{"epoch": 1, "posts": 8, "loss": 0.25, "dev": dev, **seconds}],
    }
    tensors = {f"trained.{name}": value + 1 for name, value in network.state_dict().items()}
    tensors |= {f"best.{name}": value + 2 for name, value in network.state_dict().items()}
    for number, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{name}": value for name, value in state.items()}
    path = tmp_path / "state.safetensors"
    save_file(tensors, path, metadata={"progress": json.dumps(progress)})
    weight = network.weight.detach().clone()
    resumed = load_state(path, network, optimizer=optimizer, fingerprint="data")
    assert (resumed.epochs, resumed.steps, resumed.best.epoch) == (1, 3, 1)
    assert resumed.best.dev.f1 == 2 / 3
    assert torch.equal(network.weight, weight + 1)
    assert torch.equal(resumed.best_weights["weight"], weight + 2)


def test_a_state_of_another_training_is_refused(tmp_path: Path) -> None:
    network = nn.Linear(2, 1)
    optimizer = torch.optim.AdamW(network.parameters())
    path = tmp_path / "state.safetensors"
    save_state(path, Progress("data"), network, optimizer=optimizer)
    with pytest.raises(ConfigError, match="started with another recipe or other data"):
        load_state(path, network, optimizer=optimizer, fingerprint="other data")


def test_the_best_epoch_is_the_first_of_the_highest_f1(epochs: tuple[Epoch, ...]) -> None:
    progress = Progress("data")
    for number, epoch in enumerate(epochs, start=1):
        assert not progress.is_stale(patience=2)
        weights = {"weight": torch.full((1,), float(number))}
        progress = progress.after(epoch, steps=10 * number, weights=weights)
    assert (progress.epochs, progress.steps, progress.best.epoch) == (4, 40, 2)
    assert progress.best_weights["weight"].item() == 2.0
    assert progress.is_stale(patience=2)
    assert not progress.is_stale(patience=3)


@pytest.fixture
def epochs() -> tuple[Epoch, ...]:
    """Four epochs, of which the second is the best, and the third as good."""

    def epoch(number: int, f1: float) -> Epoch:
        rates = {"precision": f1, "recall": f1, "f1": f1, "macro_f1": f1}
        dev = ScoreRecord(
            **rates,
            gold=10,
            predicted=10,
            correct=round(10 * f1),
            scoring="lenient",
            gold_fingerprint="abc",
            posts=4,
            per_type={},
            seen=None,
            unseen=None,
        )
        return Epoch(epoch=number, loss=1 / number, dev=dev, train_seconds=1.0, dev_seconds=0.5)

    scores = (0.3, 0.6, 0.6, 0.5)
    return tuple(epoch(number, f1) for number, f1 in enumerate(scores, start=1))
