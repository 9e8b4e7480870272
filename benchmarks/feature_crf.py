"""Twitter-2015 by a CRF over features written by hand, as recognisers were before networks.

usage: python -m benchmarks.feature_crf [--systems feature-crf feature-crf-captions]
           [--out runs/twitter2015] [--install]

One system sees words alone, the other also the words of captions. $MNER_DATA is the folder that
holds twitter2015/, $MNER_VECTORS a file of word vectors, of which the clusters are made. Dev
chooses the regularisation; test is scored once, by the model that dev chose. Training is
deterministic: there is nothing to seed. Results are laid out as those of benchmarks.twitter2015.
"""

import os
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from itertools import product
from pathlib import Path

import pycrfsuite

from benchmarks.commands import new_parser, twitter2015
from benchmarks.crf_features import features
from benchmarks.runs import KEPT, add_install
from benchmarks.word_clusters import WordClusters
from mner.bio import spans_to_tags, tags_to_spans
from mner.corpora.overlap import KnownTexts, find_overlap, text_digests
from mner.encoding.vector_cache import load_vectors
from mner.encoding.vocab import normalise
from mner.errors import DataWarning
from mner.evaluation.controls import shuffle_pictures, without_pictures
from mner.evaluation.evaluation import LOOKS_AT
from mner.posts.captions import attach_captions
from mner.posts.read import read_posts
from mner.posts.write import write_posts
from mner.runs.results import Origin, Results
from mner.runs.results_file import write_results
from mner.runs.seed_result import ControlRecord, SeedResult
from mner.runs.summarise import post_counts_text
from mner.spans.gold import fingerprint, mentions
from mner.spans.score import score
from mner.training.environment import environment, peak_memory
from mner.types import Entity, Post

__all__ = ["FeatureCrf", "train"]

_SYSTEMS = {"feature-crf": "feature CRF", "feature-crf-captions": "feature CRF, captions"}
_GRID = tuple(product((0.0, 0.1), (0.1, 0.5)))
"""The pairs of L1 and L2 regularisation that are tried."""
_ITERATIONS = 100
_DEPTH = 10

Features = Callable[[Post], list[list[str]]]


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--systems", nargs="+", choices=list(_SYSTEMS), default=list(_SYSTEMS))
    parser.add_argument("--out", type=Path, default=Path("runs/twitter2015"))
    add_install(parser)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", DataWarning)
    arguments.out.mkdir(parents=True, exist_ok=True)
    splits = {split: _read(split) for split in ("train", "valid", "test")}
    words: list[str] = []
    for post in splits["train"]:
        words += map(normalise, post.tokens)
    clusters = WordClusters(load_vectors(os.environ["MNER_VECTORS"]), words, depth=_DEPTH)
    kept = KEPT if arguments.install else arguments.out
    for key in arguments.systems:
        folder = arguments.out / f"{key}-seed0"
        folder.mkdir(exist_ok=True)
        results = _results(key, splits, clusters, folder)
        write_results(kept / f"twitter2015-{key}.json", results)
        print(results.render())


@dataclass(frozen=True)
class FeatureCrf:
    """A trained CRF over features."""

    file: Path
    features: Features
    l1: float
    """Weight of the L1 norm in the loss."""
    l2: float
    """Weight of the L2 norm in the loss."""
    iterations: int
    seconds: float
    """The time of training."""

    def parameters(self) -> int:
        """Return the number of weights that are not zero."""
        info = self._tagger().info()
        return len(info.state_features) + len(info.transitions)

    def tag(self, posts: Sequence[Post]) -> list[Post]:
        """Return the posts with predicted entities."""
        tagger = self._tagger()
        tagged = []
        for post in posts:
            spans = tags_to_spans(tagger.tag(self.features(post)))
            tagged.append(replace(post, entities=tuple(Entity(*span) for span in spans)))
        return tagged

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
    """Train on annotated posts by L-BFGS, and write the model to a file."""
    began = time.perf_counter()
    parameters = {"c1": l1, "c2": l2, "max_iterations": iterations}
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", params=parameters, verbose=False)
    for post in posts:
        spans = [entity.span for entity in post.entities or ()]
        trainer.append(features(post), spans_to_tags(spans, len(post.tokens)))
    trainer.train(str(file))
    done = trainer.logparser.last_iteration["num"]
    return FeatureCrf(file, features, l1, l2, done, time.perf_counter() - began)


def _read(split: str) -> list[Post]:
    folder = twitter2015()
    posts = read_posts(folder / f"{split}.txt")
    return list(attach_captions(posts, folder / "captions.jsonl", fields=["blip2"]))


def _results(
    key: str, splits: Mapping[str, list[Post]], clusters: WordClusters, folder: Path
) -> Results:
    test, dev = splits["test"], splits["valid"]
    source = "captions" if key.endswith("captions") else "none"
    of_post = partial(features, paths=clusters.paths, captions=source == "captions")
    best = _chosen_by_dev(splits, of_post, folder)
    controls = {"given": test}
    if source == "captions":
        controls["shuffled"] = shuffle_pictures(test, seed=0)
        controls["none"] = without_pictures(test)

    seen = mentions(splits["train"])
    tagged: dict[str, list[Post]] = {}
    scores: dict[str, ControlRecord] = {}
    for control, posts in controls.items():
        tagged[control] = best.tag(posts)
        write_posts(tagged[control], folder / f"test-{control}.jsonl", format="jsonl")
        scores[control] = ControlRecord.of(score(test, tagged[control], seen=seen).record)

    counts = post_counts_text(test, tagged["given"])
    facts = environment()
    versions = {**facts.versions, "python-crfsuite": version("python-crfsuite")}
    facts = replace(facts, versions=versions)
    run = SeedResult(
        seed=0,
        dev=score(dev, best.tag(dev), seen=seen).record,
        test=scores,
        best_epoch=best.iterations,
        epochs=best.iterations,
        seconds=round(best.seconds, 1),
        epoch_seconds=round(best.seconds / best.iterations, 3),
        peak_memory=peak_memory(),
        environment=facts,
        found=counts.found,
    )
    command = f"python -m benchmarks.feature_crf --systems {key}"
    regularisation = f"l1 = {best.l1}\nl2 = {best.l2}\n"
    return Results(
        origin=Origin(_SYSTEMS[key], command, regularisation),
        looks_at=LOOKS_AT[source],
        source=source,
        scoring="lenient",
        fingerprints={
            "train": fingerprint(splits["train"]),
            "dev": fingerprint(dev),
            "test": fingerprint(test),
        },
        parameters=best.parameters(),
        environment=facts,
        runs=(run,),
        gold=counts.gold,
        overlap=find_overlap(test, KnownTexts(text_digests(splits["train"]), text_digests(dev))),
    )


def _chosen_by_dev(
    splits: Mapping[str, list[Post]], features: Features, folder: Path
) -> FeatureCrf:
    """Train a CRF for each regularisation, and return the best on dev."""
    train_posts, dev = splits["train"], splits["valid"]
    best, highest = None, -1.0
    for l1, l2 in _GRID:
        crf = train(train_posts, features, folder / f"l1-{l1}-l2-{l2}.crfsuite", l1=l1, l2=l2)
        f1 = score(dev, crf.tag(dev)).f1
        print(
            f"{folder.name}: L1 {l1}, L2 {l2}: dev F1 {100 * f1:.2f}, "
            f"{crf.iterations} iterations, {crf.seconds:.0f} s",
            file=sys.stderr,
        )
        if f1 > highest:
            best, highest = crf, f1
    assert best is not None
    return best


if __name__ == "__main__":
    main()
