"""Tags posts by a spaCy pipeline with its entity recogniser alone; run by speed.py in an environment of its own.

Reads a line of JSON, the tokens of the posts of each question: ["batch" | "single", [["token", ...], ...]]. Answers with a line of JSON, seconds:
those of the whole batch, or those of each post.
"""

import json
import sys
import time
from importlib import import_module
from typing import Any


def main() -> None:
    pipeline = import_module(sys.argv[1]).load(enable=["ner"])
    doc = import_module("spacy.tokens").Doc
    for line in sys.stdin:
        kind, posts = json.loads(line)
        docs = [doc(pipeline.vocab, words=words) for words in posts]
        print(
            json.dumps(
                batch(pipeline, docs)
                if kind == "batch"
                else [single(pipeline, each) for each in docs]
            ),
            flush=True,
        )


def batch(pipeline: Any, docs: list[Any]) -> list[float]:
    started = time.perf_counter()
    found = sum(len(each.ents) for each in pipeline.pipe(docs))
    assert found
    return [time.perf_counter() - started]


def single(pipeline: Any, doc: Any) -> float:
    started = time.perf_counter()
    pipeline(doc)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
