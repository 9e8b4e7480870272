"""What a reader does about the problems it meets: pass them on, stop at the first, or warn."""

import warnings
from collections.abc import Callable, Collection

from mner.errors import DataWarning, InputError, Problem

__all__ = ["ProblemLog"]


class ProblemLog:
    """The problems of one file.

    Args:
        name: what messages call the file.
        strict: whether the first problem is an error.
        refused: kinds of problem that are errors.
        on_problem: receives every problem. Without it they are counted for `warn`.
        on_error: receives the error of every line that cannot be used, which is then left out.
            Without it the first such error is raised.
    """

    def __init__(
        self,
        name: str,
        *,
        strict: bool = False,
        refused: Collection[str] = (),
        on_problem: Callable[[Problem], None] | None = None,
        on_error: Callable[[InputError], None] | None = None,
    ) -> None:
        self.name = name
        self._strict = strict
        self._refused = refused
        self._on_problem = on_problem
        self._on_error = on_error
        self._counts: dict[str, tuple[Problem, int]] = {}

    def report(self, kind: str, line: int, message: str) -> None:
        """Note a problem.

        Raises:
            InputError: the log is strict, or refuses this kind.
        """
        problem = Problem(kind, self.name, line, message)
        if self._strict:
            raise InputError(f"{problem} ({kind}, an error in strict mode)")
        if kind in self._refused:
            raise InputError(f"{problem} ({kind}, an error here): correct the line")
        if self._on_problem is not None:
            self._on_problem(problem)
            return
        first, count = self._counts.get(kind, (problem, 0))
        self._counts[kind] = (first, count + 1)

    def refuse(self, error: InputError) -> None:
        """Leave out a line or a post that cannot be used.

        Args:
            error: says why and, by `located`, where.

        Raises:
            InputError: the log has no `on_error`.
        """
        if self._on_error is None:
            raise error
        self._on_error(error)

    def located(self, line: int, message: object) -> InputError:
        """Return an error that names file and line."""
        return InputError(f"{self.name}:{line}: {message}")

    def warn(self) -> None:
        """Warn once for each kind of problem, with its first occurrence and their number."""
        for kind, (first, count) in self._counts.items():
            warnings.warn(f"{first} ({kind}: {count} in this file)", DataWarning, stacklevel=2)
        self._counts.clear()
