"""Why names written in pictures are missed, on the first 250 annotated posts.

usage: python -m benchmarks.lettering_misses [--store FILE] [--names]

Each missed name is counted once, under the first of the reasons that holds. With --names, the names
are printed, too. The second 250 posts are for scoring and are not looked at.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.commands import new_parser
from benchmarks.lettering import HALF, Case, read_cases
from benchmarks.runs import machine
from mner.pictures.lettering.layout import line_groups
from mner.tagging.lettering.candidates import find_candidates
from mner.tagging.lettering.names import find_names
from mner.tagging.lettering.readings import readings
from mner.tagging.lettering.words import comparable, word_runs
from mner.tagging.load import load
from mner.tagging.tagger import Tagger

FOUND = "found"
REASONS = (
    FOUND,
    "nothing is read in the picture",
    "read, but parted over groups of lines",
    "other letters are read",
    "joined with other words",
    "no reading gives it 2%",
    "another label of it is given",
    "a longer or a shorter name is given",
    "not probable enough",
)


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--store", type=Path, default=Path("runs/lettering.jsonl"))
    parser.add_argument("--names", action="store_true")
    arguments = parser.parse_args()
    tagger = load()
    counts: Counter[str] = Counter()
    for case in read_cases(tagger, arguments.store, slice(HALF)):
        for (name, label), reason in reasons(case, tagger):
            counts[reason] += 1
            if arguments.names and reason != FOUND:
                print(f"{case.gold.id}: {name} {label}: {reason}")
    print(machine())
    for reason in REASONS:
        print(f"{counts[reason]:5d}  {reason}")
    print(f"{counts.total():5d}  names")


def reasons(case: Case, tagger: Tagger) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield the names of a picture, each with the reason why it is missed."""
    post, lettering = case.tagged.post, case.lettering
    given = {(comparable(name.text), name.label) for name in find_names(post, lettering, tagger)}
    candidates = {
        (candidate.key, candidate.label) for candidate in find_candidates(post, lettering, tagger)
    }
    groups = [comparable(" ".join(line.text for line in group)) for group in line_groups(lettering)]
    words = {
        run.key
        for reading in readings(lettering)
        for run in word_runs(reading.post.tokens, most=len(reading.post.tokens))
    }
    for name in sorted(case.names):
        key, _ = name
        if name in given:
            reason = FOUND
        elif not groups:
            reason = REASONS[1]
        elif not any(key in group for group in groups):
            reason = REASONS[2] if key in "".join(groups) else REASONS[3]
        elif key not in words:
            reason = REASONS[4]
        elif name not in candidates:
            reason = REASONS[5]
        elif any(key == other for other, _ in given):
            reason = REASONS[6]
        elif any(key in other or other in key for other, _ in given):
            reason = REASONS[7]
        else:
            reason = REASONS[8]
        yield name, reason


if __name__ == "__main__":
    main()
