import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from mner.corpora.overlap import Overlap
from mner.errors import DataWarning, InputError
from mner.evaluation.controls import Control
from mner.evaluation.evaluate import evaluate
from mner.evaluation.evaluation import Evaluation
from mner.posts.read import read_posts
from mner.posts.write import write_posts
from mner.recipe.sections import Recipe
from mner.training.train import train
from tests.tagging.folders import forget_digests
from tests.tiny import imgid_text, tiny_caption_recipe, tiny_recipe


@pytest.fixture(scope="module")
def models(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    recipes = {"text": tiny_recipe(corpus), "captions": tiny_caption_recipe(corpus)}
    return {
        name: train(recipe, tmp_path_factory.mktemp(name) / "run").model
        for name, recipe in recipes.items()
    }


def test_scores_come_with_their_origin(models: dict[str, Path], corpus: Path) -> None:
    result = evaluate(models["text"], corpus / "dev.txt")
    assert result.scores.f1 == 1.0
    described = result.as_dict()
    assert described["scoring"] == "lenient"
    assert described["seeds"] == [0]
    assert described["source"] == "none"
    assert described["pictures"] == {}
    rates = {"precision", "recall", "f1", "per_type", "seen", "unseen"}
    assert {*rates, "gold_fingerprint"} <= described.keys()
    json.dumps(described)
    text = result.render()
    for fact in (
        "lenient scoring",
        described["gold_fingerprint"],
        "seed 0",
        "text only",
        "expected calibration error",
    ):
        assert fact in text


def test_scores_come_with_their_calibration(models: dict[str, Path], corpus: Path) -> None:
    result = evaluate(models["text"], corpus / "dev.txt")
    calibration = result.as_dict()["calibration"]
    assert 0 <= calibration["error"] <= 1
    assert len(calibration["bins"]) == 10
    for bins in (calibration["bins"], calibration["bins_before"]):
        assert sum(group["count"] for group in bins) == result.scores.overall.predicted
    assert calibration["curve"][0]["recall"] == result.scores.recall


def test_posts_of_the_training_are_known(
    models: dict[str, Path], corpus: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.txt"
    other.write_text(imgid_text(5))
    on_train = evaluate(models["text"], corpus / "train.txt")
    on_dev = evaluate(models["text"], corpus / "dev.txt")
    on_other = evaluate(models["text"], other)
    assert on_train.known_as == ("train",)
    assert on_dev.known_as == ("dev",)
    assert on_other.known_as == ()
    note = "these posts chose the model's epoch and temperature: on others the scores are lower"
    assert note in on_dev.render()
    assert "these posts" not in on_other.render()


def test_texts_of_the_training_are_counted(
    models: dict[str, Path], corpus: Path, tmp_path: Path
) -> None:
    dev = evaluate(models["text"], corpus / "dev.txt")
    assert dev.overlap is not None
    assert dev.overlap.known == dev.overlap.posts == 12
    overlap = json.loads(json.dumps(dev.as_dict()))["overlap"]
    assert (overlap["known"], overlap["whole"]) == (12, ["train", "dev"])
    assert "text of the training" not in dev.render(), "it is said that they are those of dev"
    other = tmp_path / "other.txt"
    other.write_text(
        f"{imgid_text(5, ending='again')}\n{imgid_text(1).replace('IMGID:0', 'IMGID:9')}"
    )
    found = evaluate(models["text"], other)
    assert found.overlap == Overlap(posts=6, known=1, train=1, dev=1)
    line = (
        "1 of 6 posts has a text of the training: 1 text of train, 1 of dev; "
        "on other posts the scores are lower"
    )
    assert line in found.render().splitlines()
    other.write_text(imgid_text(5, ending="again"))
    assert "text of the training" not in evaluate(models["text"], other).render()


def test_a_model_of_a_version_without_texts_counts_none(
    models: dict[str, Path], corpus: Path, tmp_path: Path
) -> None:
    copied = tmp_path / "model"
    shutil.copytree(models["text"], copied)
    (copied / "texts.json").unlink()
    forget_digests(copied)
    found = evaluate(copied, corpus / "dev.txt")
    assert found.overlap is None
    assert found.as_dict()["overlap"] is None
    assert found.known_as == ("dev",)


def test_labels_that_the_model_does_not_know_are_named(
    models: dict[str, Path], corpus: Path, tmp_path: Path
) -> None:
    gold = tmp_path / "gold.txt"
    gold.write_text((corpus / "dev.txt").read_text().replace("B-LOC", "B-geo-loc"))
    message = (
        r"gold\.txt: 6 of 12 entities have labels that the model does not know \(geo-loc\), "
        "and count as missed: it knows LOC, PER; rename the labels in"
    )
    with pytest.warns(DataWarning, match=message):
        assert evaluate(models["text"], gold).scores.per_type["geo-loc"].recall == 0.0


def test_entities_that_the_annotators_did_not_look_for_are_not_judged(
    models: dict[str, Path], corpus: Path, tmp_path: Path
) -> None:
    partial = []
    for post in read_posts(corpus / "dev.txt"):
        persons = tuple(entity for entity in post.entities or () if entity.label == "PER")
        partial.append(replace(post, entities=persons, annotated=("PER",)))
    write_posts(partial, tmp_path / "gold.jsonl", format="jsonl")
    result = evaluate(models["text"], tmp_path / "gold.jsonl")
    assert result.scores.precision == 1.0
    assert result.scores.overall.predicted == 6
    calibration = result.calibration
    assert calibration.curve[0].precision == 1.0
    assert sum(group.count for group in calibration.bins) == 6
    assert sum(group.count for group in calibration.bins_before) == 6


def test_caption_models_say_that_they_see_no_pixels(models: dict[str, Path], corpus: Path) -> None:
    result = evaluate(models["captions"], corpus / "dev.txt", captions=corpus / "captions.jsonl")
    assert "caption-mediated, no pixels" in result.render()
    assert result.as_dict()["pictures"] == {"present": 12, "absent": 0, "unreadable": 0}


def test_controls_exchange_or_remove_the_pictures(models: dict[str, Path], corpus: Path) -> None:
    def under(control: Control, *, seed: int = 0) -> Evaluation:
        file, captions = corpus / "dev.txt", corpus / "captions.jsonl"
        model = models["captions"]
        return evaluate(model, file, captions=captions, control=control, control_seed=seed)

    removed = under("none").as_dict()["pictures"]
    assert removed == {"present": 0, "absent": 12, "unreadable": 0}
    given = [result.post.caption for result in under("given").tagged]
    shuffled = [result.post.caption for result in under("shuffled").tagged]
    assert given != shuffled
    assert sorted(map(str, given)) == sorted(map(str, shuffled))
    otherwise = [result.post.caption for result in under("shuffled", seed=1).tagged]
    assert otherwise != shuffled


def test_a_text_only_model_has_no_pictures_to_exchange(
    models: dict[str, Path], corpus: Path
) -> None:
    message = (
        "the model looks at text only: --control shuffled has no pictures to exchange or "
        "to remove; leave --control out"
    )
    with pytest.raises(InputError, match=message):
        evaluate(models["text"], corpus / "dev.txt", control="shuffled")


def test_a_warning_names_what_the_model_does_not_look_at(
    models: dict[str, Path], corpus: Path, tmp_path: Path
) -> None:
    nowhere = tmp_path / "none"
    message = "the model looks at text only: --captions and --pictures are not used"
    with pytest.warns(DataWarning, match=message):
        evaluate(models["text"], corpus / "dev.txt", captions=nowhere, pictures=nowhere)
    message = "the model looks at text and captions: --features is not used"
    captions = corpus / "captions.jsonl"
    with pytest.warns(DataWarning, match=message):
        evaluate(models["captions"], corpus / "dev.txt", captions=captions, features=nowhere)


def test_intervals_are_given_where_they_are_asked_for(
    models: dict[str, Path], corpus: Path, tmp_path: Path
) -> None:
    gold = tmp_path / "gold.txt"
    gold.write_text((corpus / "dev.txt").read_text().replace("B-PER", "B-LOC", 2))
    plain = evaluate(models["text"], gold)
    assert plain.scores.f1 == pytest.approx(10 / 12)
    assert plain.intervals is None
    assert plain.as_dict()["bootstrap"] is None
    assert "intervals" not in plain.render()
    sure = evaluate(models["text"], gold, bootstrap=30)
    values = sure.as_dict()["bootstrap"]
    assert (values["resamples"], values["seed"]) == (30, 0)
    assert values["f1"]["value"] == sure.scores.f1
    assert values["f1"]["low"] < sure.scores.f1 < values["f1"]["high"]
    assert values["per_type"].keys() == sure.scores.per_type.keys()
    assert "95% intervals (bootstrap over posts, 30 resamples, seed 0)" in sure.render()


def test_the_scoring_mode_decides_what_an_orphan_in_the_gold_is(
    models: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "gold.txt").write_text(
        "IMGID:1\nAnn\tI-PER\nwas\tO\nhere\tO\ntoday\tO\n\nIMGID:2\nsaw\tO\nRome\tB-LOC\n"
    )
    with pytest.warns(UserWarning, match="orphan"):
        lenient = evaluate(models["text"], tmp_path / "gold.txt")
    with pytest.warns(UserWarning, match="orphan"):
        strict = evaluate(models["text"], tmp_path / "gold.txt", scoring="strict")
    assert (lenient.scores.overall.gold, strict.scores.overall.gold) == (2, 1)
    assert lenient.scores.gold_fingerprint != strict.scores.gold_fingerprint


def test_the_scheme_of_the_recipe_is_that_of_its_own_files(
    corpus: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recipe = tiny_recipe(corpus)
    recipe = replace(recipe, data=replace(recipe.data, scheme="iob2"))
    model = train(recipe, tmp_path / "run").model
    (tmp_path / "gold.conll").write_text("saw\tO\nRome\tS-LOC\n\nAnn\tS-PER\nwas\tO\nhere\tO\n")
    with caplog.at_level("INFO", "mner"):
        result = evaluate(model, tmp_path / "gold.conll")
    assert result.scores.overall.gold == 2
    assert "scheme BIOES" in caplog.text


def test_a_caption_model_needs_captions(models: dict[str, Path], corpus: Path) -> None:
    message = "the model looks at captions: name their file with --captions"
    with pytest.raises(InputError, match=message):
        evaluate(models["captions"], corpus / "dev.txt")


def test_a_pixel_model_needs_pictures(corpus: Path, pixel_recipe: Recipe, tmp_path: Path) -> None:
    short = replace(pixel_recipe, training=replace(pixel_recipe.training, epochs=1))
    pixels = train(short, tmp_path / "run").model
    with pytest.raises(InputError, match="name their folder with --pictures"):
        evaluate(pixels, corpus / "dev.txt")
    with pytest.raises(InputError, match=r"none: no such folder of pictures"):
        evaluate(pixels, corpus / "dev.txt", pictures=tmp_path / "none")
    captions, pictures = corpus / "captions.jsonl", corpus / "images"
    message = "the model looks at text and pictures: --captions is not used"
    with pytest.warns(DataWarning, match=message):
        evaluate(pixels, corpus / "dev.txt", pictures=pictures, captions=captions)
    states = evaluate(pixels, corpus / "train.txt", pictures=pictures).as_dict()["pictures"]
    assert states == {"present": 22, "absent": 1, "unreadable": 1}
