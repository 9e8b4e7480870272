from dataclasses import replace
from pathlib import Path

import pytest

from mner.errors import ModelError
from mner.tagging.hub.card import hub_card
from mner.tagging.hub.reference import HubReference
from mner.tagging.model_folder import Model, read_model

huggingface_hub = pytest.importorskip("huggingface_hub", reason="needs the extra `hub`")

ADDRESS = HubReference("ann/tweets")


def with_card(model: Path, folder: Path, text: str | None) -> Model:
    if text is not None:
        (folder / "README.md").write_text(text, encoding="utf-8")
    return replace(read_model(model), folder=folder)


def test_the_head_says_what_was_recorded(exported_model: Path) -> None:
    model = read_model(exported_model)
    card = huggingface_hub.ModelCard(hub_card(model, ADDRESS))
    (result,) = card.data.eval_results
    assert result.metric_value == model.about.dev_f1
    assert (result.metric_type, result.metric_name) == ("f1", "F1, lenient")
    assert (result.task_type, result.dataset_type) == ("token-classification", "unknown")
    assert model.about.dev_fingerprint in result.dataset_name
    assert "which chose the epoch" in result.dataset_name
    assert card.data.tags == ["mner", "named-entity-recognition", "social-media"]
    assert card.data.license is None
    own = (exported_model / "README.md").read_text(encoding="utf-8")
    assert own.rstrip() in card.text
    assert card.text.count("hf://ann/tweets") == 2


def test_what_was_not_recorded_is_not_said(exported_model: Path) -> None:
    model = read_model(exported_model)
    card = hub_card(replace(model, about=replace(model.about, dev_f1=None)), ADDRESS)
    assert "model-index" not in card


def test_a_model_that_sees_pictures_is_multimodal(pixel_model: Path) -> None:
    card = huggingface_hub.ModelCard(hub_card(read_model(pixel_model), ADDRESS))
    assert "multimodal" in card.data.tags


def test_keys_and_words_of_the_user_stay(exported_model: Path, tmp_path: Path) -> None:
    head = "---\nlicense: cc-by-4.0\ntags:\n- mine\nlanguage: en\n---\n"
    model = with_card(exported_model, tmp_path, f"{head}# Tweets\n\nSee hf://ann/tweets.\n")
    card = huggingface_hub.ModelCard(hub_card(model, ADDRESS))
    assert (card.data.license, card.data.tags, card.data.language) == ("cc-by-4.0", ["mine"], "en")
    assert card.data.library_name == "mner"
    assert card.text.strip() == "# Tweets\n\nSee hf://ann/tweets."
    again = with_card(exported_model, tmp_path, str(card))
    assert hub_card(again, ADDRESS) == str(card)


def test_a_card_without_a_head_is_no_warning(
    exported_model: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hub_card(with_card(exported_model, tmp_path, "# Tweets\n"), ADDRESS)
    assert not caplog.records
    huggingface_hub.ModelCard("# Tweets\n")
    assert "Repo card metadata block was not found" in caplog.text


def test_scores_that_the_card_has_stay_the_only_ones(exported_model: Path, tmp_path: Path) -> None:
    first = hub_card(read_model(exported_model), ADDRESS)
    (name,) = {result.metric_name for result in huggingface_hub.ModelCard(first).data.eval_results}
    own = with_card(exported_model, tmp_path, first.replace(name, "F1 of mine"))
    (result,) = huggingface_hub.ModelCard(hub_card(own, ADDRESS)).data.eval_results
    assert result.metric_name == "F1 of mine"


def test_a_folder_without_a_card_gets_one(exported_model: Path, tmp_path: Path) -> None:
    card = huggingface_hub.ModelCard(hub_card(with_card(exported_model, tmp_path, None), ADDRESS))
    lines = card.text.strip().splitlines()
    assert lines[:3] == ["# An `mner` model", "", "## Use"]
    fences = [line for line in lines if line.startswith("```")]
    assert fences == ["```bash", "```", "```python", "```"]
    first = lines.index("```bash")
    assert lines[first + 1 : first + 3] == [
        "pip install 'mner[hub]'",
        'mner tag --model hf://ann/tweets "RT @ann: landed in Lisbon at last"',
    ]
    assert lines[-4:] == ["import mner", "", 'tagger = mner.load("hf://ann/tweets")', "```"]


def test_a_head_that_is_no_yaml_is_an_error(exported_model: Path, tmp_path: Path) -> None:
    model = with_card(exported_model, tmp_path, "---\n- a list\n---\n# Tweets\n")
    with pytest.raises(ModelError, match="the card cannot be read"):
        hub_card(model, ADDRESS)
    model = with_card(exported_model, tmp_path, "---\na: [\n---\n# Tweets\n")
    with pytest.raises(ModelError, match="the card cannot be read"):
        hub_card(model, ADDRESS)
