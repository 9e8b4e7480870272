import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import mner
from mner.errors import InputError
from mner.tagging.given import Given
from mner.tagging.output import Output


@pytest.fixture
def given(tmp_path: Path) -> Given:
    """A model of two files, posts, captions, pictures and features."""
    for name in ("model/a", "model/sub/b", "posts", "captions", "features/f", "pictures/p"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return Given(
        tmp_path / "model",
        str(tmp_path / "posts"),
        captions=tmp_path / "captions",
        pictures=tmp_path / "pictures",
        features=tmp_path / "features",
    )


def sha(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def test_the_inputs_are_named_by_what_they_are(given: Given) -> None:
    assert given.inputs() == {
        "the input": given.file,
        "the model": given.model,
        "--captions": given.captions,
        "--features": given.features,
    }


def test_what_decides_the_output_is_listed(given: Given, tmp_path: Path) -> None:
    output = Output(tmp_path / "out.csv", rows="posts", with_model=True)
    made_of = given.made_of(output, {"on_error": "skip"})
    features = tmp_path / "features" / "f"
    state = features.stat()
    assert made_of == {
        "version of mner": mner.__version__,
        "model": sha(f"a\0{sha('model/a')}\nsub/b\0{sha('model/sub/b')}\n"),
        "input": sha(f".\0{sha('posts')}\n"),
        "file of captions": sha(f".\0{sha('captions')}\n"),
        "folder of pictures": str(tmp_path / "pictures"),
        "store of features": sha(repr([(str(features), state.st_size, state.st_mtime_ns)])),
        "choice of options": str(
            [
                ("explain", False),
                ("min_probability", 0.0),
                ("on_error", "skip"),
                ("rows", "posts"),
                ("style", "csv"),
                ("with_model", True),
            ]
        ),
    }
    bare = Given(given.model, given.file).made_of(output, {})
    names = ("file of captions", "folder of pictures", "store of features")
    assert [bare[name] for name in names] == [""] * 3


@pytest.mark.parametrize(
    "options",
    [{"explain": True}, {"min_probability": 0.5}, {"promise": "precision=0.9"}, {"style": "text"}],
)
def test_each_option_makes_another_output(given: Given, options: dict[str, Any]) -> None:
    path = Path("out")
    usual = given.made_of(Output(path, style="jsonl"), {})
    other = given.made_of(Output(path, **{"style": "jsonl", **options}), {})
    assert {name for name in usual if usual[name] != other[name]} == {"choice of options"}
    (name,) = options
    assert f"('{name}', {options[name]!r})" in other["choice of options"]


def test_a_changed_store_is_another_one(given: Given, tmp_path: Path) -> None:
    before = given.made_of(Output(), {})
    os.utime(tmp_path / "features" / "f", ns=(0, 1))
    (tmp_path / "model" / "sub" / "b").write_text("changed")
    after = given.made_of(Output(), {})
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"model", "store of features"}


def test_a_stream_has_no_digest_and_cannot_be_resumed(given: Given, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for file in ("-", str(tmp_path / "pipe")):
        stream = replace(given, file=file)
        assert stream.made_of(Output(), {})["input"] == "stream"
        output = Output(tmp_path / "out.jsonl", resume=True)
        message = f"^{file}: a stream cannot be read again: --resume needs a file$"
        with pytest.raises(InputError, match=message):
            stream.made_of(output, {})
    given.made_of(output, {})


def test_a_file_that_cannot_be_read_is_named(given: Given, tmp_path: Path) -> None:
    none = tmp_path / "none"
    for without in (replace(given, captions=none), replace(given, features=none)):
        with pytest.raises(
            InputError, match=f"^{none}: cannot be read: No such file or directory$"
        ):
            without.made_of(Output(), {})
