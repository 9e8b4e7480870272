import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mner.cli import app
from mner.training.train import train
from tests.tiny import imgid_text, tiny_recipe


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def model(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run, whose model has promised a precision of 0.4."""
    folder = tmp_path_factory.mktemp("promise")
    model = train(tiny_recipe(corpus), folder / "run").model.parent
    (folder / "fresh.txt").write_text(imgid_text(30, ending="again"), encoding="utf-8")
    result = run("evaluate", model, folder / "fresh.txt", "--promise", "precision=0.4", "--json")
    assert result.exit_code == 0, result.output
    (promised,) = json.loads(result.stdout)["promises"]
    assert promised["kept"]["confidence"] == 0.95
    return model


def with_threshold(model: Path, threshold: float) -> None:
    """Change the threshold of the promise, and with it the digest that the folder has of it."""
    from mner.tagging.digests import replacing_file

    path = model / "model" / "promises.json"
    (value,) = json.loads(path.read_text())
    with replacing_file(path.with_name("mner.json"), path.name) as part:
        part.write_text(json.dumps([{**value, "threshold": threshold}]))


def test_a_text_and_a_file_are_tagged_by_a_promise(
    model: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="mner")
    (tmp_path / "posts.txt").write_text("saw Rome\nAnn was here\n")
    for source in (["saw Rome"], ["--input", tmp_path / "posts.txt", "--input-format", "text"]):
        found = []
        for threshold in (0.0, 1.0):
            with_threshold(model, threshold)
            result = run("tag", *source, "--model", model, "--promise", "precision=0.4")
            assert result.exit_code == 0, result.output
            found.append(
                sum(len(json.loads(line)["entities"]) for line in result.stdout.split("\n") if line)
            )
        assert found[0] > 0
        assert found[1] == 0
        assert "promise precision=0.4: entities are kept from probability 1 on" in caplog.text


def test_a_promise_that_was_not_made_names_the_command(model: Path) -> None:
    result = run("tag", "saw Rome", "--model", model, "--promise", "precision=0.5")
    assert result.exit_code == 1
    advice = f"`mner evaluate {model / 'model'} FILE --promise precision=0.5`"
    assert advice in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--min-probability", "0.5"], "--promise does not go with --min-probability"),
        (["--ocr"], "--promise does not go with words in pictures"),
        (["--lettering", "words"], "--promise does not go with words in pictures"),
    ],
)
def test_what_was_not_promised_does_not_go_with_it(
    model: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    (tmp_path / "posts.jsonl").write_text('{"text": "saw Rome"}\n')
    promise = ["--promise", "precision=0.4"]
    result = run("tag", "--input", tmp_path / "posts.jsonl", "--model", model, *promise, *options)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_resumed_tagging_has_the_same_promise(model: Path, tmp_path: Path) -> None:
    from mner.tagging.given import Given
    from mner.tagging.output import Output

    (tmp_path / "posts.jsonl").write_text('{"text": "saw Rome"}\n')
    given = Given(model / "model", str(tmp_path / "posts.jsonl"))
    path = tmp_path / "out.jsonl"
    first = given.made_of(Output(path), {})
    assert first != given.made_of(Output(path, promise="precision=0.4"), {})
