"""Corpora in the layouts in which they are published are trained on and scored as they are."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from mner.bio import spans_to_tags
from mner.cli import app
from mner.corpora.corpus import read_split
from mner.posts.read import read_posts
from mner.recipe.data import DataSection
from mner.types import Entity, Post

CONLL_2003 = (
    "-DOCSTART- -X- -X- O\n\nAnn NNP I-NP I-PER\nRoe NNP I-NP I-PER\nBob NNP I-NP B-PER\n"
    "sees VBZ I-VP O\nLima NNP I-NP I-LOC\n\n"
)
WNUT_17 = "Ann\tB-PER\nRoe\tI-PER\nBob\tB-PER\nsees\tO\nLima\tB-LOC\n\t\n"
GERMEVAL = (
    "#\tn-tv.de vom 26.02.2005 [2005-02-26]\n1\tAnn\tB-PER\tO\n2\tRoe\tI-PER\tB-ORG\n"
    "3\tBob\tB-PER\tO\n4\tsees\tO\tO\n5\tLima\tB-LOC\tO\n\n"
)
TWEEBANK = "# sent_id = t1\nAnn\tB-PER\nRoe\tE-PER\nBob\tS-PER\nsees\tO\nLima\tS-LOC\n\n"
LAYOUTS = {"conll": CONLL_2003, "wnut": WNUT_17, "germeval": GERMEVAL, "bioes": TWEEBANK}
ENTITIES = (Entity(0, 2, "PER"), Entity(2, 3, "PER"), Entity(4, 5, "LOC"))


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    paths = {name: tmp_path / f"{name}.conll" for name in LAYOUTS}
    for name, content in LAYOUTS.items():
        paths[name].write_text(content)
    return paths


def test_train_and_dev_may_differ(files: dict[str, Path], caplog: pytest.LogCaptureFixture) -> None:
    for train in files.values():
        for dev in files.values():
            data = DataSection(train=str(train), dev=str(dev))
            for split in ("train", "dev"):
                (post,) = read_split(data, split, captions=None)
                assert post.tokens == ("Ann", "Roe", "Bob", "sees", "Lima")
                assert post.entities == ENTITIES
    caplog.clear()
    with caplog.at_level("INFO", "mner"):
        list(read_split(DataSection(train=str(files["conll"])), "train", captions=None))
    assert caplog.messages == [
        f"{files['conll']}: read as: 4 columns parted by blanks, token in column 1, tag in column "
        "4; scheme IOB1; 1 -DOCSTART- line left out"
    ]


def test_they_are_scored_against_one_another(files: dict[str, Path]) -> None:
    for gold in files.values():
        for predicted in files.values():
            # Predictions in IOB1 beside gold that is not are taken for orphans in strict scoring.
            is_odd = predicted == files["conll"] != gold
            for scoring in ("lenient",) if is_odd else ("lenient", "strict"):
                words = ["score", str(gold), str(predicted), "--scoring", scoring]
                result = CliRunner().invoke(app, words)
                assert "all               100.00  100.00  100.00     3" in result.output


@pytest.mark.parametrize(
    ("name", "entities"),
    [("btc", 1730), ("wnut17", 836), ("tweebank", 417)],
)
def test_published_files_in_other_layouts(
    real_data: Path, tmp_path: Path, name: str, entities: int
) -> None:
    """A real corpus, rewritten in other schemes and columns, holds the same posts."""
    posts = list(read_posts(real_data / "tweets" / f"{name}.dev.conll", on_problem=lambda _: None))
    assert sum(len(post.entities or ()) for post in posts) == entities
    path = tmp_path / "rewritten.conll"
    path.write_text("".join(map(_germeval, posts)), encoding="utf-8")
    assert [(post.tokens, post.entities) for post in read_posts(path)] == [
        (post.tokens, post.entities) for post in posts
    ]


def _germeval(post: Post) -> str:
    spans = [entity.span for entity in post.entities or ()]
    tags = spans_to_tags(spans, len(post.tokens), scheme="bioes")
    lines = [f"#\t{post.id}"]
    for number, (token, tag) in enumerate(zip(post.tokens, tags, strict=True), start=1):
        lines.append(f"{number}\t{token}\t{tag}\tO")
    return "\n".join([*lines, "", ""])
