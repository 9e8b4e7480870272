"""Twitter-2015: a CRF over features written by hand, as recognisers were before networks; words alone, and with the words of captions.

usage: python -m benchmarks.feature_crf [--systems feature-crf feature-crf-captions] [--out runs/twitter2015] [--install]
$MNER_DATA is the folder that holds twitter2015/, $MNER_VECTORS a file of word vectors, of which the clusters are made. Dev chooses the regularisation; test is
scored once, by the model that dev chose. Training is deterministic: there is nothing to seed. Results are laid out as those of benchmarks.twitter2015.
"""

import argparse
import os
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from itertools import product
from pathlib import Path

import pycrfsuite

from benchmarks.crf_features import features
from benchmarks.runs import KEPT
from benchmarks.word_clusters import WordClusters
from mner.bio import spans_to_tags, tags_to_spans
from mner.encoding.vector_cache import load_vectors
from mner.encoding.vocab import normalise
from mner.errors import DataWarning
from mner.evaluation.controls import shuffle_pictures, without_pictures
from mner.evaluation.evaluation import LOOKS_AT
from mner.posts.captions import attach_captions
from mner.posts.read import read_posts
from mner.posts.write import write_posts
from mner.runs.results import Origin, Results, write_results
from mner.runs.seed_result import ControlRecord, SeedResult
from mner.runs.summarise import post_counts_text
from mner.spans.gold import fingerprint, mentions
from mner.spans.score import score
from mner.training.environment import environment, peak_memory
from mner.types import Entity, Post

__all__ = ["FeatureCrf", "train"]

_SYSTEMS = {"feature-crf": "feature CRF", "feature-crf-captions": "feature CRF, captions"}
_GRID = tuple(product((0.0, 0.1), (0.1, 0.5)))
"""L1 and L2 regularisation, each pair tried."""
_ITERATIONS = 100
_DEPTH = 10

Features = Callable[[Post], list[list[str]]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--systems", nargs="+", choices=list(_SYSTEMS), default=list(_SYSTEMS))
    parser.add_argument("--out", type=Path, default=Path("runs/twitter2015"))
    parser.add_argument(
        "--install",
        action="store_true",
        help=f"keep the results in {KEPT.parent.name}/{KEPT.name}; `make results` makes the page of them",
    )
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", DataWarning)
    arguments.out.mkdir(parents=True, exist_ok=True)
    splits = {split: _read(split) for split in ("train", "valid", "test")}
    clusters = WordClusters(
        load_vectors(os.environ["MNER_VECTORS"]),
        [normalise(token) for post in splits["train"] for token in post.tokens],
        depth=_DEPTH,
    )
    for key in arguments.systems:
        folder = arguments.out / f"{key}-seed0"
        folder.mkdir(exist_ok=True)
        results = _results(key, splits, clusters, folder)
        write_results(
            (KEPT if arguments.install else arguments.out) / f"twitter2015-{key}.json", results
        )
        print(results.render())


@dataclass(frozen=True)
class FeatureCrf:
    """A trained CRF."""

    file: Path
    features: Features
    l1: float
    l2: float
    """Weights of the two norms in the loss."""
    iterations: int
    seconds: float
    """Of training."""

    def parameters(self) -> int:
        """How many weights are not zero."""
        info = self._tagger().info()
        return len(info.state_features) + len(info.transitions)

    def tag(self, posts: Sequence[Post]) -> list[Post]:
        """The posts with the entities it finds."""
        tagger = self._tagger()
        found = (tags_to_spans(tagger.tag(self.features(post))) for post in posts)
        return [
            replace(post, entities=tuple(Entity(*span) for span in spans))
            for post, spans in zip(posts, found, strict=True)
        ]

    def _tagger(self) -> pycrfsuite.Tagger:
        tagger = pycrfsuite.Tagger()
        tagger.open(str(self.file))
        return tagger


def train(
    posts: Sequence[Post],
    features: Features,
    file: Path,
    *,
    l1: float,
    l2: float,
    iterations: int = _ITERATIONS,
) -> FeatureCrf:
    """Train on tagged posts by L-BFGS and write the model to a file."""
    began = time.perf_counter()
    trainer = pycrfsuite.Trainer(
        algorithm="lbfgs", params={"c1": l1, "c2": l2, "max_iterations": iterations}, verbose=False
    )
    for post in posts:
        trainer.append(
            features(post),
            spans_to_tags([entity.span for entity in post.entities or ()], len(post.tokens)),
        )
    trainer.train(str(file))
    return FeatureCrf(
        file, features, l1, l2, trainer.logparser.last_iteration["num"], time.perf_counter() - began
    )


def _read(split: str) -> list[Post]:
    data = Path(os.environ["MNER_DATA"]) / "twitter2015"
    return list(
        attach_captions(
            read_posts(data / f"{split}.txt"), data / "captions.jsonl", fields=["blip2"]
        )
    )


def _results(
    key: str, splits: dict[str, list[Post]], clusters: WordClusters, folder: Path
) -> Results:
    source = "captions" if key.endswith("captions") else "none"
    best = _chosen_by_dev(
        splits, partial(features, paths=clusters.paths, captions=source == "captions"), folder
    )
    controls = {"given": splits["test"]}
    if source == "captions":
        controls |= {
            "shuffled": shuffle_pictures(splits["test"], seed=0),
            "none": without_pictures(splits["test"]),
        }
    tagged = {control: best.tag(posts) for control, posts in controls.items()}
    for control, posts in tagged.items():
        write_posts(posts, folder / f"test-{control}.jsonl", format="jsonl")
    seen = mentions(splits["train"])
    counts = post_counts_text(splits["test"], tagged["given"])
    facts = environment()
    versions = {**facts.versions, "python-crfsuite": version("python-crfsuite")}
    facts = replace(facts, versions=versions)
    run = SeedResult(
        seed=0,
        dev=score(splits["valid"], best.tag(splits["valid"]), seen=seen).record,
        test={
            control: ControlRecord.of(score(splits["test"], posts, seen=seen).record)
            for control, posts in tagged.items()
        },
        best_epoch=best.iterations,
        epochs=best.iterations,
        seconds=round(best.seconds, 1),
        epoch_seconds=round(best.seconds / best.iterations, 3),
        peak_memory=peak_memory(),
        environment=facts,
        found=counts.found,
    )
    return Results(
        origin=Origin(
            _SYSTEMS[key],
            f"python -m benchmarks.feature_crf --systems {key}",
            f"l1 = {best.l1}\nl2 = {best.l2}\n",
        ),
        looks_at=LOOKS_AT[source],
        source=source,
        scoring="lenient",
        fingerprints={
            "train": fingerprint(splits["train"]),
            "dev": fingerprint(splits["valid"]),
            "test": fingerprint(splits["test"]),
        },
        parameters=best.parameters(),
        environment=facts,
        runs=(run,),
        gold=counts.gold,
    )


def _chosen_by_dev(splits: dict[str, list[Post]], features: Features, folder: Path) -> FeatureCrf:
    """The best on dev of a CRF for each regularisation."""
    best, highest = None, -1.0
    for l1, l2 in _GRID:
        crf = train(splits["train"], features, folder / f"l1-{l1}-l2-{l2}.crfsuite", l1=l1, l2=l2)
        f1 = score(splits["valid"], crf.tag(splits["valid"])).f1
        print(
            f"{folder.name}: L1 {l1}, L2 {l2}: dev F1 {100 * f1:.2f}, {crf.iterations} iterations, {crf.seconds:.0f} s",
            file=sys.stderr,
        )
        if f1 > highest:
            best, highest = crf, f1
    assert best is not None
    return best


if __name__ == "__main__":
    main()
