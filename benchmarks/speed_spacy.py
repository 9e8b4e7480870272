"""Tag posts by the entity recogniser of a spaCy pipeline; run by speed.py in its own environment.

Reads a line of JSON for each question: `["batch" | "single", [["token", ...], ...]]`, where the
lists are the tokens of posts. Answers with a line of JSON: the seconds of the batch, or of each
post.
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
        if kind == "batch":
            seconds = [batch(pipeline, docs)]
        else:
            seconds = [single(pipeline, doc_) for doc_ in docs]
        print(json.dumps(seconds), flush=True)


def batch(pipeline: Any, docs: list[Any]) -> float:
    started = time.perf_counter()
    entities = sum(len(doc.ents) for doc in pipeline.pipe(docs))
    assert entities
    return time.perf_counter() - started


def single(pipeline: Any, doc: Any) -> float:
    started = time.perf_counter()
    pipeline(doc)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
