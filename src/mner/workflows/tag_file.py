"""Tagging a file or a stream: results appear while input still comes, in the order of the input."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from tqdm import tqdm

from mner.data.captions import attach_captions
from mner.data.read import read_posts
from mner.spans.write import write_posts
from mner.types import Post
from mner.workflows.checkpoint import read_model
from mner.workflows.load import load

__all__ = ["tag_file"]


def tag_file(
    model: Path,
    source: str,
    *,
    output: Path | None = None,
    style: Literal["jsonl", "conll", "text"] = "jsonl",
    captions: Path | None = None,
    pictures: Path | None = None,
) -> None:
    """Tag the posts of a file.

    Args:
        model: a model folder.
        source: a file in any format that `read_posts` reads, or `-` for standard input.
        output: the file to write, which appears when it is complete; standard output when None.
        style: the format of the output.
        captions: JSONL file of captions, for a model that looks at captions.
        pictures: folder of pictures by id; without it a post's picture is a path.

    Raises:
        InputError: the input cannot be read; posts before the bad one have been written to standard output, nothing to `output`.
        ModelError: the model cannot be loaded.
    """
    fields = read_model(model).recipe.data.caption_fields
    posts: Iterable[Post] = read_posts(sys.stdin.buffer if source == "-" else Path(source))
    if captions is not None:
        posts = attach_captions(posts, captions, fields=fields or None)
    tagged = load(model, pictures=pictures).tag(tqdm(posts, desc="tag", unit="post", disable=None))
    write_posts(tagged, output or sys.stdout, format=style)
