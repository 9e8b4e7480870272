"""Names written in pictures: how many are found, and the fitted step of `mner.tagging.lettering`.

usage: python -m benchmarks.lettering [--half first|second] [--fit] [--store FILE] [--limit N]

$MNER_DATA is the folder that holds posts/ with gold.jsonl, names.jsonl and images/. The first 250
posts are for choosing and fitting, with --fit; the second 250 are scored once. A name in a picture
counts as found if an entity of the same label has the same letters and digits, whatever its case,
accents, blanks and signs; each name of a picture counts once. Of the text's entities, the span and
the label must be right. The scores of the first half with --fit are of folds that were left out.
"""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.commands import new_parser
from benchmarks.runs import machine
from mner.pictures.lettering.layout import line_groups
from mner.pictures.lettering.lines import Lettering
from mner.pictures.lettering.reader import open_reader
from mner.pictures.lettering.store import open_store
from mner.pictures.lettering.stored import PictureLettering
from mner.pictures.source import PictureSource
from mner.posts.read import read_posts
from mner.spans.score import score
from mner.tagging.lettering.candidates import FEATURES, Candidate, find_candidates
from mner.tagging.lettering.names import (
    Scored,
    apart,
    find_names,
    with_names,
)
from mner.tagging.lettering.words import comparable
from mner.tagging.load import load
from mner.tagging.results import Tagged
from mner.tagging.tagger import Tagger
from mner.types import Doubles, Ints, Post

HALF = 250
FOLDS = 10
SHUFFLES = 10
THRESHOLDS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)
PENALTY = 1.0
"""Of the squares of the weights of the standardised features."""


@dataclass(frozen=True)
class Case:
    """A post with its picture and all that is known of both."""

    gold: Post
    tagged: Tagged
    lettering: Lettering
    names: frozenset[tuple[str, str]]
    """Comparable names in the picture, with their labels."""


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--half", choices=["first", "second"], default="first")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--store", type=Path, default=Path("runs/lettering.jsonl"))
    parser.add_argument("--limit", type=int, default=HALF)
    arguments = parser.parse_args()
    if arguments.fit and arguments.half == "second":
        parser.error("--fit goes with the first half alone")
    tagger = load()
    start = 0 if arguments.half == "first" else HALF
    cases = read_cases(tagger, arguments.store, slice(start, start + arguments.limit))
    print(machine())
    print(f"posts: {arguments.half} half, {len(cases)}; names: {sum(len(c.names) for c in cases)}")
    report_reading(cases)
    report_names(cases, [found(case, tagger) for case in cases])
    report_text(cases, tagger)
    if arguments.fit:
        fit(cases, tagger)


def read_cases(tagger: Tagger, store: Path, part: slice) -> list[Case]:
    """Read posts and gold, tag the texts, and read the pictures that are not in the store."""
    folder = Path(os.environ["MNER_DATA"]) / "posts"
    gold = list(read_posts(folder / "gold.jsonl"))[part]
    lines = (folder / "names.jsonl").read_text(encoding="utf-8").splitlines()[part]
    names = [frozenset(map(_name, json.loads(line)["names"])) for line in lines]
    reader = open_reader()
    store.parent.mkdir(parents=True, exist_ok=True)
    tagged = list(tagger.explain(gold))
    begun, cases = time.perf_counter(), []
    with open_store(store, engine=reader.description) as kept:
        known = len(kept)
        source = PictureSource(base=folder)
        lettering_of = PictureLettering(source, reader, store=kept)
        for post, result, own in zip(gold, tagged, names, strict=True):
            cases.append(Case(post, result, lettering_of(post.picture), own))
        if added := len(kept) - known:
            seconds = time.perf_counter() - begun
            print(f"pictures read: {added}, {seconds / added:.2f} s a picture")
    return cases


def _name(record: dict[str, str]) -> tuple[str, str]:
    return comparable(record["text"]), record["label"]


def found(case: Case, tagger: Tagger) -> set[tuple[str, str]]:
    entities = find_names(case.tagged.post, case.lettering, tagger)
    return {(comparable(entity.text), entity.label) for entity in entities}


def report_reading(cases: Sequence[Case]) -> None:
    """Say how many names are among the letters at all, which is the most that can be found."""
    held = total = 0
    for case in cases:
        texts = [
            comparable(" ".join(line.text for line in group))
            for group in line_groups(case.lettering)
        ]
        total += len(case.names)
        held += sum(any(name in text for text in texts) for name, _ in case.names)
    print(f"names that recognition holds: {held} of {total} ({held / total:.1%})")


def report_names(cases: Sequence[Case], predicted: Sequence[set[tuple[str, str]]]) -> None:
    gold = sum(len(case.names) for case in cases)
    count = sum(map(len, predicted))
    right = [len(case.names & names) for case, names in zip(cases, predicted, strict=True)]
    correct = sum(right)
    precision, recall = correct / max(1, count), correct / gold
    print(
        f"names in pictures: {correct} of {gold} found, recall {recall:.1%}; {count} given,"
        f" precision {precision:.1%}"
    )
    draws = np.random.default_rng(0).integers(0, len(cases), (1_000, len(cases)))
    rights = np.array(right)[draws].sum(axis=1)
    golds = np.array([len(case.names) for case in cases])[draws].sum(axis=1)
    counts = np.array([len(names) for names in predicted])[draws].sum(axis=1)
    for name, values in (("recall", rights / golds), ("precision", rights / counts.clip(1))):
        low, high = np.percentile(values, (2.5, 97.5))
        print(f"  {name}, 95% of 1,000 resamples of posts: {low:.1%} to {high:.1%}")


def report_text(cases: Sequence[Case], tagger: Tagger) -> None:
    """Score the entities of the texts, and those of them that are also written in the picture."""
    gold = [case.gold for case in cases]
    scores = score(gold, [case.tagged.post for case in cases])
    print(f"entities of the texts: F1 {scores.f1:.1%}, which lettering does not change")
    probabilities, is_right = [], []
    for case in cases:
        named = with_names(case.tagged, [("", case.lettering)], tagger)
        spans = {entity.span for entity in case.gold.entities or ()}
        for entity in case.tagged.post.entities:
            if entity.span in named.written:
                probabilities.append(entity.probability)
                is_right.append(entity.span in spans)
    print(
        f"  also written in the picture: {len(is_right)}, right {np.mean(is_right):.1%}, mean"
        f" probability {np.mean(probabilities):.1%}"
    )


def fit(cases: Sequence[Case], tagger: Tagger) -> None:
    """Print the fitted step, and what it reaches on folds that were left out."""
    pools = [find_candidates(case.tagged.post, case.lettering, tagger) for case in cases]
    rows, targets, owners = candidate_rows(cases, pools)
    weights = logistic(rows, targets, penalty=PENALTY)
    print("WEIGHTS = {")
    for name, value in zip(("", *FEATURES), weights, strict=True):
        print(f'    "{name}": {value:.3f},')
    print("}")
    print(f"candidates {len(targets)}, right {targets.sum():.0f}")
    counts = np.zeros((len(THRESHOLDS), 2))
    for shuffle in range(SHUFFLES):
        folds = np.random.default_rng(shuffle).permutation(len(cases))[owners] % FOLDS
        held_out = np.zeros(len(targets))
        for fold in range(FOLDS):
            others = logistic(rows[folds != fold], targets[folds != fold], penalty=PENALTY)
            held_out[folds == fold] = 1 / (1 + np.exp(-_with_one(rows[folds == fold]) @ others))
        counts += count_given(cases, pools, held_out) / SHUFFLES
    gold = sum(len(case.names) for case in cases)
    print(f"folds left out, mean of {SHUFFLES} ways to cut {FOLDS} folds:")
    for least, (given, correct) in zip(THRESHOLDS, counts.tolist(), strict=True):
        recall, precision = correct / gold, correct / max(1, given)
        print(f"  probability from {least:.2f} on: recall {recall:.1%}, precision {precision:.1%}")


def candidate_rows(
    cases: Sequence[Case], pools: Sequence[Sequence[Candidate]]
) -> tuple[Doubles, Doubles, Ints]:
    """Return the features of all candidates (N, F), whether each is right (N,), and its post."""
    rows, targets, owners = [], [], []
    for number, (case, pool) in enumerate(zip(cases, pools, strict=True)):
        for candidate in pool:
            rows.append(candidate.features(case.tagged.post))
            targets.append(float((candidate.key, candidate.label) in case.names))
            owners.append(number)
    return np.array(rows), np.array(targets), np.array(owners)


def count_given(
    cases: Sequence[Case], pools: Sequence[Sequence[Candidate]], probabilities: Doubles
) -> Doubles:
    """Count for each threshold the names that are given and those that are right, (7, 2)."""
    counts = np.zeros((len(THRESHOLDS), 2))
    numbers = iter(probabilities.tolist())
    for case, pool in zip(cases, pools, strict=True):
        # Whatever the threshold, the more probable of two candidates is kept.
        for item in apart(Scored(candidate, next(numbers)) for candidate in pool):
            is_right = (item.candidate.key, item.candidate.label) in case.names
            given = np.array(THRESHOLDS) <= item.probability
            counts += np.stack([given, given & is_right], axis=1)
    return counts


def logistic(rows: Doubles, targets: Doubles, *, penalty: float) -> Doubles:
    """Return constant and weights of a logistic regression, by Newton's method."""
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    inputs = _with_one((rows - mean) / deviation)
    ridge: Any = np.eye(inputs.shape[1]) * penalty
    ridge[0, 0] = 1e-6  # the constant is free
    weights = np.zeros(inputs.shape[1])
    for _ in range(30):
        probability = 1 / (1 + np.exp(-inputs @ weights))
        gradient = inputs.T @ (probability - targets) + ridge @ weights
        curvature = (inputs * (probability * (1 - probability))[:, None]).T @ inputs + ridge
        weights -= np.linalg.solve(curvature, gradient)
    scaled = weights[1:] / deviation
    return np.concatenate([[weights[0] - scaled @ mean], scaled])


def _with_one(rows: Doubles) -> Doubles:
    return np.concatenate([np.ones((len(rows), 1)), rows], axis=1)


if __name__ == "__main__":
    main()
