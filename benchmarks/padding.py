"""How many word pieces a transformer reads a training post of Twitter-2015, padding included, by what posts are put into batches with.

usage: python -m benchmarks.padding
$MNER_DATA is the folder that holds twitter2015/, $MNER_TRANSFORMER the folder or name of a transformer.
"""

import os
from pathlib import Path

import numpy as np

from mner.encoding.buckets import buckets
from mner.encoding.pieces import Pieces
from mner.posts.read import read_posts

BATCH = 16


def main() -> None:
    pieces = Pieces.pretrained(os.environ["MNER_TRANSFORMER"])
    posts = list(
        read_posts(
            Path(os.environ["MNER_DATA"]) / "twitter2015" / "train.txt", on_problem=lambda _: None
        )
    )
    read = np.array([len(pieces.lay_out(pieces.of_words(post.tokens)).spans[0]) for post in posts])
    print(f"without padding: {read.mean():.1f} pieces a post")
    for what, lengths in (
        ("words", [len(post.tokens) for post in posts]),
        ("pieces", read.tolist()),
    ):
        padded = sum(
            read[places].max() * len(places)
            for places in buckets(lengths, BATCH, rng=np.random.default_rng(0))
        )
        print(f"posts of like numbers of {what} together: {padded / len(posts):.1f}")


if __name__ == "__main__":
    main()
