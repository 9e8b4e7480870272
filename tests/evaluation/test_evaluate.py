import json
from dataclasses import replace
from pathlib import Path

import pytest

from mner.errors import DataWarning, InputError
from mner.evaluation.controls import Control
from mner.evaluation.evaluate import evaluate
from mner.evaluation.file_scores import score_files
from mner.posts.read import read_posts
from mner.posts.write import write_posts
from mner.recipe.sections import Recipe
from mner.training.train import train
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
    assert {
        "precision",
        "recall",
        "f1",
        "gold_fingerprint",
        "per_type",
        "seen",
        "unseen",
    } <= described.keys()
    calibration = described["calibration"]
    assert 0 <= calibration["error"] <= 1
    assert len(calibration["bins"]) == 10
    for bins in (calibration["bins"], calibration["bins_before"]):
        assert sum(one["count"] for one in bins) == result.scores.overall.predicted
    assert calibration["curve"][0]["recall"] == result.scores.recall
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


def test_posts_of_the_training_are_known(
    models: dict[str, Path], corpus: Path, tmp_path: Path
) -> None:
    (tmp_path / "other.txt").write_text(imgid_text(5))
    found = {
        path.name: evaluate(models["text"], path)
        for path in (corpus / "train.txt", corpus / "dev.txt", tmp_path / "other.txt")
    }
    assert {name: one.known_as for name, one in found.items()} == {
        "train.txt": ("train",),
        "dev.txt": ("dev",),
        "other.txt": (),
    }
    assert (
        "these posts chose the model's epoch and temperature: on others the scores are lower"
        in found["dev.txt"].render()
    )
    assert "these posts" not in found["other.txt"].render()


def test_labels_that_the_model_does_not_know_are_named(
    models: dict[str, Path], corpus: Path, tmp_path: Path
) -> None:
    gold = tmp_path / "gold.txt"
    gold.write_text((corpus / "dev.txt").read_text().replace("B-LOC", "B-geo-loc"))
    message = r"gold\.txt: 6 of 12 entities have labels that the model does not know \(geo-loc\), and count as missed: it knows LOC, PER; rename the labels in"
    with pytest.warns(DataWarning, match=message):
        assert evaluate(models["text"], gold).scores.per_type["geo-loc"].recall == 0.0


def test_entities_that_the_annotators_did_not_look_for_are_not_judged(
    models: dict[str, Path], corpus: Path, tmp_path: Path
) -> None:
    whole = list(read_posts(corpus / "dev.txt"))
    partial = [
        replace(
            post,
            entities=tuple(one for one in post.entities or () if one.label == "PER"),
            annotated=("PER",),
        )
        for post in whole
    ]
    write_posts(partial, tmp_path / "gold.jsonl", format="jsonl")
    result = evaluate(models["text"], tmp_path / "gold.jsonl")
    assert result.scores.precision == 1.0
    assert result.calibration.curve[0].precision == 1.0
    assert (
        sum(one.count for one in result.calibration.bins)
        == sum(one.count for one in result.calibration.bins_before)
        == result.scores.overall.predicted
        == 6
    )


def test_caption_models_say_that_they_see_no_pixels(models: dict[str, Path], corpus: Path) -> None:
    result = evaluate(models["captions"], corpus / "dev.txt", captions=corpus / "captions.jsonl")
    assert "caption-mediated, no pixels" in result.render()
    assert result.as_dict()["pictures"] == {"present": 12, "absent": 0, "unreadable": 0}


def test_controls_exchange_or_remove_the_pictures(models: dict[str, Path], corpus: Path) -> None:
    controls: tuple[Control, ...] = ("given", "shuffled", "none")
    results = {
        control: evaluate(
            models["captions"],
            corpus / "dev.txt",
            captions=corpus / "captions.jsonl",
            control=control,
        )
        for control in controls
    }
    assert results["none"].as_dict()["pictures"] == {"present": 0, "absent": 12, "unreadable": 0}
    given, shuffled = (
        [one.post.caption for one in results[control].tagged] for control in ("given", "shuffled")
    )
    assert given != shuffled
    assert sorted(map(str, given)) == sorted(map(str, shuffled))


def test_a_text_only_model_has_no_pictures_to_exchange(
    models: dict[str, Path], corpus: Path
) -> None:
    with pytest.raises(
        InputError,
        match=r"the model looks at text only: --control shuffled has no pictures to exchange or to remove; leave --control out",
    ):
        evaluate(models["text"], corpus / "dev.txt", control="shuffled")


def test_what_a_model_does_not_look_at_is_left_aside_with_a_word(
    models: dict[str, Path], corpus: Path, tmp_path: Path
) -> None:
    with pytest.warns(
        DataWarning, match="the model looks at text only: --captions and --pictures are left aside"
    ):
        evaluate(
            models["text"],
            corpus / "dev.txt",
            captions=tmp_path / "none",
            pictures=tmp_path / "none",
        )
    with pytest.warns(
        DataWarning, match="the model looks at text and captions: --features is left aside"
    ):
        evaluate(
            models["captions"],
            corpus / "dev.txt",
            captions=corpus / "captions.jsonl",
            features=tmp_path / "none",
        )


def test_intervals_are_given_where_they_are_asked_for(
    models: dict[str, Path], corpus: Path, tmp_path: Path
) -> None:
    gold = tmp_path / "gold.txt"
    gold.write_text((corpus / "dev.txt").read_text().replace("B-PER", "B-LOC", 2))
    plain, sure = (evaluate(models["text"], gold, bootstrap=resamples) for resamples in (None, 30))
    assert plain.scores.f1 == pytest.approx(10 / 12)
    assert plain.intervals is None
    assert plain.as_dict()["bootstrap"] is None
    found = sure.as_dict()["bootstrap"]
    assert (found["resamples"], found["seed"], found["f1"]["value"]) == (30, 0, sure.scores.f1)
    assert found["f1"]["low"] < sure.scores.f1 < found["f1"]["high"]
    assert found["per_type"].keys() == sure.scores.per_type.keys()
    assert "95% intervals (bootstrap over posts, 30 resamples, seed 0)" in sure.render()
    assert "intervals" not in plain.render()


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


def test_what_a_model_needs_must_be_given(
    models: dict[str, Path], corpus: Path, pixel_recipe: Recipe, tmp_path: Path
) -> None:
    with pytest.raises(
        InputError, match="the model looks at captions: name their file with --captions"
    ):
        evaluate(models["captions"], corpus / "dev.txt")
    pixels = train(
        replace(pixel_recipe, training=replace(pixel_recipe.training, epochs=1)), tmp_path / "run"
    ).model
    with pytest.raises(InputError, match="name their folder with --pictures"):
        evaluate(pixels, corpus / "dev.txt")
    with pytest.raises(InputError, match=r"none: no such folder of pictures"):
        evaluate(pixels, corpus / "dev.txt", pictures=tmp_path / "none")
    with pytest.warns(
        DataWarning, match="the model looks at text and pictures: --captions is left aside"
    ):
        evaluate(
            pixels,
            corpus / "dev.txt",
            pictures=corpus / "images",
            captions=corpus / "captions.jsonl",
        )
    assert evaluate(pixels, corpus / "train.txt", pictures=corpus / "images").as_dict()[
        "pictures"
    ] == {"present": 22, "absent": 1, "unreadable": 1}


def test_two_files_are_scored_against_one_another(corpus: Path, tmp_path: Path) -> None:
    predicted = tmp_path / "predicted.txt"
    predicted.write_text((corpus / "dev.txt").read_text().replace("Ann\tB-PER", "Ann\tO"))
    found = score_files(
        corpus / "dev.txt", predicted, scoring="lenient", train=corpus / "train.txt", bootstrap=30
    )
    scores = found.scores
    assert found.intervals is not None
    assert (
        found.intervals.overall.f1.low
        < scores.f1
        == found.intervals.overall.f1.value
        < found.intervals.overall.f1.high
    )
    assert found.as_dict()["bootstrap"]["resamples"] == 30
    assert "95% intervals" in found.render()
    gold = sum(len(post.entities or ()) for post in read_posts(corpus / "dev.txt"))
    assert scores.precision == 1.0
    assert scores.recall == pytest.approx((gold - 3) / gold)
    assert scores.seen is not None
    assert scores.seen.gold == gold
