"""The tables that compare systems: attentions, pictures exchanged or left out, text-only twins."""

from collections.abc import Iterator, Mapping, Sequence

from benchmarks.comparisons import CONTROLS, Comparison, bootstrap_table, intervals_of
from benchmarks.kept_results import CORPORA, WHAT, by_corpus
from benchmarks.markdown import table_head, table_line
from mner.runs.results import Results
from mner.spans.estimates import Interval

__all__ = ["attention_table", "picture_tables", "twin_table"]

ATTENTIONS = {
    "text-only": "none",
    "concat": "concat, as printed",
    "additive": "additive",
    "scaled-dot": "scaled-dot",
}
"""Names of the attentions, by the key of a file, CORPUS-KEY.json."""

TWINS = {
    **dict.fromkeys(
        ("additive", "concat", "scaled-dot", "dropout", "mean", "cross", "vit"), "text-only"
    ),
    **{f"{key}-captions": key for key in ("bilstm-crf", "feature-crf", "minilm-crf")},
}
"""The system that differs only in the pictures or captions, by keys; other systems have none."""

LOOKING = {"CP-MNER": "scaled-dot"}
"""The system whose pictures are exchanged and left out in the table of a corpus; elsewhere it is
`additive`."""

MOST_LABELS = 8
"""A corpus with more labels has no column for each."""

SEEDS = (0, 1, 2)
"""Attentions are compared on these seeds, so that all rows are of the same seeds."""


def attention_table(
    systems: Mapping[str, Results], comparisons: Sequence[Comparison]
) -> Iterator[str]:
    """Show the attentions on the same seeds, and the comparisons between them."""
    yield table_head(("corpus", "attention", "dev F1", "test F1", "95% interval", "seeds"))
    for title, of_corpus in by_corpus(systems):
        by_key = {name.partition("-")[2]: results for name, results in of_corpus.items()}
        for key, attention in ATTENTIONS.items():
            if key not in by_key:
                continue
            results = by_key[key]
            seeds = [seed for seed in results.seeds if seed in SEEDS]
            dev, test = results.dev(seeds=seeds), results.test(seeds=seeds)
            interval = results.interval(seeds=seeds)
            numbers = ", ".join(map(str, seeds))
            yield table_line([title, attention, str(dev), str(test), str(interval), numbers])
    shown = []
    for comparison in comparisons:
        is_of_attentions = comparison.systems <= set(ATTENTIONS) - {"text-only"}
        if is_of_attentions and len(comparison.systems) > 1:
            shown.append(comparison)
    yield from bootstrap_table(shown, CORPORA, systems=systems, types=False)


def picture_tables(
    systems: Mapping[str, Results], comparisons: Sequence[Comparison]
) -> Iterator[str]:
    """Show co-attention with the controls of its pictures beside its text-only twin."""
    for title, of_corpus in by_corpus(systems):
        keys = {"text-only", LOOKING.get(title, "additive")}
        shown = {}
        labels: set[str] = set()
        for name, results in of_corpus.items():
            if name.partition("-")[2] in keys:
                shown[name] = results
                for run in results.runs:
                    labels.update(run.test["given"].per_type)
        has_types = len(labels) <= MOST_LABELS
        labels = labels if has_types else set()
        columns = ("system", "looks at", "at test", "all", *sorted(labels))
        yield f"### {title}\n\n{table_head(columns)}"
        for name, results in shown.items():
            for control in results.controls:
                intervals = intervals_of(name, results, control, comparisons)
                yield _picture_row(results, control, sorted(labels), intervals)
        gold = next(iter(of_corpus.values())).fingerprints["test"]
        about_pictures = [
            comparison
            for comparison in comparisons
            if comparison.gold_fingerprint == gold and comparison.systems <= keys
        ]
        yield from bootstrap_table(about_pictures, CORPORA, systems=systems, types=has_types)
        yield ""


def twin_table(systems: Mapping[str, Results], intervals: Mapping[str, Interval]) -> Iterator[str]:
    """Show systems that look at something beside their twins and beside themselves with less."""
    controls = [f"at test: {name}" for name in CONTROLS.values()]
    columns = ("corpus", "system", "looks at", "its text-only twin", *controls)
    yield table_head((*columns, "interval of given", "seeds"))
    for title, of_corpus in by_corpus(systems):
        for name, results in of_corpus.items():
            if results.source == "none":
                continue
            corpus, _, key = name.partition("-")
            twin = systems.get(f"{corpus}-{TWINS.get(key)}")
            cells = [title, results.origin.name, WHAT[results.source]]
            cells.append(str(twin.test()) if twin else "-")
            cells += [str(results.test(control)) for control in CONTROLS]
            yield table_line([*cells, str(intervals[name]), str(len(results.seeds))])


def _picture_row(
    results: Results, control: str, labels: Sequence[str], intervals: Mapping[str, Interval]
) -> str:
    summaries = {"all": results.test(control)}
    for label in labels:
        summaries[label] = results.test(control, label=label)
    cells = [results.origin.name, WHAT[results.source]]
    cells.append("-" if results.source == "none" else CONTROLS[control])
    for label, summary in summaries.items():
        cells.append(f"{summary} ({intervals[label]})" if label in intervals else str(summary))
    return table_line(cells)
