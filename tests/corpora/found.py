"""Findings by kind and file."""

from pathlib import Path

from mner.corpora.findings import Finding

__all__ = ["by_kind"]


def by_kind(found: tuple[Finding, ...]) -> dict[tuple[str, ...], int]:
    """The counts of findings by their kind and the names of their files."""
    counts = {}
    for finding in found:
        names = [Path(file).name for file in finding.files]
        counts[finding.kind, *names] = finding.count
    return counts
