import json
import shutil
from pathlib import Path

import pytest

from mner.errors import InputError, ModelError
from mner.evaluation.evaluate import evaluate
from mner.posts.read import read_posts
from mner.tagging.export import export_model
from mner.tagging.load import load
from mner.training.train import train
from tests.tagging.folders import forget_digests
from tests.tiny import imgid_text, tiny_caption_recipe, tiny_recipe


@pytest.fixture(scope="module")
def trained(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tiny_recipe(corpus), tmp_path_factory.mktemp("text") / "run").model


@pytest.fixture
def model(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "model"))


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Posts that the training has not seen; the model makes no mistake in them."""
    path = tmp_path / "fresh.txt"
    path.write_text(imgid_text(30, ending="again"), encoding="utf-8")
    return path


def promises(model: Path) -> list[dict[str, object]]:
    values: list[dict[str, object]] = json.loads((model / "promises.json").read_text())
    return values


def test_a_promise_is_made_and_kept(model: Path, fresh: Path) -> None:
    result = evaluate(model, fresh, promise="precision=0.4", confidence=0.9)
    (promised,) = result.promised
    (kept,) = promises(model)
    assert kept["precision"] == 0.4
    assert kept["confidence"] == 0.9
    assert kept["gold_fingerprint"] == result.scores.gold_fingerprint
    assert kept["threshold"] == promised.kept.threshold
    line = promised.render()
    assert line in result.render()
    assert line.startswith("promise precision=0.4 (confidence 0.9): from probability 0 on")
    assert f"recall {100 * promised.recall:.1f}" in line
    assert "chose the model" not in result.render()
    assert result.as_dict()["promises"][0]["kept"]["count"] == promised.kept.count
    posts = list(read_posts(fresh))
    tagger = load(model)
    assert list(tagger.tag(posts, promise="precision=0.40")) == list(tagger.tag(posts))


def test_entities_below_the_threshold_are_left_out(model: Path, fresh: Path) -> None:
    evaluate(model, fresh, promise="LOC:precision=0.3,PER:precision=0.3")
    path = model / "promises.json"
    values = promises(model)
    for value in values:
        if value["label"] == "LOC":
            value["threshold"] = 1.0
    path.write_text(json.dumps(values))
    forget_digests(model)
    values = [{**value, "network": None} for value in values]
    path.write_text(json.dumps(values))
    posts = list(read_posts(fresh))
    tagger = load(model)
    every = [entity.label for post in tagger.tag(posts) for entity in post.entities]
    left = [
        entity.label
        for post in tagger.tag(posts, promise="LOC:precision=0.3")
        for entity in post.entities
    ]
    assert "LOC" in every
    assert left == [label for label in every if label != "LOC"]


def test_dev_may_make_a_promise_and_train_may_not(model: Path, corpus: Path) -> None:
    result = evaluate(model, corpus / "dev.txt", promise="precision=0.5")
    assert "these posts chose the model, so the promise may be a little too good" in result.render()
    with pytest.raises(InputError, match=r"train\.txt: trained the model, which knows its names"):
        evaluate(model, corpus / "train.txt", promise="precision=0.5")


def test_what_cannot_be_promised_is_refused_with_what_would_do(
    model: Path, fresh: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as raised:
        evaluate(model, fresh, promise="precision=0.95")
    message = str(raised.value)
    assert "fresh.txt: the promise precision=0.95 cannot be made with confidence 0.95" in message
    assert "no entity has a probability of 0.97 or more" in message
    few = tmp_path / "few.txt"
    few.write_text(imgid_text(3, ending="again"), encoding="utf-8")
    with pytest.raises(InputError) as raised:
        evaluate(model, few, promise="precision=0.4")
    message = str(raised.value)
    assert "from probability 0.7 on, 2 of 2 entities are correct" in message
    assert "at that precision 4 such entities would be needed, which about 6 posts have" in message
    assert "and there are 3: annotate more posts, or promise less" in message
    assert not (model / "promises.json").exists()


def test_mistakes_of_asking_are_refused(model: Path, fresh: Path) -> None:
    for options, message in (
        ({"promise": "GPE:precision=0.5"}, "promise GPE:precision=0.5: the model finds LOC, PER"),
        ({"promise": "precision=0.5", "confidence": 1.0}, "confidence: expected a number between"),
    ):
        with pytest.raises(InputError, match=message):
            evaluate(model, fresh, **options)


def test_posts_with_other_pictures_make_no_promise(corpus: Path, tmp_path: Path) -> None:
    captions = train(tiny_caption_recipe(corpus), tmp_path / "run").model
    with pytest.raises(InputError, match="--promise does not go with --control none"):
        evaluate(
            captions,
            corpus / "dev.txt",
            captions=corpus / "captions.jsonl",
            control="none",
            promise="precision=0.5",
        )


def test_what_was_not_promised_is_refused(model: Path, fresh: Path) -> None:
    tagger = load(model)
    with pytest.raises(InputError, match=r"no promise precision=0\.5; it has none: find its"):
        tagger.tag(["saw Rome"], promise="precision=0.5")
    evaluate(model, fresh, promise="precision=0.5")
    evaluate(model, fresh, promise="LOC:precision=0.4")
    with pytest.raises(InputError, match=r"it has LOC:precision=0\.4, precision=0\.5: find"):
        tagger.tag(["saw Rome"], promise="precision=0.6")
    evaluate(model, fresh, promise="precision=0.5", confidence=0.99)
    assert [value["confidence"] for value in promises(model)] == [0.95, 0.99]


def test_another_network_has_promised_nothing(model: Path, fresh: Path) -> None:
    evaluate(model, fresh, promise="precision=0.5")
    export_model(model)
    with pytest.raises(InputError, match=r"with another network than emissions\.onnx, which runs"):
        load(model).tag(["saw Rome"], promise="precision=0.5")
    load(model, backend="torch").tag(["saw Rome"], promise="precision=0.5")
    evaluate(model, fresh, promise="LOC:precision=0.5")
    assert [value["label"] for value in promises(model)] == ["LOC"]
    assert list(load(model).tag(["saw Rome"], promise="LOC:precision=0.5"))


def test_a_changed_file_of_promises_is_refused(model: Path, fresh: Path) -> None:
    evaluate(model, fresh, promise="precision=0.5")
    path = model / "promises.json"
    path.write_text(path.read_text().replace("0.95", "0.99"))
    with pytest.raises(ModelError, match=r"promises\.json: not the file that mner\.json describes"):
        load(model).tag(["saw Rome"], promise="precision=0.5")


def test_a_folder_that_cannot_be_written_is_named(
    model: Path, fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (model / "promises.json").mkdir()
    with pytest.raises(ModelError, match=r"promises\.json"):
        evaluate(model, fresh, promise="precision=0.5")
