"""The page for users of the public Keras code.

Its commands run in their order, in a folder laid out as theirs, and print what the page says they
print.
"""

import contextlib
import gzip
import re
import shlex
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from mner.cli import app
from mner.pictures.store import FeatureStore
from mner.types import PictureState
from tests.pictures.encoders.vgg_layouts import random_layers, write_keras
from tests.pictures.seed_file import write_seed_file
from tests.tiny import imgid_text

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "coming-from-keras.md").read_text(encoding="utf-8")
SAMPLE: str = re.findall(r"^```text\n(IMGID:.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[0]
BLOCKS: list[tuple[str, str]] = re.findall(
    r"^```sh\n(.*?)^```$(?:\n\n^```text\n(.*?)^```$)?", PAGE, re.DOTALL | re.MULTILINE
)
"""Commands, and what stands below them, if anything does."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a user of the Keras code: 4, 2 and 2 posts.

    Pictures 0 and those of the sample are there, 1 is broken, 2 and 3 are missing.
    """
    place = tmp_path_factory.mktemp("keras")
    (place / "sample.txt").write_text(SAMPLE)
    data = place / "data"
    (data / "ner_img").mkdir(parents=True)
    for name, count in (("train", 4), ("dev", 2), ("test", 2)):
        (data / name).write_text(imgid_text(count))
    write_keras(
        data / "vgg16_weights_th_dim_ordering_th_kernels_notop.h5",
        random_layers(),
        order="th",
        kernels="th",
    )
    write_seed_file(data / "img_vgg_feature_224.h5", map(str, range(4)))
    write_pictures(data / "ner_img")
    write_vectors(place / "word2vec")
    with contextlib.chdir(place):
        yield place


def write_pictures(folder: Path) -> None:
    rng = np.random.default_rng(0)
    for name in ("50447", "418340", "0"):
        Image.fromarray(rng.integers(0, 255, (40, 60, 3), dtype=np.uint8)).save(
            folder / f"{name}.jpg"
        )
    (folder / "1.jpg").write_bytes(b"not a picture")


def write_vectors(folder: Path) -> None:
    """`w2v.model` in word2vec's binary form (the port's is text), and GloVe's text, packed."""
    folder.mkdir()
    words = {
        word: np.random.default_rng(number).normal(size=8)
        for number, word in enumerate(("ann", "bob", "rome", "oslo", "was", "here", "today"))
    }
    binary = b"".join(
        word.encode() + b" " + struct.pack("<8f", *vector) + b"\n" for word, vector in words.items()
    )
    (folder / "w2v.model").write_bytes(f"{len(words)} 8\n".encode() + binary)
    text = "".join(
        f"{word} {' '.join(f'{value:.4f}' for value in vector)}\n" for word, vector in words.items()
    )
    (folder / "glove-twitter-200.gz").write_bytes(gzip.compress(text.encode()))


def printed(command: str) -> str:
    """What a line of the page prints; training is for one epoch."""
    if not command.startswith("mner "):
        return subprocess.run(
            ["bash", "-c", command], check=True, capture_output=True, text=True
        ).stdout
    arguments = shlex.split(command)[1:] + (
        ["--set", "training.epochs=1"] if command.startswith("mner train ") else []
    )
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, f"{command}\n{result.output}"
    return result.stdout


# The sample has tokens without a tag, which is told by a warning.
@pytest.mark.filterwarnings("ignore::mner.errors.DataWarning")
def test_the_walk_succeeds(folder: Path) -> None:
    ran = []
    for block, expected in BLOCKS:
        commands = block.replace("\\\n", " ").splitlines()
        output = "".join(map(printed, commands))
        assert not expected or output == expected, block
        ran += commands
    assert [command.split()[:3][-1] for command in ran if command.startswith("mner train ")] == [
        "seed",
        "acn-paper",
        "acn",
    ]
    for subcommand in (
        "data check",
        "data stats",
        "features extract",
        "features info",
        "features convert",
        "evaluate",
        "export",
        "tag",
        "score",
    ):
        assert any(command.startswith(f"mner {subcommand} ") for command in ran), subcommand
    own = FeatureStore.open(Path("features/vgg16"))
    assert own.counts() == {
        PictureState.PRESENT: 1,
        PictureState.ABSENT: 2,
        PictureState.UNREADABLE: 1,
    }
    gold, columns = (
        Path("gold.txt").read_text().splitlines(),
        Path("results.txt").read_text().splitlines(),
    )
    assert [line.rpartition("\t")[0].strip() for line in columns[: len(gold)]] == gold
    assert all(re.fullmatch(r"\S+\t\S+\t(O|[BI]-\w+)", line) for line in columns if line.strip())


def test_the_sample_is_that_of_the_readme() -> None:
    """Editors like to strip what makes it one: blanks at the ends of lines, and a tab."""
    lines = SAMPLE.splitlines()
    assert len(lines) == 21
    assert all(line.endswith("     ") for line in lines if line)
    assert lines[13].rstrip(" ").endswith("\t")
    assert "\t" not in lines[14]


def test_every_file_it_links_to_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", PAGE) if "://" not in link]
    assert links
    assert not [link for link in links if not (ROOT / "docs" / link).exists()]
