import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from mner.errors import InputError
from mner.posts.raw import raw_post
from mner.posts.read import read_posts
from mner.posts.webanno import webanno_pieces
from mner.types import Entity, Post
from tests.posts.content import kinds_and_lines, read
from tests.posts.exchange.test_forms import spans
from tests.posts.exchange.test_label_tools import annotated_posts

HEAD = "#FORMAT=WebAnno TSV 3.3\n"
NAMED = "#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value\n"
INCEPTION = (
    HEAD
    + "#T_CH=de.tudarmstadt.ukp.dkpro.core.api.coref.type.CoreferenceLink|referenceType|"
    + "referenceRelation\n"
    + NAMED
    + "#T_RL=webanno.custom.Relation|label|BT_webanno.custom.Span\n\n\n"
    + "#Sentence.id=s1\n#Text=😊 Ann Roe\n#Text=lands in the N\\_Y.\n"
    + "1-1\t0-2\t😊\t_\t_\t_\t_\t_\t_\t\n"
    + "1-2\t3-6\tAnn\t*->1-1\t*->1-1\t*[1]|_[2]\tPER[1]|a\\|b[2]\t_\t_\t\n"
    + "1-3\t7-10\tRoe\t_\t_\t*[1]\tPER[1]\t_\t_\t\n"
    + "1-4\t11-16\tlands\t_\t_\t_\t_\t_\t_\t\n"
    + "1-5\t17-19\tin\t_\t_\t_\t_\t_\t_\t\n"
    + "1-6\t20-23\tthe\t_\t_\t*\t*\t_\t_\t\n"
    + "1-7\t24-27\tN\\_Y\t_\t_\t_\t_\t_\t_\t\n"
    + "1-7.1\t24-25\tN\t_\t_\t*\tLOC\t_\t_\t\n"
    + "1-8\t27-28\t.\t_\t_\t_\t_\t_\t_\t\n\n"
    + "#Text=RT\n2-1\t29-31\tRT\t_\t_\t_\t_\t_\t_\t\n"
)


def written(posts: list[Post]) -> str:
    return "".join(text for _, text in webanno_pieces(posts))


@given(post=annotated_posts())
def test_what_is_written_is_read_again(post: Post) -> None:
    sure = Post("q", ("Lima", "😊"), (Entity(0, 2, "LOC"),))
    (_, again, last), problems = read(written([sure, post, replace(sure, id="r")]))
    assert problems == []
    assert (again.id, again.tokens, again.text or "") == (post.id, post.tokens, again.text)
    assert spans([again]) == spans([Post(post.id, post.tokens, post.entities or ())])
    assert spans([last]) == [[(0, 2, "LOC")]]


def test_offsets_count_utf16_from_the_begin_of_the_document() -> None:
    posts = [raw_post("a", "😊  Ann\nflies 😊😊"), Post("b", ("RT", "😊"))]
    lines = written(posts).splitlines()
    text = "\n".join(line.removeprefix("#Text=") for line in lines if line.startswith("#Text="))
    document = text.encode("utf-16-le")
    tokens = [line.split("\t") for line in lines if line[:1].isdecimal()]
    assert len(tokens) == 7
    for _, place, token, *_ in tokens:
        start, end = map(int, place.split("-"))
        assert document[2 * start : 2 * end].decode("utf-16-le") == token


def test_what_inception_exports_is_read() -> None:
    (first, second), problems = read(INCEPTION)
    assert (first.id, second.id) == ("s1", "2")
    assert first.text == "😊 Ann Roe\nlands in the N_Y."
    assert first.tokens[-2:] == ("N_Y", ".")
    assert spans([first, second]) == [[(1, 3, "PER"), (5, 6, "ENTITY"), (6, 7, "LOC")], []]
    assert kinds_and_lines(problems) == [("cut-token", 7), ("overlapping-entity", 7)]


def test_a_layer_of_ones_own_is_read_and_columns_can_be_named() -> None:
    rows = "\n\n#Text=Ann\n1-1\t0-3\tAnn\tx\tPER\t\n"
    own = f"{HEAD}#T_SP=webanno.custom.Name|note|label\n{rows}"
    assert spans(read(own)[0]) == [[(0, 1, "PER")]]
    two = f"{HEAD}#T_SP=webanno.custom.A|x\n#T_SP=webanno.custom.B|x\n{rows}"
    with pytest.raises(InputError, match=r"name the column of their labels, as in --columns tag=4"):
        read(two)
    (post,) = read_posts(io.StringIO(two), columns="tag=4")
    assert spans([post]) == [[(0, 1, "x")]]
    with pytest.raises(InputError, match="the columns of annotations are counted from 4"):
        list(read_posts(io.StringIO(two), columns="tag=2"))


@pytest.mark.parametrize(
    "line", ["Ann\tPER", "1-1\t0-3\tAnn", "1-1.1\t0-1\tA\t*\tPER", "1-1\t0-3\tAnn\t*\tPER[x]"]
)
def test_lines_that_do_not_fit_are_refused(line: str) -> None:
    with pytest.raises(InputError, match=r"posts.txt:5: (expected a token|an annotation is)"):
        read(f"{HEAD}{NAMED}\n#Text=Ann\n{line}\n")


def test_tokens_that_are_not_in_the_text_make_a_post_without_text() -> None:
    ((post,), _) = read(f"{HEAD}{NAMED}\n#Text=Bob\n1-1\t0-3\tAnn\t*\tPER\t\n")
    assert (post.tokens, post.text) == (("Ann",), None)


def test_it_is_recognised_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "posts.tsv"
    path.write_text(INCEPTION, encoding="utf-8-sig")
    assert len(list(read_posts(path, on_problem=lambda _: None))) == 2
