"""What a reader does about the problems it meets: hand them on, stop at the first, or warn once per kind."""

import warnings
from collections.abc import Callable

from mner.errors import DataWarning, InputError, Problem

__all__ = ["ProblemLog"]


class ProblemLog:
    """The problems of one file."""

    def __init__(
        self,
        name: str,
        *,
        strict: bool = False,
        on_problem: Callable[[Problem], None] | None = None,
        on_error: Callable[[InputError], None] | None = None,
    ) -> None:
        """Take the file's name and what to do.

        Args:
            name: what messages call the file.
            strict: the first problem is an error.
            on_problem: gets every problem; without it they are counted for `warn`.
            on_error: gets the error of every line that cannot be used, which is then left out; without it the first one is raised.
        """
        self.name = name
        self._strict = strict
        self._on_problem = on_problem
        self._on_error = on_error
        self._counts: dict[str, tuple[Problem, int]] = {}

    def report(self, kind: str, line: int, message: str) -> None:
        """Note a problem.

        Raises:
            InputError: the log is strict.
        """
        problem = Problem(kind, self.name, line, message)
        if self._strict:
            raise InputError(f"{problem} ({kind}, an error in strict mode)")
        if self._on_problem is not None:
            self._on_problem(problem)
            return
        first, count = self._counts.get(kind, (problem, 0))
        self._counts[kind] = (first, count + 1)

    def refuse(self, error: InputError) -> None:
        """Leave out a line or a post that cannot be used, for a reason that `located` gave its place.

        Raises:
            InputError: nobody asked to go on.
        """
        if self._on_error is None:
            raise error
        self._on_error(error)

    def located(self, line: int, message: object) -> InputError:
        """An error that names file and line, to be raised."""
        return InputError(f"{self.name}:{line}: {message}")

    def warn(self) -> None:
        """Warn once of each kind of problem: the first of it, and how many there were."""
        for kind, (first, count) in self._counts.items():
            warnings.warn(f"{first} ({kind}: {count} in this file)", DataWarning, stacklevel=2)
        self._counts.clear()
