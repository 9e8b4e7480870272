import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from mner.errors import InputError
from mner.posts.docbin import write_docbin
from mner.posts.read import read_posts
from mner.types import Entity, Post
from tests.posts.exchange.test_forms import spans
from tests.posts.exchange.test_label_tools import annotated_posts

spacy = pytest.importorskip("spacy", reason="needs the extra `spacy`")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(post=annotated_posts())
def test_what_is_written_is_read_again(post: Post, tmp_path: Path) -> None:
    write_docbin([post], tmp_path / "posts.spacy")
    (again,) = read_posts(tmp_path / "posts.spacy")
    assert again == post
    assert spans([again]) == spans([post])


def test_what_spacy_writes_is_read(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    doc = nlp("Ann  Roe lands\nin New York!")
    doc.ents = [doc.char_span(0, 8, label="PER"), doc.char_span(18, 26, label="GPE")]
    spacy.tokens.DocBin(docs=[doc, nlp("not annotated")]).to_disk(tmp_path / "train.spacy")
    first, second = read_posts(tmp_path / "train.spacy")
    assert first.text == "Ann  Roe lands\nin New York!"
    assert first.tokens == ("Ann", "Roe", "lands", "in", "New", "York", "!")
    assert spans([first]) == [[(0, 2, "PER"), (4, 6, "GPE")]]
    assert second.entities is None
    assert (first.id, second.id) == ("1", "2")


def test_spacy_reads_what_is_written(tmp_path: Path) -> None:
    posts = [
        Post("a", ("Ann", "Roe", "!"), (Entity(0, 2, "PER"),)),
        Post("b", ("no",), ()),
        Post("c", ("unknown",)),
    ]
    write_docbin(posts, tmp_path / "x.spacy")
    docs = list(spacy.tokens.DocBin().from_disk(tmp_path / "x.spacy").get_docs(spacy.Vocab()))
    assert [[(ent.text, ent.label_) for ent in doc.ents] for doc in docs] == [
        [("Ann Roe", "PER")],
        [],
        [],
    ]
    assert [doc.has_annotation("ENT_IOB") for doc in docs] == [True, True, False]


@pytest.mark.parametrize("content", [b"x\x9cnothing", zlib.compress(b"\x80"), zlib.compress(b"[]")])
def test_damage_is_one_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.spacy").write_bytes(content)
    with pytest.raises(InputError, match=r"x\.spacy: cannot be read as a DocBin of spaCy"):
        list(read_posts(tmp_path / "x.spacy"))


def test_a_cut_or_large_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_docbin([Post("a", ("Ann",) * 50, ())], tmp_path / "x.spacy")
    whole = (tmp_path / "x.spacy").read_bytes()
    for size in range(2, len(whole), 40):
        (tmp_path / "cut.spacy").write_bytes(whole[:size])
        with pytest.raises(InputError, match=r"cut\.spacy: cannot be read as a DocBin of spaCy"):
            list(read_posts(tmp_path / "cut.spacy"))
    monkeypatch.setattr("mner.posts.docbin._MOST", 100)
    with pytest.raises(InputError, match="unpacks to more than 100 bytes: split it"):
        list(read_posts(tmp_path / "x.spacy"))
