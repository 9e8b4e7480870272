from pathlib import Path

import pytest

from mner.errors import InputError
from mner.evaluation.compare import compare_files
from mner.spans.comparison import Comparison


@pytest.fixture
def files(corpus: Path, tmp_path: Path) -> tuple[Path, Path, Path]:
    """The tiny corpus and two systems.

    One misses Ann; the other takes Rome for a person and writes no ids.
    """
    text = (corpus / "dev.txt").read_text()
    a, b = tmp_path / "a.txt", tmp_path / "b.txt"
    a.write_text(text.replace("Ann\tB-PER", "Ann\tO"))
    lines = text.replace("Rome\tB-LOC", "Rome\tB-PER").split("\n")
    b.write_text("\n".join(line for line in lines if not line.startswith("IMGID")))
    return corpus / "dev.txt", a, b


def gold_with(comparison: Comparison, name: str) -> int:
    return next(part.gold for part in comparison.slices if part.name == name)


def test_files_are_compared_also_without_ids(files: tuple[Path, Path, Path], corpus: Path) -> None:
    gold, a, b = files
    result = compare_files(gold, [a], [b], train=corpus / "train.txt", resamples=20, seed=3)
    assert dict(result.a) == {str(a): pytest.approx(18 / 21)}
    assert dict(result.b) == {str(b): 0.75}
    assert result.mcnemar is not None
    assert (result.mcnemar.only_a, result.mcnemar.only_b) == (3, 3)
    assert (gold_with(result, "seen"), result.seed, result.resamples) == (12, 3, 20)


def test_several_files_of_a_system(files: tuple[Path, Path, Path]) -> None:
    gold, a, b = files
    overall = compare_files(gold, [gold, a], [b], resamples=20).overall
    assert overall.a.f1.value == pytest.approx((1 + 18 / 21) / 2)
    with pytest.raises(InputError, match=r"a\.txt: the same file twice would count twice"):
        compare_files(gold, [a, a], [b])
    with pytest.raises(InputError, match=r"\.\./.*a\.txt: the same file twice would count twice"):
        compare_files(gold, [a, a.parent / ".." / a.parent.name / a.name], [b])


def test_where_a_post_has_a_picture(
    files: tuple[Path, Path, Path], corpus: Path, tmp_path: Path
) -> None:
    gold, a, b = files
    captions = tmp_path / "captions.jsonl"
    captions.write_text('{"id": "0", "short": "a man"}\n{"id": "7", "short": "a city"}\n')
    by_name = compare_files(gold, [a], [b], resamples=5)
    assert gold_with(by_name, "picture named") == 12
    by_caption = compare_files(gold, [a], [b], captions=captions, resamples=5)
    assert gold_with(by_caption, "caption") == 2
    by_picture = compare_files(gold, [a], [b], pictures=corpus / "images", resamples=5)
    assert gold_with(by_picture, "readable picture") == 10
    assert gold_with(by_picture, "no readable picture") == 2
    with pytest.raises(InputError, match="give one of them"):
        compare_files(gold, [a], [b], pictures=corpus / "images", captions=captions)
    with pytest.raises(InputError, match="none: no such folder of pictures"):
        compare_files(gold, [a], [b], pictures=tmp_path / "none")


def test_the_scoring_mode_decides_what_an_orphan_is(tmp_path: Path) -> None:
    gold = tmp_path / "gold.txt"
    gold.write_text("Ann\tI-PER\nin\tO\nRome\tB-LOC\n")
    with pytest.warns(UserWarning, match="orphan"):
        lenient = compare_files(gold, [gold], [gold], resamples=5)
    with pytest.warns(UserWarning, match="orphan"):
        strict = compare_files(gold, [gold], [gold], scoring="strict", resamples=5)
    assert (lenient.gold, lenient.scoring) == (2, "lenient")
    assert (strict.gold, strict.scoring) == (1, "strict")


def test_the_file_that_holds_other_posts_is_named(
    files: tuple[Path, Path, Path], corpus: Path
) -> None:
    gold, a, _ = files
    with pytest.raises(
        InputError,
        match=r"train\.txt: expected as many .* ones: gold ends after 12 posts",
    ):
        compare_files(gold, [a], [corpus / "train.txt"])


def test_a_real_corpus_against_itself(real_data: Path) -> None:
    test = real_data / "twitter2015" / "test.txt"
    with pytest.warns(UserWarning, match="orphan"):
        result = compare_files(test, [test], [test], resamples=20)
    assert (result.posts, result.gold_fingerprint) == (3257, "7828d2cc2108")
    assert result.overall.p_value == 1.0
