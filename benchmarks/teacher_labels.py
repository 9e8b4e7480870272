"""Posts labelled by a trained model: samples of the taggings that it thinks possible.

A student that learns from samples learns the model's probabilities and not only its best guess. In
the mean over samples, the loss of the student's CRF is its cross-entropy with the model's.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mner.bio import tag_names, tags_to_spans
from mner.spans.crf import CrfParameters
from mner.spans.lattice import Lengths, build_lattice
from mner.tagging.tagger import Tagger
from mner.types import Entity, Ints, Post, Reals

__all__ = ["sample_tags", "sampled"]


def sampled(
    posts: Sequence[Post], tagger: Tagger, *, rng: np.random.Generator, count: int
) -> list[Post]:
    """Return each post several times, each time with a tagging that the model's probabilities drew.

    Args:
        posts: with words.
        tagger: the model.
        rng: draws.
        count: how often each post is returned.
    """
    tags = tag_names(tagger.labels)
    temperature = tagger.decoder.temperature
    crf = tagger.crf.divided(temperature)
    results: list[Post] = []
    for batch, emitted in tagger.emissions(posts):
        emissions = emitted.emissions / temperature
        for number in range(count):
            paths = sample_tags(emissions, batch.arrays.lengths, crf, rng=rng)
            for post, path in zip(batch.posts, paths, strict=True):
                spans = tags_to_spans([tags[tag] for tag in path])
                entities = tuple(Entity(start, end, label) for start, end, label in spans)
                results.append(replace(post, id=f"{post.id}:{number}", entities=entities))
    return results


def sample_tags(
    emissions: Reals, lengths: Lengths, crf: CrfParameters, *, rng: np.random.Generator
) -> list[Ints]:
    """Draw a tag sequence of each post from the probabilities of a CRF.

    Args:
        emissions: (B, T, L); what stands in the padding plays no part.
        lengths: (B,), words of each post, from 1 to T.
        crf: scores and constraints for L tags.
        rng: draws.

    Returns:
        B arrays, each as long as its post.
    """
    lattice = build_lattice(emissions, lengths, crf)
    alpha = lattice.forward(np.logaddexp)  # (T, B, L)
    # The last tag, then each tag before the one that was drawn: the largest of scores to which
    # Gumbel noise is added is a draw from their softmax.
    drawn = _draw(lattice.totals(alpha), rng)  # (B,)
    arriving = lattice.step.T  # (L after, L before)
    paths = np.empty((len(lattice.lasts), len(alpha)), dtype=np.int64)  # (B, T)
    paths[:, -1:] = drawn[:, None]
    for time in range(len(alpha) - 2, -1, -1):
        previous = _draw(alpha[time] + arriving[drawn], rng)
        # A post that is shorter keeps its last tag until the walk reaches it.
        drawn = np.where(time < lattice.lasts, previous, drawn)
        paths[:, time] = drawn
    return [path[: last + 1] for path, last in zip(paths, lattice.lasts.tolist(), strict=True)]


def _draw(scores: Reals, rng: np.random.Generator) -> Ints:
    noise = rng.gumbel(size=scores.shape)
    drawn: Ints = (scores + noise).argmax(axis=1)
    return drawn
