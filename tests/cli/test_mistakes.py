"""What people type by mistake, and the sentence that helps them on."""

import gzip
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from mner.cli import app

GOLD = "".join(
    f"IMGID:{number}\nAnn\tB-PER\nflew\tO\nto\tO\nRome\tB-LOC\n\n" for number in range(12)
)
TRAIN = "train text-only --set data.train=gold.txt --set data.dev=gold.txt --set text.vectors="

MISTAKES = [
    ("score gold.txt short.txt", "predicted ends after 11 posts, and gold has 12"),
    ("score short.txt gold.txt", "gold ends after 11 posts, and predicted has 12"),
    (
        "tag Rome --min-probability 0,5",
        "--min-probability': '0,5': expected a number from 0 to 1 with a decimal point, as in 0.5",
    ),
    ("tag Rome --min-probability 50", "'50': expected a number from 0 to 1"),
    ("tag Rome --model starter", "the starter model is taken where no model is named"),
    ("tag Rome --model nowhere", "nowhere: there is no such folder: expected mner.json in it"),
    ("tag Rome --model images", "images: not a model folder: expected mner.json in it"),
    ("export images", "images: not a model folder"),
    ("tag --input pic.jpg", "pic.jpg: is a picture, expected a text or a file of posts"),
    ("tag --input images", "images: is a folder, expected a file of posts"),
    ("score empty.txt gold.txt", "empty.txt: holds no posts"),
    ("data check gold.txt --pictures pic.jpg", "pic.jpg: is a file, expected a folder of pictures"),
    ("data check gold.txt --pictures none", "none: no such folder of pictures"),
    ("score gold.txt.gz gold.txt", "gold.txt.gz: is packed by gzip: unpack it first"),
    ("score gold.txt utf16.txt", "utf16.txt: is in UTF-16: save it in UTF-8"),
    ("tag --input https://example.com/a.jsonl", "a URL is not read: download the file first"),
    ("train txt-only", "txt-only: no such recipe: expected a file, or one of acn"),
    (
        f"{TRAIN} --set training.epoch=3",
        "unknown key training.epoch (there are: accumulation, averaging, ",
    ),
    (f"{TRAIN} --set training.epochs=ten", "training.epochs: expected a whole number, got 'ten'"),
    (f"{TRAIN} --set training.epochs", "expected section.key=value, as in training.epochs=3"),
    ("train text-only", "the environment variable MNER_DATA is not set"),
    ("tag Rome --modle x", "--modle"),
    ("tagg Rome", "No such command 'tagg'. Did you mean 'tag'?"),
    ("tag Rome --input gold.txt", "give either TEXT or --input"),
    ("tag", "give either TEXT or --input"),
    ("compare gold.txt gold.txt", "Missing argument 'B'"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands run."""
    place = tmp_path_factory.mktemp("mistakes")
    (place / "images").mkdir()
    Image.new("RGB", (8, 8)).save(place / "pic.jpg")
    contents = {
        "gold.txt": GOLD.encode(),
        "short.txt": GOLD.partition("IMGID:11")[0].encode(),
        "empty.txt": b"",
        "gold.txt.gz": gzip.compress(GOLD.encode()),
        "utf16.txt": GOLD.encode("utf-16"),
    }
    for name, content in contents.items():
        (place / name).write_bytes(content)
    return place


@pytest.mark.parametrize(("command", "sentence"), MISTAKES)
def test_a_mistake_ends_in_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, command: str, sentence: str
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.delenv("MNER_DATA", raising=False)
    result = CliRunner().invoke(app, shlex.split(command))
    assert result.exit_code in {1, 2}
    error = result.output.splitlines()[-1]
    assert error.startswith("Error: ")
    assert sentence in error


def test_the_mistakes_are_twenty_five_and_more() -> None:
    assert len({command for command, _ in MISTAKES}) >= 25
