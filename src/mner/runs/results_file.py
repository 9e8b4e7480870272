"""The results file: results of one system as JSON, small enough to be kept in a repository."""

import json
from dataclasses import dataclass
from pathlib import Path

from mner.errors import InputError
from mner.files.load import read_json
from mner.files.output import write_pieces
from mner.runs.results import RESULTS_FORMAT, Results

__all__ = ["read_results", "write_results"]

_ADVICE = "this is no results file; `mner train RECIPE --seeds N` writes one"


def read_results(path: Path) -> Results:
    """Read a results file.

    Raises:
        InputError: the file cannot be read, or is no results file of this format.
    """
    file_format = read_json(path, _Format, advice=_ADVICE).format
    if file_format != RESULTS_FORMAT:
        raise InputError(
            f"{path}: results of format {file_format}, expected {RESULTS_FORMAT}: "
            "make it again by its command"
        )
    results = read_json(path, Results, advice=_ADVICE)
    _check(path, results)
    return results


def write_results(path: Path, results: Results) -> None:
    """Write a results file, which replaces an older file once it is complete.

    Raises:
        InputError: the file cannot be written.
    """
    text = json.dumps(results.as_dict(), indent=1, ensure_ascii=False) + "\n"
    write_pieces([("the results", text)], path)


@dataclass(frozen=True)
class _Format:
    """The key that every format has."""

    format: int


def _check(path: Path, results: Results) -> None:
    """Make sure that there are runs, and that the counts of single posts are of the same posts."""
    if not results.runs:
        raise InputError(f"{path}: runs: expected at least one, got none: {_ADVICE}")
    posts = len(results.gold.split())
    for run in results.runs:
        counted = len(run.found.split())
        if posts and counted and counted != posts:
            raise InputError(
                f"{path}: seed {run.seed}: expected counts of {posts} posts in `found`, as in "
                f"`gold`, got {counted}: {_ADVICE}"
            )
