import sys
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from mner.errors import InputError, MissingExtraError, ModelError
from mner.tagging.load import load
from mner.training.train import train
from tests.tiny import tiny_caption_recipe

TEXTS = ["saw Rome", "", "Ann was here today", " \n", "#love Oslo !", "RT @me : Bob ...", "nothing"]


@pytest.fixture(scope="module")
def model(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of text and captions."""
    return train(tiny_caption_recipe(corpus), tmp_path_factory.mktemp("spacy") / "run").model


@pytest.fixture(scope="module")
def nlp(model: Path) -> Language:
    pipeline = spacy.blank("en")
    pipeline.add_pipe("mner", config={"model": str(model)})
    return pipeline


def found(doc: Doc) -> list[tuple[str, str, float]]:
    return [(span.text, span.label_, round(span._.probability, 4)) for span in doc.ents]


def test_spacy_finds_it_by_its_entry_point() -> None:
    (entry,) = entry_points(group="spacy_factories", name="mner")
    assert entry.load() is import_module("mner.tagging.spacy_component").create


def test_entities_are_those_of_the_tagger(nlp: Language, model: Path) -> None:
    doc = nlp("saw Rome with Ann, yesterday")
    expected = load(model)("saw Rome with Ann, yesterday").entities or ()
    assert found(doc) == [
        (entity.text, entity.label, round(entity.probability or 0, 4)) for entity in expected
    ]
    assert [text for text, _, _ in found(doc)] == ["Rome", "Ann"]
    assert [token.ent_iob_ for token in doc] == ["O", "B", "O", "B", "O", "O"]


def test_a_pipe_keeps_order_and_batches_change_nothing(nlp: Language) -> None:
    texts = TEXTS * 3
    for size in (1, 2, 50):
        docs = list(nlp.pipe(texts, batch_size=size))
        assert [doc.text for doc in docs] == texts
        assert [[entity[:2] for entity in found(doc)] for doc in docs] == [
            [entity[:2] for entity in found(nlp(text))] for text in texts
        ]
    assert [
        number
        for _, number in nlp.pipe(
            [(text, place) for place, text in enumerate(texts)], as_tuples=True
        )
    ] == list(range(len(texts)))


@pytest.mark.parametrize("least", [-0.1, 1.5])
def test_a_least_probability_that_is_none(model: Path, least: float) -> None:
    with pytest.raises(
        InputError, match=f"min_probability: expected a number from 0 to 1, got {least}"
    ):
        spacy.blank("en").add_pipe("mner", config={"model": str(model), "min_probability": least})


def test_texts_without_words_have_no_entities(nlp: Language) -> None:
    for text in ("", " ", "\n\t "):
        assert nlp(text).ents == ()


def test_an_entity_within_a_token_is_expanded_to_it(nlp: Language) -> None:
    doc = nlp(Doc(nlp.vocab, words=["saw", "Rome, today", "again"]))
    assert [(span.text, span.label_) for span in doc.ents] == [("Rome, today", "LOC")]


def test_where_two_entities_meet_in_a_token_the_more_probable_one_stays(nlp: Language) -> None:
    apart = {
        label: probability for _, label, probability in found(nlp("saw Rome with Ann, yesterday"))
    }
    together = found(nlp(Doc(nlp.vocab, words=["saw", "Rome with Ann", ",", "yesterday"])))
    best = max(apart, key=lambda label: apart[label])
    assert len(apart) == 2
    assert together == [("Rome with Ann", best, apart[best])]


def test_documents_and_spans_have_the_attributes_that_it_reads_and_sets(nlp: Language) -> None:
    doc = nlp("saw Ann")
    assert (doc._.picture, doc._.caption) == (None, None)
    assert doc[:1]._.probability is None


def test_a_caption_set_on_the_document_is_looked_at(nlp: Language, model: Path) -> None:
    doc = nlp.make_doc("saw Ann")
    doc._.caption = "a man"
    (entity,) = load(model)("saw Ann", caption="a man").entities or ()
    assert (
        found(nlp(doc))
        == [("Ann", entity.label, round(entity.probability or 0, 4))]
        != found(nlp("saw Ann"))
    )


def test_earlier_entities_are_replaced(model: Path) -> None:
    pipeline = spacy.blank("en")
    ruler = pipeline.add_pipe("entity_ruler", config={"validate": False})
    ruler.add_patterns([{"label": "VERB", "pattern": "saw"}])  # type: ignore[attr-defined]
    assert [span.label_ for span in pipeline("saw Rome").ents] == ["VERB"]
    pipeline.add_pipe("mner", config={"model": str(model)})
    assert [span.label_ for span in pipeline("saw Rome").ents] == ["LOC"]


def test_improbable_entities_are_left_out(nlp: Language, model: Path) -> None:
    (_, _, low), (_, _, high) = sorted(
        found(nlp("saw Rome with Ann, yesterday")), key=lambda entity: entity[2]
    )
    pipeline = spacy.blank("en")
    pipeline.add_pipe("mner", config={"model": str(model), "min_probability": (low + high) / 2})
    assert [
        probability for _, _, probability in found(pipeline("saw Rome with Ann, yesterday"))
    ] == [high]


def test_a_pipeline_that_was_saved_finds_the_same(nlp: Language, tmp_path: Path) -> None:
    nlp.to_disk(tmp_path / "pipeline")
    assert found(spacy.load(tmp_path / "pipeline")("saw Rome")) == found(nlp("saw Rome"))


def test_probabilities_outlive_the_document_s_bytes(nlp: Language) -> None:
    doc = nlp("saw Rome")
    assert found(Doc(nlp.vocab).from_bytes(doc.to_bytes())) == found(doc)


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=str(tmp_path)):
        spacy.blank("en").add_pipe("mner", config={"model": str(tmp_path)})


def test_without_spacy_the_install_line_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "mner.tagging.spacy_component", raising=False)
    monkeypatch.setitem(sys.modules, "spacy.language", None)
    with pytest.raises(
        MissingExtraError,
        match="The spaCy component needs packages that are not installed: "
        r"pip install 'mner\[spacy\]'",
    ):
        import_module("mner.tagging.spacy_component")
