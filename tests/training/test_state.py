from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from torch import nn

from mner.errors import MnerError
from mner.training.state import Progress, load_state, save_state


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
        match=r"state\.safetensors: the state of the training cannot be written \(.*No space left on device\): make room, and go on",
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
