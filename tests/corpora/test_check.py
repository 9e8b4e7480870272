import json
from pathlib import Path

import pytest

from mner.corpora.check import check_files
from mner.errors import InputError
from tests.corpora.found import by_kind


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


def test_findings_for_people_and_for_json(files: tuple[Path, Path]) -> None:
    findings = check_files(files)
    assert f"orphan-tag: 1 in {files[0]}\n  {files[0]}:4: tag I-LOC" in findings.render()
    assert json.loads(json.dumps(findings.as_dict()))["found"][0]["kind"] == "missing-tag"
    assert check_files([files[1]]).render() == f"{files[1]}: 2 posts\nnothing wrong"


def test_posts_in_other_languages_are_counted(files: tuple[Path, Path], tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    french = "oui nous sommes socialistes mais des socialistes qui aiment leur pays"
    dutch = "geen idee of het een marineschip is maar mooi is het wel"
    english = "I have never seen such a beautiful city in my life"
    texts = (french, dutch, english, dutch)
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    findings = check_files([path, files[1]])
    assert findings.as_dict()["languages"] == {str(path): {"nl": 2, "fr": 1}, str(files[1]): {}}
    expected = "4 posts, none of them annotated\n  seem to be in another language than English: "
    assert f"{expected}2 nl, 1 fr\n" in findings.render()


def test_without_the_extra_no_language_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text('{"text": "geen idee of het een marineschip is maar mooi is het wel"}\n')
    monkeypatch.setattr("mner.posts.language.find_spec", lambda _: None)
    findings = check_files([path])
    assert findings.as_dict()["languages"] == {}
    assert "language" not in findings.render()


def test_lines_that_cannot_be_read_are_found_too(files: tuple[Path, Path], tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_bytes(b'{"text": "a"}\n{"text"\n{"text": "\xff"}\n{"text": "a", "place": "b"}\n')
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


def test_posts_that_nobody_annotated_among_others(tmp_path: Path) -> None:
    mixed, raw = tmp_path / "mixed.jsonl", tmp_path / "raw.jsonl"
    raw.write_text('{"tokens": ["saw", "Rome"]}\n{"text": "saw Oslo"}\n')
    mixed.write_text(raw.read_text() + '{"tokens": ["saw", "Ann"], "entities": []}\n')
    findings = check_files([raw])
    assert findings.found == ()
    assert findings.as_dict()["not_annotated"] == [str(raw)]
    assert findings.render() == f"{raw}: 2 posts, none of them annotated\nnothing wrong"
    (found,) = check_files([mixed]).found
    assert (found.kind, found.count) == ("not-annotated", 2)
    assert (
        found.examples[0] == f"{mixed}:1: post '1' is not annotated, though others in the file are"
    )
