"""The word pieces that a transformer reads a training post of Twitter-2015, padding included.

usage: python -m benchmarks.padding

The number depends on which posts are put into a batch together. $MNER_DATA is the folder that holds
twitter2015/, $MNER_TRANSFORMER the folder or the name of a transformer.
"""

import os
from argparse import ArgumentParser, RawDescriptionHelpFormatter

import numpy as np

from benchmarks.commands import twitter2015
from mner.encoding.buckets import buckets
from mner.encoding.pieces import Pieces
from mner.posts.read import read_posts

BATCH = 16


def main() -> None:
    ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter).parse_args()
    pieces = Pieces.pretrained(os.environ["MNER_TRANSFORMER"])
    posts = list(read_posts(twitter2015() / "train.txt", on_problem=lambda _: None))
    read = np.array([len(pieces.lay_out(pieces.of_words(post.tokens)).spans[0]) for post in posts])
    print(f"without padding: {read.mean():.1f} pieces a post")
    lengths = {"words": [len(post.tokens) for post in posts], "pieces": read.tolist()}
    for unit, counts in lengths.items():
        padded = 0
        for positions in buckets(counts, BATCH, rng=np.random.default_rng(0)):
            padded += read[positions].max() * len(positions)
        print(f"posts of like numbers of {unit} together: {padded / len(posts):.1f}")


if __name__ == "__main__":
    main()
