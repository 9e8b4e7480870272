"""What processes tell one another, with threads in place of processes."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import pytest
import torch
from accelerate import Accelerator
from torch import nn

from mner.errors import MnerError
from mner.training import processes as module
from mner.training.processes import Processes

COUNT = 3
T = TypeVar("T")


class Wires:
    """`torch.distributed` between threads."""

    def __init__(self) -> None:
        self._numbers = threading.local()
        self._all_are_here = threading.Barrier(COUNT)
        self._given: dict[int, torch.Tensor] = {}

    def enter(self, number: int) -> None:
        self._numbers.value = number

    def broadcast(self, tensor: torch.Tensor, src: int) -> None:
        for given in self._exchanged(tensor)[src : src + 1]:
            tensor.copy_(given)

    def all_reduce(self, tensor: torch.Tensor) -> None:
        tensor.copy_(torch.stack(self._exchanged(tensor)).sum(0))

    def _exchanged(self, tensor: torch.Tensor) -> list[torch.Tensor]:
        self._given[self._numbers.value] = tensor.clone()
        self._all_are_here.wait(timeout=10)
        given = [self._given[number] for number in range(COUNT)]
        self._all_are_here.wait(timeout=10)
        return given


@pytest.fixture
def wires(monkeypatch: pytest.MonkeyPatch) -> Wires:
    wires = Wires()
    monkeypatch.setattr(module, "distributed", wires)
    return wires


@pytest.fixture
def in_all(wires: Wires) -> Callable[[Callable[[Processes], T]], list[T | Exception]]:
    """Run a function in every process; what it returns, or raises, there."""

    def run(function: Callable[[Processes], T]) -> list[T | Exception]:
        def in_one(number: int) -> T | Exception:
            wires.enter(number)
            state = SimpleNamespace(
                num_processes=COUNT, process_index=number, device=torch.device("cpu")
            )
            try:
                return function(Processes(cast("Accelerator", state)))
            except MnerError as exc:
                return exc

        with ThreadPoolExecutor(COUNT) as pool:
            return list(pool.map(in_one, range(COUNT)))

    return run


InAll = Callable[[Callable[[Processes], Any]], list[Any]]


def test_all_get_what_the_main_process_made(in_all: InAll) -> None:
    made = []

    def make() -> dict[str, float]:
        made.append(1)
        return {"ü": 0.1}

    given = in_all(lambda processes: processes.from_main(make, dict[str, float]))
    assert given == [{"ü": 0.1}] * COUNT
    assert made == [1]


def test_the_main_process_goes_first(in_all: InAll) -> None:
    order: list[bool] = []

    def enter(processes: Processes) -> None:
        with processes.main_first():
            order.append(processes.is_main)

    in_all(enter)
    assert order == [True, False, False]


def test_a_failure_of_the_main_process_ends_the_others(in_all: InAll) -> None:
    def fail() -> int:
        raise MnerError("no such file")

    def enter(processes: Processes) -> None:
        with processes.main_first():
            assert processes.is_main, "others must not come here"
            fail()

    for function in (enter, lambda processes: processes.from_main(fail, int)):
        messages = [str(error) for error in in_all(function)]
        assert messages == ["no such file"] + ["the main process has failed, and says why"] * 2


def test_gradients_are_added_and_missing_ones_stay_missing(in_all: InAll) -> None:
    """The first has a gradient in each process, the second in one, the third in none."""

    def add(processes: Processes) -> tuple[float, list[torch.Tensor | None]]:
        used, rarely, never, frozen = (nn.Parameter(torch.ones(1, 2)) for _ in range(4))
        frozen.requires_grad = False
        used.grad = torch.full((1, 2), float(processes.number))
        if processes.number == 1:
            rarely.grad = torch.full((1, 2), 5.0)
        loss = processes.add_gradients(
            nn.ParameterList([used, rarely, never, frozen]), 0.5 * processes.number
        )
        assert frozen.grad is None
        return loss, [used.grad, rarely.grad, never.grad]

    for loss, (used, rarely, never) in in_all(add):
        assert loss == 1.5
        assert used.tolist() == [[3.0, 3.0]]
        assert rarely.tolist() == [[5.0, 5.0]]
        assert never is None
