"""Let the starter's teacher label posts: hashtags and other names of the corpora, and texts.

usage: python -m benchmarks.starter_labels FILE --teacher MODEL [--seed 0] [--part 0 --parts 2]

The teacher reads hashtags as the words of which they are made. Where it takes all words of a
hashtag for one name, and the corpus has no entity there, the hashtag becomes an entity; so does
what it takes for OTHER in a corpus that has no such label. Texts without labels come from
`benchmarks.starter_texts`; of each there are two samples of the teacher's taggings. FILE gets JSON
lines; posts of the corpora keep their ids. `--part` labels one of several parts of the posts.
"""

import json
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import numpy as np
import torch

from benchmarks.commands import new_parser
from benchmarks.starter_texts import read_texts
from benchmarks.teacher_labels import sampled
from mner.corpora.corpus import read_split
from mner.encoding.hashtags import hashtag_words
from mner.errors import DataWarning
from mner.recipe.read import read_recipe, recipe_file
from mner.require import require_entities
from mner.tagging.load import load
from mner.tagging.tagger import Tagger
from mner.types import Entity, Post

SAMPLES = 2
CHUNK = 500


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--part", type=int, default=0)
    parser.add_argument("--parts", type=int, default=1)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", DataWarning)
    torch.set_num_threads(1)
    teacher = load(arguments.teacher, backend="torch")
    rng = np.random.default_rng([arguments.seed, arguments.part])
    own = slice(arguments.part, None, arguments.parts)
    corpora = read_split(read_recipe(recipe_file("starter-teacher")).data, "train", captions=None)
    with arguments.file.open("w", encoding="utf-8") as file:
        for posts in _chunks(list(filter(_has_gaps, corpora))[own]):
            _write(with_names(posts, teacher), file)
        texts = [Post(id=text.id, tokens=text.tokens) for text in read_texts()]
        for posts in _chunks(texts[own]):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                _write(sampled(posts, teacher, rng=rng, count=SAMPLES), file)


def _write(posts: Iterable[Post], file: TextIO) -> None:
    for post in posts:
        print(json.dumps(record(post), ensure_ascii=False), file=file, flush=True)


def record(post: Post) -> dict[str, object]:
    """Return a post as a line of JSON."""
    entities = [
        {"start": entity.start, "end": entity.end, "label": entity.label}
        for entity in require_entities(post)
    ]
    known = {} if post.annotated is None else {"annotated": list(post.annotated)}
    return {"id": post.id, "tokens": list(post.tokens), "entities": entities, **known}


def with_names(posts: Sequence[Post], teacher: Tagger) -> list[Post]:
    """Add what the teacher takes for names in hashtags, and of labels that were not looked for."""
    parted = [_parted(post) for post in posts]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        read = list(teacher.tag([words for words, _ in parted]))
    results = []
    for post, (_, spans), tagged in zip(posts, parted, read, strict=True):
        starts = {start: position for position, (start, _) in enumerate(spans)}
        ends = {end: position + 1 for position, (_, end) in enumerate(spans)}
        found = [
            Entity(starts[entity.start], ends[entity.end], entity.label)
            for entity in tagged.entities
            if entity.start in starts and entity.end in ends
        ]
        added = [entity for entity in found if _is_missing(entity, post)]
        results.append(_completed(post, added))
    return results


def _completed(post: Post, added: Sequence[Entity]) -> Post:
    """Add entities. A post to which a label was added that nobody looked for counts as complete."""
    unsought = {entity.label for entity in added} - set(post.annotated or ())
    annotated = None if unsought else post.annotated
    return replace(post, entities=(*require_entities(post), *added), annotated=annotated)


def _is_missing(entity: Entity, post: Post) -> bool:
    is_hashtag = entity.end == entity.start + 1 and post.tokens[entity.start].startswith("#")
    is_unsought = post.annotated is not None and entity.label not in post.annotated
    is_free = all(
        entity.end <= other.start or other.end <= entity.start for other in require_entities(post)
    )
    return is_free and (is_hashtag or is_unsought)


def _parted(post: Post) -> tuple[Post, list[tuple[int, int]]]:
    """Return a post with the words of its hashtags, and where each of its tokens went."""
    tokens: list[str] = []
    spans = []
    for token in post.tokens:
        words = hashtag_words(token) or [token]
        spans.append((len(tokens), len(tokens) + len(words)))
        tokens += words
    return Post(id=post.id, tokens=tuple(tokens)), spans


def _has_gaps(post: Post) -> bool:
    """Return whether the annotators left out labels or, perhaps, names in hashtags."""
    return post.annotated is not None or any(token.startswith("#") for token in post.tokens)


def _chunks(posts: Sequence[Post]) -> Iterator[Sequence[Post]]:
    for start in range(0, len(posts), CHUNK):
        yield posts[start : start + CHUNK]


if __name__ == "__main__":
    main()
