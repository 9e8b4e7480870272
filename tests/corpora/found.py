"""Findings by kind and file."""

from pathlib import Path

from mner.corpora.findings import Finding

__all__ = ["by_kind"]


def by_kind(found: tuple[Finding, ...]) -> dict[tuple[str, ...], int]:
    return {
        (finding.kind, *(Path(file).name for file in finding.files)): finding.count
        for finding in found
    }
