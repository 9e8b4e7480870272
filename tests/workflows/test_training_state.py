from pathlib import Path

import torch
from torch import nn

from mner.workflows.training_state import Progress, load_state, save_state


def test_the_scale_of_a_half_precision_loss_goes_on_where_it_was(tmp_path: Path) -> None:
    network, scaler = nn.Linear(2, 1), torch.amp.GradScaler("cpu")
    optimizer = torch.optim.AdamW(network.parameters())
    scaler.scale(torch.inf * network(torch.ones(1, 2)).sum()).backward()
    scaler.step(optimizer)
    scaler.update()
    assert scaler.get_scale() == 2.0**15, "the loss was not finite"
    progress = Progress("data", epochs=1, steps=1, best_f1=-1.0, best_epoch=0, history=())
    save_state(tmp_path / "state.safetensors", progress, network, best={}, optimizer=optimizer, scaler=scaler)
    fresh = torch.amp.GradScaler("cpu")
    load_state(tmp_path / "state.safetensors", network, optimizer=optimizer, fingerprint="data", scaler=fresh)
    assert fresh.get_scale() == 2.0**15
