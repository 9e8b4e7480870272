"""The results that are kept in benchmarks/results, by corpus."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.runs import KEPT
from mner.runs.results import Results
from mner.runs.results_file import read_results

__all__ = ["CORPORA", "WHAT", "by_corpus", "load_results"]

CORPORA = {
    "d87554453fcb": "Sample corpus",
    "7828d2cc2108": "Twitter-2015",
    "104c8f27d9b2": "CP-MNER",
}
"""Names of the corpora, by the fingerprint of the posts and tags of test."""

WHAT = {"none": "text only", "captions": "caption-mediated", "pixels": "pixels"}
"""What the pages say of what a system looks at, by the source of its pictures."""


def load_results(folder: Path = KEPT) -> dict[str, Results]:
    """Read the results of a folder, by the names of their files.

    They are sorted by corpus, systems that look at text only before the others.
    """
    systems: dict[str, Results] = {}
    for path in sorted(folder.glob("*.json")):
        if path.name.startswith("compare-"):
            continue
        results = read_results(path)
        test = results.fingerprints.get("test")
        if test not in CORPORA:
            raise SystemExit(
                f"{path.stem}: test is {test}, expected one of {', '.join(CORPORA)}: "
                "name the corpus in CORPORA"
            )
        systems[path.stem] = results

    def rank(name: str) -> tuple[int, bool, str]:
        results = systems[name]
        corpus = list(CORPORA).index(results.fingerprints["test"])
        return corpus, results.source != "none", name

    return {name: systems[name] for name in sorted(systems, key=rank)}


def by_corpus(systems: Mapping[str, Results]) -> Iterator[tuple[str, dict[str, Results]]]:
    """Give the name of each corpus that has systems, and its systems."""
    for test, title in CORPORA.items():
        of_corpus = {}
        for name, results in systems.items():
            if results.fingerprints["test"] == test:
                of_corpus[name] = results
        if of_corpus:
            yield title, of_corpus
