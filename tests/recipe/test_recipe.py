import math
import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.errors import ConfigError
from mner.recipe.data import CorpusSection, DataSection
from mner.recipe.read import read_recipe, read_written, recipe_from_dict, recipe_variables, to_toml
from mner.recipe.reference import reference
from mner.recipe.sections import CharactersSection, PictureSection, Recipe, TrainingSection

ROOT = Path(__file__).parents[2]

NOT_BELOW_ZERO = (
    *(("text", "shapes"), ("characters", "filters")),
    *(("training", key) for key in ("weight_decay", "warmup_steps", "clip_norm", "threads")),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.toml"
    path.write_text(
        '[data]\ntrain = "a.txt"\n[training]\nepochs = 3\nlearning_rate = 1\n'
        "[characters]\nwidths = [3]\n"
    )
    return path


def test_what_is_not_given_has_its_default(file: Path) -> None:
    recipe = read_recipe(file)
    assert recipe.data == DataSection(train="a.txt")
    assert recipe.training == TrainingSection(epochs=3, learning_rate=1.0)
    assert recipe.characters == CharactersSection(widths=(3,))


def test_changes_are_toml_or_bare_strings(file: Path) -> None:
    recipe = read_recipe(
        file,
        changes=[
            "training.epochs=5",
            "data.dev=some dir/b=c.txt",
            "characters.widths=[2, 3]",
            "crf.constrain_loss=true",
        ],
    )
    assert (
        recipe.training.epochs,
        recipe.data.dev,
        recipe.characters.widths,
        recipe.crf.constrain_loss,
    ) == (5, "some dir/b=c.txt", (2, 3), True)
    names = read_recipe(file, changes=["data.dev=2024-01-01", "data.train=123"]).data
    assert (names.train, names.dev) == ("123", "2024-01-01")
    with pytest.raises(ConfigError, match=r"data\.train: expected a string, got \['a'\]"):
        read_recipe(file, changes=['data.train=["a"]'])


def test_environment_variables_stand_in_paths(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORPUS", "/data")
    assert read_recipe(file, changes=["data.dev=$CORPUS/dev.txt"]).data.dev == "/data/dev.txt"
    with pytest.raises(ConfigError, match="environment variable NOWHERE is not set"):
        read_recipe(file, changes=["data.dev=${NOWHERE}/dev.txt"])


@given(
    st.text(),
    st.floats(1e-6, 1, exclude_max=True),
    st.lists(st.integers(1, 9), min_size=1),
    st.booleans(),
)
def test_a_recipe_survives_toml(text: str, share: float, widths: list[int], flag: bool) -> None:
    recipe = replace(
        Recipe(),
        data=DataSection(train=text),
        characters=CharactersSection(widths=tuple(widths), dropout=share),
        training=TrainingSection(learning_rate=share),
        text=replace(Recipe().text, vectors="v", train_vectors=flag),
    )
    assert recipe_from_dict(tomllib.loads(to_toml(recipe))) == recipe


CORPORA = """[[data.corpora]]
train = "$CORPUS/a"
dev = "$CORPUS/b"
labels = { person = "PER", "creative work" = "OTHER" }
conventions = ["join-signs"]
[[data.corpora]]
train = "c"
annotated = ["PER"]
"""


def test_a_recipe_may_begin_with_the_mark_of_windows_editors(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text("[training]\nepochs = 3\n", encoding="utf-8-sig")
    assert read_recipe(tmp_path / "recipe.toml").training.epochs == 3


def test_a_value_of_a_variable_may_hold_a_dollar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HERE", "/data/$x")
    monkeypatch.delenv("HERE-x", raising=False)
    (tmp_path / "recipe.toml").write_text('[data]\ntrain = "${HERE-x}/train.txt"\n')
    with pytest.raises(ConfigError, match="the environment variable HERE-x is not set"):
        read_recipe(tmp_path / "recipe.toml")
    (tmp_path / "recipe.toml").write_text('[data]\ntrain = "$HERE/train.txt"\n')
    assert read_recipe(tmp_path / "recipe.toml").data.train == "/data/$x/train.txt"


def test_several_corpora_survive_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORPUS", "/data")
    (tmp_path / "r.toml").write_text(CORPORA)
    recipe = read_recipe(tmp_path / "r.toml")
    first = CorpusSection(
        train="/data/a",
        dev="/data/b",
        labels={"person": "PER", "creative work": "OTHER"},
        conventions=("join-signs",),
    )
    assert recipe.data.corpora == (first, CorpusSection(train="c", annotated=("PER",)))
    assert recipe_from_dict(tomllib.loads(to_toml(recipe))) == recipe


def test_what_is_wrong_with_a_corpus_is_named_by_its_place() -> None:
    corpora = [
        {"train": "a", "conventions": ["upside-down"]},
        {"trian": "b", "labels": {"a": 1}, "annotated": "PER"},
    ]
    with pytest.raises(ConfigError) as caught:
        recipe_from_dict({"data": {"corpora": corpora, "exclude": [1]}})
    for expected in (
        "data.corpora[0].conventions: expected a list, each one of join-signs, plain-mentions",
        "unknown key data.corpora[1].trian",
        "data.corpora[1].labels: expected a table of strings",
        "data.corpora[1].annotated: expected a list of strings, got 'PER'",
        "data.exclude: expected a list of strings, got [1]",
    ):
        assert expected in str(caught.value)
    with pytest.raises(ConfigError, match=r"data.corpora: expected a list of tables, got 'a'"):
        recipe_from_dict({"data": {"corpora": "a"}})


def test_all_problems_come_at_once() -> None:
    values = {
        "trainin": {},
        "training": {"epochs": "many", "seeds": 1, "optimizer": "sgd"},
        "text": {"train_vectors": 1},
        "data": 3,
    }
    with pytest.raises(ConfigError) as caught:
        recipe_from_dict(values, where="r.toml")
    message = str(caught.value)
    assert message.startswith("r.toml: ")
    for expected in (
        "unknown key trainin (there are: characters, crf, data,",
        "training.epochs: expected a whole number, got 'many'",
        "unknown key training.seeds",
        "training.optimizer: expected one of adamw, rmsprop, got 'sgd'",
        "text.train_vectors: expected true or false, got 1",
        "data: expected a section, got 3",
    ):
        assert expected in message


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"text": {"dropout": 1.0}}, "text.dropout: expected at least 0 and below 1, got 1.0"),
        *(
            ({section: {key: -1}}, rf"{section}\.{key}: expected (at least 0|0 to \d+), got -1")
            for section, key in NOT_BELOW_ZERO
        ),
        *(
            ({"training": {key: math.nan}}, rf"training\.{key}: expected .*, got nan")
            for key in ("learning_rate", "weight_decay", "clip_norm", "final_rate")
        ),
        (
            {"transformer": {"layer_decay": math.inf}},
            "transformer.layer_decay: expected a finite number, more than 0, got inf",
        ),
        (
            {"training": {"final_rate": 1.5}},
            "training.final_rate: expected 0 to 1, got 1.5",
        ),
        ({"training": {"seed": -1}}, "training.seed: expected 0 to 4294967295, got -1"),
        ({"training": {"seed": 2**32}}, "training.seed: expected 0 to 4294967295, got 4294967296"),
        (
            {"text": {"train_vectors": False}},
            "text.train_vectors: expected true without text.vectors, got false: "
            "all words would be the same",
        ),
        (
            {
                "data": {
                    "corpora": [
                        {"train": "a", "dev": "b", "epochs": 1},
                        {"train": "c", "epochs": 2},
                    ]
                },
                "training": {"epochs": 3},
            },
            "data.corpora: expected one whose epochs are 0 .all. or at least training.epochs = 3: "
            "the last epochs have no posts",
        ),
        (
            {"data": {"corpora": [{"train": "a", "dev": "b", "labels": {"PER": "O"}}]}},
            r"data.corpora\[0\].labels: expected names of types, got 'O'",
        ),
        (
            {"data": {"corpora": [{"train": "a", "dev": "b", "labels": {"PER": ""}}]}},
            r"data.corpora\[0\].labels: expected names of types, got ''",
        ),
        (
            {"network": {"kind": "seed"}, "training": {"precision": "bf16"}},
            "training.precision: expected no with network.kind = seed, got bf16",
        ),
        ({"training": {"batch_size": 0}}, "training.batch_size: expected 1 to 4096, got 0"),
        ({"training": {"learning_rate": 0}}, "training.learning_rate: expected more than 0"),
        (
            {"fusion": {"attention": "multi-head", "size": 10}},
            "fusion.heads: expected a number that divides fusion.size = 10, got 4",
        ),
        ({"characters": {"widths": []}}, "characters.widths: expected at least one width"),
        (
            {"picture": {"source": "captions"}},
            "data.captions: picture.source is captions.*text.vectors: picture.source is captions",
        ),
        (
            {"data": {"corpora": [{"train": "a", "dev": "b"}], "dev": "c"}},
            "data.corpora: data.train and data.dev name files too",
        ),
        (
            {"data": {"corpora": [{"train": "a"}]}},
            "data.corpora: expected a train file in each, and a dev file",
        ),
        ({"picture": {"source": "pixels"}}, "data.pictures: picture.source is pixels"),
        (
            {"picture": {"weights": "a", "size": 8}},
            "picture.size: does not go with picture.encoder = efficientnet-lite0; "
            "picture.weights: does not go with",
        ),
        (
            {"picture": {"encoder": "vgg16", "output": "a"}},
            "picture.output: does not go with picture.encoder = vgg16",
        ),
        (
            {"picture": {"encoder": "onnx"}},
            "picture.weights: needed with picture.encoder = onnx; picture.mean: needed with .*; "
            "picture.deviation: needed with picture.encoder = onnx",
        ),
        (
            {"picture": {"encoder": "transformers", "weights": "a", "mean": [0, 0, 0]}},
            "picture.mean and picture.deviation go together: give both or neither",
        ),
        (
            {
                "picture": {
                    "encoder": "transformers",
                    "weights": "a",
                    "mean": [123, 116, 103],
                    "deviation": [0, 1, 1],
                    "size": -1,
                }
            },
            "picture.size: expected 0 to 4096, got -1; "
            "picture.mean: expected three numbers from 0 .*; "
            "picture.deviation: expected three numbers",
        ),
        (
            {"network": {"kind": "seed"}, "characters": {"longest_word": 7}},
            "text.shapes: expected 0 with network.kind = seed, got 8.*"
            "fusion.attention: expected concat.*picture.source: expected pixels or captions.*"
            "characters.longest_word: expected at least 8",
        ),
    ],
)
def test_values_that_do_not_fit_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        recipe_from_dict(values)


def test_ranges_and_contradictions_come_together() -> None:
    values = {
        "training": {"epochs": 0},
        "data": {"corpora": [{"train": "a", "epochs": -1}, {"train": "b", "dev": "c"}]},
        "fusion": {"attention": "multi-head", "heads": 3},
    }
    with pytest.raises(ConfigError) as caught:
        recipe_from_dict(values)
    assert str(caught.value).split("; ") == [
        "recipe: training.epochs: expected 1 to 100000, got 0",
        "data.corpora[0].epochs: expected 0 to 100000, got -1",
        "fusion.heads: expected a number that divides fusion.size = 200, got 3",
    ]


class TestEnvironment:
    @pytest.fixture
    def written(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A recipe that names a set variable where it is used, and an unset one where it is not."""
        monkeypatch.setenv("CORPUS", "/data")
        monkeypatch.delenv("ELSEWHERE", raising=False)
        path = tmp_path / "recipe.toml"
        path.write_text(
            '[data]\ntrain = "$CORPUS/train.txt"\ncaptions = "$ELSEWHERE/captions.jsonl"\n'
            'pictures = "${ELSEWHERE}/images"\n[text]\nvectors = "$ELSEWHERE"\nwords = false\n'
            '[transformer]\nmodel = "bert"\nlearning_rate = 1\n'
        )
        return path

    def test_keys_that_are_not_used_are_not_asked_for(self, written: Path) -> None:
        recipe = read_recipe(written)
        assert recipe.data.train == "/data/train.txt"
        assert recipe.data.captions == "$ELSEWHERE/captions.jsonl"
        assert not recipe.uses("text.vectors")
        assert recipe.uses("data.train")

    def test_they_are_asked_for_when_they_are_used(self, written: Path) -> None:
        for source, keys in {"captions": ["data.captions", "text.vectors"], "pixels": []}.items():
            with pytest.raises(ConfigError) as caught:
                read_recipe(written, changes=[f"picture.source={source}"])
            for key in [*keys, *(["data.pictures"] if source == "pixels" else [])]:
                assert f"{key} = '$" in str(caught.value)
        with pytest.raises(ConfigError, match=r"text.vectors = '\$ELSEWHERE': the environment"):
            read_recipe(written, changes=["text.words=true"])

    def test_one_that_is_not_set_hides_no_other_problem(self, written: Path) -> None:
        changes = [
            'data.exclude=["a", "$ELSEWHERE"]',
            "data.dev=${ELSEWHERE}/dev.txt",
            "training.epochs=0",
            "picture.encoder=onnx",
        ]
        with pytest.raises(ConfigError) as caught:
            read_recipe(written, changes=changes)
        for expected in (
            "data.exclude[1] = '$ELSEWHERE': the environment variable ELSEWHERE is not set; set it",
            "data.dev = '${ELSEWHERE}/dev.txt': the environment variable ELSEWHERE is not set",
            "training.epochs: expected 1 to 100000, got 0",
            "picture.weights: needed with picture.encoder = onnx",
        ):
            assert expected in str(caught.value)
        with pytest.raises(ConfigError, match=r"unknown key data.trian.*data.dev = '\$ELSEWHERE'"):
            read_recipe(written, changes=["data.trian=a", "data.dev=$ELSEWHERE"])

    def test_the_recipe_is_kept_as_it_was_written(self, written: Path) -> None:
        kept = read_written(written, changes=["data.dev=$CORPUS/dev.txt", "training.epochs=3"])
        assert kept.recipe.data.dev == "/data/dev.txt"
        values = tomllib.loads(kept.text)
        assert values["data"]["train"] == "$CORPUS/train.txt"
        assert values["data"]["dev"] == "$CORPUS/dev.txt"
        assert values["data"]["captions"] == "$ELSEWHERE/captions.jsonl"
        assert values["training"]["epochs"] == 3
        assert values["training"]["patience"] == TrainingSection().patience
        written.write_text(kept.text)
        assert read_recipe(written) == kept.recipe

    def test_corpora_are_kept_as_they_were_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CORPUS", "/data")
        (tmp_path / "r.toml").write_text(CORPORA)
        kept = read_written(tmp_path / "r.toml")
        first, second = tomllib.loads(kept.text)["data"]["corpora"]
        assert (first["train"], second["train"]) == ("$CORPUS/a", "c")
        assert first["labels"] == {"person": "PER", "creative work": "OTHER"}
        (tmp_path / "r.toml").write_text(kept.text)
        assert read_recipe(tmp_path / "r.toml") == kept.recipe

    def test_variables_of_a_recipe_are_those_that_are_set(self, written: Path) -> None:
        assert recipe_variables(written) == {"CORPUS": "/data"}


def test_files_that_are_no_recipe_are_named(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError,
        match=r"none.toml: no such recipe: expected a file, or one of acn, acn-captions, ",
    ):
        read_recipe(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("[data\n")
    with pytest.raises(ConfigError, match=r"bad.toml: Expected .*: expected a recipe in TOML"):
        read_recipe(tmp_path / "bad.toml")


@pytest.mark.parametrize("change", ["epochs=3", "training.epochs", "training=3", ".epochs=3"])
def test_changes_of_another_form_are_refused(file: Path, change: str) -> None:
    with pytest.raises(ConfigError, match=r"expected section.key=value"):
        read_recipe(file, changes=[change])


def test_the_reference_in_the_docs_is_the_code_s() -> None:
    assert (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8") == reference() + "\n", (
        "make it again: make docs"
    )
    assert all(
        f"`{key.name}`" in reference()
        for section in (DataSection, PictureSection, TrainingSection)
        for key in fields(section)
    )


@pytest.mark.parametrize(
    "path", sorted((ROOT / "src" / "mner" / "recipes").glob("*.toml")), ids=lambda path: path.stem
)
def test_every_recipe_can_be_read_and_says_how_to_run_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNER_DATA", "data")
    monkeypatch.setenv("MNER_VECTORS", "vectors.txt")
    monkeypatch.setenv("MNER_TRANSFORMER", "transformer")
    monkeypatch.setenv("MNER_STARTER", "starter")
    data = read_recipe(path).data
    assert data.dev or data.corpora
    assert f"mner train {path.stem}" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("value", [10**8, 2**31, 2**63 - 1])
def test_every_whole_number_has_an_upper_bound(value: int) -> None:
    """A recipe of a stranger, or a slip of a finger, does not take all memory."""
    count = 0
    for section in fields(Recipe):
        for key in fields(type(getattr(Recipe(), section.name))):
            default = getattr(getattr(Recipe(), section.name), key.name)
            if isinstance(default, bool) or not isinstance(default, int):
                continue
            if key.name == "seed" and value < 2**32:
                continue
            count += 1
            name = rf"{section.name}\.{key.name}"
            with pytest.raises(ConfigError, match=rf"{name}: expected \d to \d+, got {value}"):
                recipe_from_dict({section.name: {key.name: value}})
    assert count >= 15
    with pytest.raises(ConfigError, match=r"widths: expected widths of at most 25, and 1000 toget"):
        recipe_from_dict({"characters": {"widths": [2, value]}})
    with pytest.raises(ConfigError, match=r"widths: expected widths of at most 25, .*\.\.\."):
        recipe_from_dict({"characters": {"widths": [2] * 1_000}})
