"""A tiny corpus on which training takes a second.

Who is named decides the type, or, for one name, the picture does.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from mner.recipe.data import DataSection
from mner.recipe.sections import (
    CharactersSection,
    FusionSection,
    PictureSection,
    Recipe,
    TextSection,
    TrainingSection,
)

NAMES = {"Ann": "PER", "Bob": "PER", "Rome": "LOC", "Oslo": "LOC"}
FRAMES = ("{} was here today", "saw {} and http://t.co/1", "#love {} !", "RT @me : {} ...")


def imgid_text(count: int, *, ending: str = "") -> str:
    """Posts as an IMGID file; with an ending, which is a word, they are new texts."""
    lines = []
    for number in range(count):
        name, label = list(NAMES.items())[number % len(NAMES)]
        lines.append(f"IMGID:{number}")
        lines += [
            f"{token}\t{'B-' + label if token == name else 'O'}"
            for token in f"{FRAMES[(number // 3) % len(FRAMES)].format(name)} {ending}".split()
        ]
        lines.append("")
    return "\n".join(lines)


def write_corpus(folder: Path) -> None:
    """train.txt, dev.txt, vectors.txt, captions.jsonl and images/ of 24 posts.

    Picture 5 is missing, 6 is broken.
    """
    (folder / "train.txt").write_text(imgid_text(24))
    (folder / "dev.txt").write_text(imgid_text(12))
    rng = np.random.default_rng(0)
    words = (
        "ann",
        "bob",
        "rome",
        "oslo",
        "was",
        "here",
        "today",
        "saw",
        "and",
        "love",
        "a",
        "man",
        "city",
    )
    (folder / "vectors.txt").write_text(
        "".join(
            f"{word} {' '.join(f'{value:.3f}' for value in rng.normal(size=8))}\n" for word in words
        )
    )
    captions = ("a man", "a man", "a city", "a city")
    (folder / "captions.jsonl").write_text(
        "".join(
            json.dumps({"id": str(n), "short": captions[n % 4], "long": "a"}) + "\n"
            for n in range(20)
        )
    )
    (folder / "images").mkdir()
    for number in range(24):
        if number != 5:
            Image.fromarray(rng.integers(0, 255, (16, 16, 3), dtype=np.uint8)).save(
                folder / "images" / f"{number}.jpg"
            )
    (folder / "images" / "6.jpg").write_bytes(b"not a picture")


def tiny_recipe(corpus: Path) -> Recipe:
    """A text-only tagger of the tiny corpus."""
    return Recipe(
        data=DataSection(train=str(corpus / "train.txt"), dev=str(corpus / "dev.txt")),
        text=TextSection(vectors=str(corpus / "vectors.txt"), hidden=8, dropout=0.1, shapes=3),
        characters=CharactersSection(filters=4, dimension=5),
        fusion=FusionSection(size=4),
        training=TrainingSection(
            epochs=12, warmup_steps=2, learning_rate=0.02, batch_size=4, threads=1
        ),
    )


def tiny_caption_recipe(corpus: Path) -> Recipe:
    """The same with the words of the field `short` as regions."""
    recipe = tiny_recipe(corpus)
    data = replace(recipe.data, captions=str(corpus / "captions.jsonl"), caption_fields=("short",))
    return replace(recipe, data=data, picture=PictureSection(source="captions"))


def tiny_pixel_recipe(corpus: Path) -> Recipe:
    """The same with the regions of the pictures."""
    recipe = tiny_recipe(corpus)
    return replace(
        recipe,
        data=replace(recipe.data, pictures=str(corpus / "images")),
        picture=PictureSection(source="pixels"),
    )
