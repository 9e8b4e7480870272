import json
import os
from pathlib import Path

import pytest

from mner.corpora.check import check_files
from mner.corpora.comparable import comparable_text
from mner.corpora.findings import Finding
from mner.corpora.stats import corpus_stats
from mner.errors import InputError
from mner.pictures.decode import read_picture
from mner.posts.read import read_posts
from mner.types import PictureState

TRAIN = """IMGID:1
RT\tO
@a\tO
New\tI-LOC
York\tI-LOC
!\tO
http://t.co/x\t

IMGID:2
#Nike\tB-ORG
shoes\tO

IMGID:2
NIKE\tO
shoes\tO
http://t.co/z\tO

IMGID:3
\U0001f600\tO
"""
TEST = """IMGID:4
RT\tO
@b\tO
new\tB-LOC
york\tI-LOC

IMGID:5
\U0001f600\tO
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    train, test = tmp_path / "train.txt", tmp_path / "test.txt"
    train.write_text(TRAIN, encoding="utf-8")
    test.write_text(TEST, encoding="utf-8")
    return train, test


def by_kind(found: tuple[Finding, ...]) -> dict[tuple[str, ...], int]:
    return {
        (finding.kind, *(Path(file).name for file in finding.files)): finding.count
        for finding in found
    }


def inspect(path: Path) -> PictureState:
    return (
        PictureState.PRESENT
        if path.read_bytes().startswith(b"picture")
        else PictureState.UNREADABLE
    )


def test_texts_and_tags(files: tuple[Path, Path]) -> None:
    train, test = files
    findings = check_files(files)
    assert findings.posts == {str(train): 4, str(test): 2}
    assert by_kind(findings.found) == {
        ("missing-tag", "train.txt"): 1,
        ("orphan-tag", "train.txt"): 1,
        ("duplicate-id", "train.txt"): 1,
        ("duplicate-text", "train.txt"): 1,
        ("duplicate-text", "train.txt", "test.txt"): 1,
    }
    examples = {finding.kind: finding.examples[0] for finding in findings.found}
    assert examples["orphan-tag"].startswith(
        f"{train}:4: tag I-LOC of token 'New' continues no entity"
    )
    assert examples["duplicate-text"] == f"{test}:1: same text as {train}:1"


def test_pictures(files: tuple[Path, Path], tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name, content in {"1.jpg": b"picture", "2.png": b"picture", "4": b"text"}.items():
        (pictures / name).write_bytes(content)
    found = check_files(files, pictures=pictures, inspect=inspect).found
    assert {key: count for key, count in by_kind(found).items() if key[0].endswith("picture")} == {
        ("absent-picture", "train.txt"): 1,
        ("absent-picture", "test.txt"): 1,
        ("unreadable-picture", "test.txt"): 1,
        ("placeholder-picture", "train.txt"): 3,
    }
    examples = {finding.kind: finding.examples[0] for finding in found}
    assert examples["unreadable-picture"] == f"{files[1]}:1: {pictures / '4'}"
    assert examples["absent-picture"] == f"{files[1]}:7: no picture '5'"


def test_a_folder_of_pictures_that_is_none(files: tuple[Path, Path], tmp_path: Path) -> None:
    for pictures in (tmp_path / "none", files[0]):
        with pytest.raises(InputError, match=f"{pictures}: no such folder of pictures"):
            check_files(files, pictures=pictures)


def test_pictures_are_found_as_tagging_finds_them(files: tuple[Path, Path], tmp_path: Path) -> None:
    for name in ("4.JPG", "5.tif"):
        (tmp_path / name).write_bytes(b"picture")
    assert not [
        finding
        for finding in check_files([files[1]], pictures=tmp_path, inspect=inspect).found
        if finding.kind.endswith("picture")
    ]


def test_what_is_no_regular_file_is_not_waited_for(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "4")
    found = check_files(
        [files[1]], pictures=tmp_path, inspect=lambda path: read_picture(path).state
    ).found
    assert by_kind(found)["unreadable-picture", "test.txt"] == 1


def test_posts_that_name_no_picture_and_names_that_no_file_can_have(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text(
        "\n".join(
            json.dumps({"text": "a", "picture": picture}) for picture in (None, "x" * 5000, "a\0b")
        ),
        encoding="utf-8",
    )
    found = check_files([path], pictures=tmp_path).found
    assert by_kind(found)["absent-picture", "posts.jsonl"] == 3
    assert [finding.examples[0] for finding in found if finding.kind == "absent-picture"] == [
        f"{path}:1: the post names no picture"
    ]


def test_two_posts_may_share_a_picture(files: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(b"picture")
    (tmp_path / "4").write_bytes(b"picture")
    assert not [
        finding
        for finding in check_files(files, pictures=tmp_path, inspect=inspect).found
        if finding.kind == "placeholder-picture"
    ]


def test_findings_for_people_and_for_json(files: tuple[Path, Path]) -> None:
    findings = check_files(files)
    assert f"orphan-tag: 1 in {files[0]}\n  {files[0]}:4: tag I-LOC" in findings.render()
    assert json.loads(json.dumps(findings.as_dict()))["found"][0]["kind"] == "missing-tag"
    assert check_files([files[1]]).render() == f"{files[1]}: 2 posts\nnothing wrong"


def test_lines_that_cannot_be_read_are_found_too(files: tuple[Path, Path], tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_bytes(b'{"text": "a"}\n{"text"\n{"text": "\xff"}\n{"text": "a", "image": "b"}\n')
    findings = check_files([path, files[1]])
    assert findings.posts[str(path)] == 2
    assert by_kind(findings.found) == {
        ("ill-formed", path.name): 2,
        ("unknown-key", path.name): 1,
        ("duplicate-text", path.name): 1,
    }
    assert [example.partition(": ")[0] for example in findings.found[0].examples] == [
        f"{path}:2",
        f"{path}:3",
    ]
    assert not findings.is_readable
    assert check_files(files).is_readable


def test_a_file_of_nothing_but_lines_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "posts.jsonl").write_text('{"text"\n')
    (finding,) = check_files([tmp_path / "posts.jsonl"]).found
    assert finding.examples[1:] == (f"{tmp_path / 'posts.jsonl'}: holds no posts",)


def test_a_file_named_twice_is_read_once(files: tuple[Path, Path]) -> None:
    assert check_files([files[1], files[1]]).found == ()


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.txt: cannot be read"):
        check_files([tmp_path / "nowhere.txt"])


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (("RT", "@me", ":", "Go", "#Spurs", "!", "http://t.co/x"), "rt go spurs"),
        (("go", "_", "SPURS"), "go _ spurs"),
        (("don't", "Ünal"), "don t ünal"),
        (("😀", "..."), ""),
    ],
)
def test_normalised_text(tokens: tuple[str, ...], text: str) -> None:
    assert comparable_text(tokens) == text


def test_stats(files: tuple[Path, Path]) -> None:
    stats = corpus_stats(files[0])
    assert stats.as_dict() == {
        "file": str(files[0]),
        "posts": 4,
        "tokens": 12,
        "longest_post": 6,
        "posts_without_entities": 2,
        "entities_lenient": 2,
        "entities_strict": 1,
        "orphan_tags": 1,
        "labels": {"LOC": 1, "ORG": 1},
        "tweet_tokens": {"URLs": 2, "mentions": 1, "hashtags": 1},
        "tweet_tokens_in_entities": {"URLs": 0, "mentions": 0, "hashtags": 1},
    }
    lines = stats.render().splitlines()
    assert lines[0] == str(files[0])
    assert lines[3].split() == ["entities", "2", "lenient;", "1", "strict;", "1", "orphan", "tags"]
    assert lines[-1].split() == ["hashtags", "1", "1", "in", "entities"]


@pytest.mark.parametrize(
    ("name", "lenient", "strict", "orphans"),
    [("train", 6352, 6166, 186), ("valid", 1594, 1541, 53), ("test", 5207, 5072, 135)],
)
def test_stats_of_twitter_2015(
    real_data: Path, name: str, lenient: int, strict: int, orphans: int
) -> None:
    stats = corpus_stats(real_data / "twitter2015" / f"{name}.txt")
    assert (stats.entities_lenient, stats.entities_strict, stats.orphan_tags) == (
        lenient,
        strict,
        orphans,
    )
    assert sum(stats.labels.values()) == lenient


def test_tweet_tokens_of_twitter_2015(real_data: Path) -> None:
    stats = [
        corpus_stats(real_data / "twitter2015" / f"{name}.txt")
        for name in ("train", "valid", "test")
    ]
    assert {
        kind: sum(one.tweet_tokens[kind] for one in stats) for kind in stats[0].tweet_tokens
    } == {"URLs": 10_786, "mentions": 6865, "hashtags": 4472}
    assert {
        kind: sum(one.tweet_tokens_in_entities[kind] for one in stats)
        for kind in stats[0].tweet_tokens
    } == {"URLs": 0, "mentions": 7, "hashtags": 1166}


def test_findings_in_twitter_2015(real_data: Path) -> None:
    found = check_files(
        [real_data / "twitter2015" / f"{name}.txt" for name in ("train", "valid", "test")]
    ).found
    assert by_kind(found) == {
        ("orphan-tag", "train.txt"): 186,
        ("orphan-tag", "valid.txt"): 53,
        ("orphan-tag", "test.txt"): 135,
        ("duplicate-text", "train.txt"): 2,
        ("duplicate-text", "valid.txt"): 1,
        ("duplicate-text", "test.txt"): 3,
        ("duplicate-text", "train.txt", "valid.txt"): 4,
        ("duplicate-text", "train.txt", "test.txt"): 6,
        ("duplicate-text", "valid.txt", "test.txt"): 4,
    }


def test_findings_in_twitter_2017(real_data: Path) -> None:
    found = check_files(
        [real_data / "twitter2017" / f"{name}.txt" for name in ("train", "valid")]
    ).found
    assert by_kind(found) == {
        ("duplicate-text", "train.txt"): 5,
        ("duplicate-text", "train.txt", "valid.txt"): 1,
    }


@pytest.mark.parametrize(
    "other",
    [
        "twitter2017/train.txt",
        "tweets/btc.train.conll",
        "tweets/tweebank.train.conll",
        "tweets/wnut17.train.conll",
    ],
)
def test_no_text_of_twitter_2015_stands_in_another_corpus(real_data: Path, other: str) -> None:
    known, found = (
        {
            comparable_text(post.tokens)
            for path in paths
            for post in read_posts(real_data / path, on_problem=lambda _: None)
        }
        - {""}
        for paths in ([f"twitter2015/{name}.txt" for name in ("train", "valid", "test")], [other])
    )
    assert len(found) > 900
    assert not known & found


def test_posts_that_nobody_annotated_among_others(tmp_path: Path) -> None:
    mixed, raw = tmp_path / "mixed.jsonl", tmp_path / "raw.jsonl"
    raw.write_text('{"tokens": ["saw", "Rome"]}\n{"text": "saw Oslo"}\n')
    mixed.write_text(raw.read_text() + '{"tokens": ["saw", "Ann"], "entities": []}\n')
    assert check_files([raw]).found == ()
    (found,) = check_files([mixed]).found
    assert (found.kind, found.count) == ("not-annotated", 2)
    assert (
        found.examples[0] == f"{mixed}:1: post '1' is not annotated, though others in the file are"
    )


def test_real_pictures(real_data: Path) -> None:
    pairs = real_data / "pairs30"
    found = check_files(
        [pairs / "twitter2015.txt", pairs / "twitter2017.txt"], pictures=pairs / "images"
    ).found
    assert not [finding for finding in found if finding.kind.endswith("picture")]
