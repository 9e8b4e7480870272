"""Make docs/results.md of the files in benchmarks/results, and of the words in page.md there.

usage: python -m benchmarks.results
"""

from pathlib import Path

from benchmarks.commands import new_parser
from benchmarks.comparisons import load_comparisons
from benchmarks.effect_tables import attention_table, picture_tables, twin_table
from benchmarks.kept_results import load_results
from benchmarks.runs import KEPT
from benchmarks.score_tables import score_tables
from mner.runs.results import Results
from mner.spans.estimates import Interval

__all__ = ["PAGE", "page"]

PAGE = Path(__file__).parents[1] / "docs" / "results.md"


def main() -> None:
    new_parser(__doc__).parse_args()
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)


def page(folder: Path = KEPT) -> str:
    """Return page.md of a folder with the tables that it names."""
    systems = load_results(folder)
    comparisons = load_comparisons(folder)
    intervals = {name: _interval(name, results) for name, results in systems.items()}
    tables = {
        "scores": score_tables(systems, intervals),
        "attentions": attention_table(systems, comparisons),
        "pictures": picture_tables(systems, comparisons),
        "twins": twin_table(systems, intervals),
    }
    text = (folder / "page.md").read_text(encoding="utf-8")
    for name, lines in tables.items():
        text = text.replace(f"{{{name}}}", "\n".join(lines))
    return text


def _interval(name: str, results: Results) -> Interval:
    """Return the mean test F1 as given with its interval."""
    interval = results.interval()
    if interval is None:
        raise SystemExit(
            f"{name}: records no single posts, so its score has no interval: train it again"
        )
    return interval


if __name__ == "__main__":
    main()
