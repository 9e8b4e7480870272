"""Ctrl-C: it ends a command between two pieces of its output, never within one.

The library marks what has to be whole (`uninterrupted`) and never changes a signal handler. The
program decides: the command line puts `late_interrupts` around the command that it runs.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["late_interrupts", "uninterrupted"]


class _MainThread:
    """What the main thread is doing, for the handler of SIGINT, which runs in that thread.

    Attributes:
        is_busy: the thread is in a block of `uninterrupted`.
        is_interrupted: Ctrl-C was pressed in that block.
    """

    is_busy = False
    is_interrupted = False


_main = _MainThread()


@contextmanager
def late_interrupts() -> Iterator[None]:
    """Hold back Ctrl-C while a block of `uninterrupted` runs, then raise KeyboardInterrupt.

    A second Ctrl-C gets through at once, in case the block waits for a reader that has stopped
    reading. For the command line, around a whole command:

        with late_interrupts():
            app()

    The handler of SIGINT is Python's again afterwards. Nothing is done where SIGINT is ignored or
    has another handler already, and outside of the main thread.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Run a short block that Ctrl-C does not cut, if the program uses `late_interrupts`."""
    if threading.current_thread() is not threading.main_thread() or _main.is_busy:
        yield
        return
    _main.is_busy, _main.is_interrupted = True, False
    try:
        yield
    finally:
        _main.is_busy = False
    if _main.is_interrupted:
        raise KeyboardInterrupt


def _interrupt(_number: int, _frame: object) -> None:
    if not _main.is_busy or _main.is_interrupted:
        raise KeyboardInterrupt
    _main.is_interrupted = True
