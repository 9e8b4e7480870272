from pathlib import Path

import pytest

WORDS = ("paris", "Paris", "x", "…", "new")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of word vectors: the word with number n has the vector (n, -n - 0.5)."""
    path = tmp_path / "vectors.txt"
    lines = [f"{word} {number} -{number}.5\n" for number, word in enumerate(WORDS)]
    path.write_text("".join(lines), encoding="utf-8")
    return path
