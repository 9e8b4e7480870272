import json
from pathlib import Path

import pytest

from benchmarks.labels import keep_labels
from mner.corpora.corpus import read_corpus
from mner.posts.raw import raw_post
from mner.spans.score import score
from mner.tagging.load import load
from mner.tagging.model_folder import ModelFiles, read_model
from mner.tagging.starter import starter_model


def test_it_tags_without_torch_what_anybody_would_try_first() -> None:
    (tagged,) = load(starter_model(), backend="onnx").tag(
        [raw_post("1", "Rep. Howard Coble in Baltimore")]
    )
    assert [(entity.text, entity.label) for entity in tagged.entities] == [
        ("Howard Coble", "PER"),
        ("Baltimore", "LOC"),
    ]


def test_it_is_small_enough_to_ship_and_names_no_machine() -> None:
    folder = starter_model()
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) <= 25_000_000
    model = read_model(folder)
    assert model.vocabulary.labels == ("LOC", "ORG", "OTHER", "PER")
    assert model.recipe.data.train.startswith("$MNER_STARTER/")
    assert model.recipe.text.vectors.startswith("$MNER_STARTER/")


def test_its_card_says_where_it_comes_from_and_what_it_cannot_do() -> None:
    card = (starter_model() / ModelFiles().card).read_text(encoding="utf-8")
    for part in (
        "CC BY 4.0",
        "Apache-2.0",
        "GloVe",
        "Twitter-2015, test",
        "What it cannot do",
        "picture",
        "benchmarks/starter.md",
    ):
        assert part in card
    assert (
        json.loads((starter_model() / ModelFiles().about).read_text(encoding="utf-8"))[
            "train_fingerprint"
        ]
        in card
    )
    assert "{" not in card


def test_it_reaches_sixty_f1_on_people_places_and_organisations_it_was_not_trained_on(
    real_data: Path,
) -> None:
    with pytest.warns(UserWarning, match="orphan"):
        posts = list(
            read_corpus(
                real_data / "twitter2015" / "test.txt",
                read_model(starter_model()).recipe.data,
                captions=None,
            )
        )
    assert (
        score(keep_labels(posts, ["PER", "LOC", "ORG"]), list(load(starter_model()).tag(posts))).f1
        >= 0.60
    )
