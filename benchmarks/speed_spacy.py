"""Tag posts by the entity recogniser of a spaCy pipeline, in an environment of its own.

Run by speed.py and end_to_end.py. Reads a line of JSON for each question: `["batch" | "single",
[["token", ...], ...]]`, where the lists are the tokens of posts, or `["texts", ["text", ...]]` for
raw texts, which spaCy's own tokeniser cuts. Answers with a line of JSON: the seconds of the batch
or of the texts, or of each post.
"""

import json
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from typing import Any


def main() -> None:
    pipeline = import_module(sys.argv[1]).load(enable=["ner"])
    doc = import_module("spacy.tokens").Doc
    for line in sys.stdin:
        kind, posts = json.loads(line)
        if kind == "texts":
            print(json.dumps([batch(pipeline, posts)]), flush=True)
            continue
        docs = [doc(pipeline.vocab, words=words) for words in posts]
        if kind == "batch":
            seconds = [batch(pipeline, docs)]
        else:
            seconds = [single(pipeline, doc_) for doc_ in docs]
        print(json.dumps(seconds), flush=True)


def batch(pipeline: Any, posts: Sequence[Any]) -> float:
    started = time.perf_counter()
    entities = sum(len(doc.ents) for doc in pipeline.pipe(posts))
    assert entities
    return time.perf_counter() - started


def single(pipeline: Any, doc: Any) -> float:
    started = time.perf_counter()
    pipeline(doc)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
