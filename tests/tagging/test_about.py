import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import mner
from mner.errors import ModelError
from mner.model.sizes import Sizes
from mner.tagging.about import About, Environment, Git, Hardware, read_about

ENVIRONMENT = Environment(
    Hardware("a processor", cores=2, memory=1024, accelerator=None),
    {"python": "3.11", "mner": "0.1.0"},
    Git("cccc", dirty=False),
)
ABOUT = About(
    mner="0.1.0",
    labels=("LOC", "PER"),
    sizes=Sizes(words=3, characters=4, shapes=5, vector=6, region=7),
    encoder={"name": "tiny", "size": 8},
    seed=1,
    train_posts=24,
    train_fingerprint="aaaa",
    dev_fingerprint="bbbb",
    best_epoch=2,
    dev_f1=0.5,
    dev_scoring="lenient",
    environment=ENVIRONMENT,
)


def written(tmp_path: Path, values: dict[str, Any]) -> Path:
    path = tmp_path / "mner.json"
    path.write_text(json.dumps(values))
    return path


def test_a_description_survives_the_file(tmp_path: Path) -> None:
    values = ABOUT.as_dict()
    assert list(values)[:2] == ["format", "mner"]
    assert read_about(written(tmp_path, values)) == ABOUT
    assert ABOUT.fingerprints == {"train": "aaaa", "dev": "bbbb"}
    no_git = replace(ABOUT, environment=replace(ENVIRONMENT, git=None))
    assert read_about(written(tmp_path, no_git.as_dict())) == no_git


def test_what_older_versions_did_not_record_may_be_missing(tmp_path: Path) -> None:
    values = ABOUT.as_dict()
    for name in ("labels", "encoder", "dev_f1", "dev_scoring", "environment"):
        del values[name]
    older = read_about(written(tmp_path, {**values, "torch": "2.0"}))
    assert (older.environment, older.dev_f1, older.encoder) == (None, None, None)
    assert older.as_dict().keys() & {"environment", "dev_f1", "dev_scoring", "torch"} == set()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mner": None}, r"Expected `str`, got `null` - at `\$\.mner`"),
        ({"seed": "one"}, r"Expected `int`, got `str` - at `\$\.seed`"),
        ({"environment": {}}, r"missing required field `hardware` - at `\$\.environment`"),
        ({"format": "x"}, r"Expected `int`, got `str` - at `\$\.format`"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = written(tmp_path, {**ABOUT.as_dict(), **changes})
    with pytest.raises(ModelError, match=rf"mner\.json: .*{message}: the model folder is damaged"):
        read_about(path)


def test_a_format_of_the_future_is_named_before_anything_else(tmp_path: Path) -> None:
    with pytest.raises(
        ModelError,
        match=rf"mner\.json: model format 2, but mner {mner.__version__} reads format 1: "
        "train it again, or use the mner it was made with",
    ):
        read_about(written(tmp_path, {"format": 2}))
