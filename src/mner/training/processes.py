"""The processes that train one network together, and what they tell one another."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import msgspec
import torch
from accelerate import Accelerator
from torch import distributed, nn

from mner.errors import MnerError, clipped

__all__ = ["Processes"]

_Result = TypeVar("_Result")


class Processes:
    """The processes of a training: one, or those that a launcher started.

    All have the same weights. Each computes its share of the posts of a batch, and adds its
    gradients to those of the others. The main process alone reads first, writes and scores.

    Args:
        accelerator: the device of this process, as `open_device` took it.

    Attributes:
        count: how many there are.
        number: of this process; the main process is 0.
    """

    def __init__(self, accelerator: Accelerator) -> None:
        self.count: int = accelerator.num_processes
        self.number: int = accelerator.process_index
        self._device = accelerator.device

    @property
    def is_main(self) -> bool:
        """Whether this process is the one that writes."""
        return self.number == 0

    @contextmanager
    def main_first(self) -> Iterator[None]:
        """Run a block in the main process, and then, if it did not fail, in the others.

        Raises:
            MnerError: in the others, if the block failed in the main process; another process has
                ended.
        """
        if not self.is_main:
            self._hear()
            yield
            return
        with self._telling_of_failure():
            yield
        self._tell(b"done")

    def from_main(self, make: Callable[[], _Result], kind: type[_Result]) -> _Result:
        """Return what a function gives in the main process, which alone calls it.

        Args:
            make: gives something that JSON can hold.
            kind: its type.

        Raises:
            MnerError: in the others, if the function failed in the main process; another process
                has ended.
        """
        if not self.is_main:
            return msgspec.json.decode(self._hear(), type=kind)
        with self._telling_of_failure():
            result = make()
        self._tell(msgspec.json.encode(result))
        return result

    def add_gradients(self, network: nn.Module, loss: float) -> float:
        """Replace the gradients of a network by their sums over the processes.

        A parameter that has a gradient in no process keeps none, as in a training by one process.

        Args:
            network: with the gradients of this process's share of a batch.
            loss: of that share.

        Returns:
            The sum of the losses.

        Raises:
            MnerError: another process has ended.
        """
        if self.count == 1:
            return loss
        parameters = [one for one in network.parameters() if one.requires_grad]
        given = [one.grad is not None for one in parameters]
        gradients = [torch.zeros_like(one) if one.grad is None else one.grad for one in parameters]

        # All numbers in one vector, so that the processes wait for one another once a step
        numbers = torch.tensor([loss, *given], dtype=torch.float32, device=self._device)
        together = torch.cat([numbers, *map(torch.flatten, gradients)])
        with _connected():
            distributed.all_reduce(together)

        loss, *holders = together[: len(numbers)].tolist()
        sizes = [gradient.numel() for gradient in gradients]
        sums = torch.split(together[len(numbers) :], sizes)
        for parameter, total, processes in zip(parameters, sums, holders, strict=True):
            parameter.grad = total.view_as(parameter) if processes else None
        return loss

    @contextmanager
    def _telling_of_failure(self) -> Iterator[None]:
        """Let the other processes know if a block fails: they wait for its result."""
        try:
            yield
        except Exception:
            self._tell(b"")
            raise

    def _tell(self, content: bytes) -> None:
        """Send bytes from the main process to the others; none says that it failed."""
        if self.count > 1:
            _send(self._numbers([len(content)]))
            if content:
                _send(self._numbers(content))

    def _hear(self) -> bytes:
        """Return the bytes that the main process sends.

        Raises:
            MnerError: it failed.
        """
        size = self._numbers([0])
        _send(size)
        if not size:
            raise MnerError("the main process has failed, and says why")
        content = self._numbers(bytes(int(size)))
        _send(content)
        return bytes(content.tolist())

    def _numbers(self, numbers: bytes | list[int]) -> torch.Tensor:
        return torch.tensor(list(numbers), device=self._device)


def _send(numbers: torch.Tensor) -> None:
    """Give the numbers of the main process to the others, in place."""
    with _connected():
        distributed.broadcast(numbers, src=0)


@contextmanager
def _connected() -> Iterator[None]:
    """Say in our words that the other end of a connection is gone."""
    try:
        yield
    except RuntimeError as exc:
        raise MnerError(
            f"another process of the training has ended ({clipped(exc)}): see what it said, and "
            "resume the run by --resume"
        ) from exc
