import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mner.errors import InputError, Problem
from mner.posts.brat import write_brat
from mner.posts.dataset_writer import write_dataset
from mner.posts.raw import raw_post
from mner.posts.read import read_posts
from mner.tagging.convert import convert
from mner.types import Entity, Post
from tests.posts.exchange.test_forms import spans

pytest.importorskip("pyarrow", reason="needs the extra `tables`")

POSTS = [
    Post("a", ("Ann", "Roe", "Lima"), (Entity(0, 2, "PER"), Entity(2, 3, "LOC")), "a.jpg"),
    Post("b", ("no", "name"), (), more_pictures=()).with_pictures(["b.jpg", "c.jpg"]),
    Post("c", ("unknown",)),
    raw_post("d", "RT  @me: hi", caption="a city"),
    Post("e", (), None),
]


def read_quietly(path: Path) -> list[Post]:
    return list(read_posts(path, on_problem=lambda _: None))


def test_a_data_set_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_dataset(POSTS, tmp_path / "out")
    again = read_quietly(tmp_path / "out")
    assert again == POSTS
    with pytest.raises(InputError, match="out: exists: name another folder"):
        write_dataset(POSTS, tmp_path / "out")


def test_the_package_datasets_reads_and_writes_the_same(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="the package datasets is not installed")
    write_dataset(POSTS, tmp_path / "ours")
    loaded = datasets.load_from_disk(tmp_path / "ours")
    names = loaded.features["ner_tags"].feature.names
    assert names == ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    assert loaded["tokens"][0] == ["Ann", "Roe", "Lima"]
    assert [names[tag] for tag in loaded["ner_tags"][0]] == ["B-PER", "I-PER", "B-LOC"]
    loaded.save_to_disk(tmp_path / "theirs", num_shards=2)
    assert read_quietly(tmp_path / "theirs") == POSTS
    both = datasets.DatasetDict({"train": loaded, "validation": loaded.select([1, 0])})
    both.save_to_disk(tmp_path / "dict")
    assert [post.id for post in read_quietly(tmp_path / "dict" / "validation")] == ["b", "a"]
    again = loaded.map(lambda row: {"length": len(row["tokens"])})
    assert again["length"] == [3, 2, 1, 4, 0]


def test_splits_are_written_and_named(tmp_path: Path) -> None:
    for split in ("train", "validation"):
        write_dataset(POSTS[:2], tmp_path / "corpus", split=split)
    with pytest.raises(InputError, match=r"holds the splits \['train', 'validation'\]: name one"):
        read_posts(tmp_path / "corpus").__next__()
    assert read_quietly(tmp_path / "corpus" / "train") == POSTS[:2]
    with pytest.raises(InputError, match="train: exists: name another folder"):
        write_dataset(POSTS, tmp_path / "corpus", split="train")
    with pytest.raises(InputError, match="expected a name, such as train"):
        write_dataset(POSTS, tmp_path / "corpus", split="../x")
    (tmp_path / "other").mkdir()
    with pytest.raises(InputError, match="is no DatasetDict"):
        write_dataset(POSTS, tmp_path / "other", split="train")
    with pytest.raises(InputError, match="--split goes with --to datasets alone"):
        convert(tmp_path / "corpus" / "train", tmp_path / "x.jsonl", split="train")
    datasets = pytest.importorskip("datasets", reason="the package datasets is not installed")
    loaded = datasets.load_from_disk(tmp_path / "corpus")
    assert {name: len(rows) for name, rows in loaded.items()} == {"train": 2, "validation": 2}


def state(files: object) -> Callable[[Path], object]:
    return lambda folder: (folder / "state.json").write_text(json.dumps({"_data_files": files}))


DAMAGES: list[tuple[Callable[[Path], object], str]] = [
    (state([{"filename": "../x.arrow"}]), "expected the name of a file of the folder"),
    (state([{"filename": "/etc/passwd"}]), "expected the name of a file of the folder"),
    (state([]), "lists no files"),
    (state([{"filename": "none.arrow"}]), "none.arrow: cannot be read as Arrow"),
    (state([{"filename": "state.json"}]), "state.json: cannot be read as Arrow"),
    (lambda folder: (folder / "state.json").write_text("{"), "state.json"),
    (lambda folder: (folder / "dataset_info.json").write_text("[]"), "dataset_info.json"),
    (lambda folder: (folder / "dataset_info.json").write_text("{}"), "holds numbers, whose names"),
]


@pytest.mark.parametrize(("damage", "message"), DAMAGES)
def test_damage_is_one_line(damage: Callable[[Path], object], message: str, tmp_path: Path) -> None:
    write_dataset(POSTS[:2], tmp_path / "out")
    damage(tmp_path / "out")
    with pytest.raises(InputError, match=message):
        read_quietly(tmp_path / "out")


def test_changed_bytes_are_posts_or_one_line(tmp_path: Path) -> None:
    write_dataset(POSTS, tmp_path / "out")
    (path,) = (tmp_path / "out").glob("*.arrow")
    whole = path.read_bytes()
    for place in range(0, len(whole), 61):
        changed = bytearray(whole)
        changed[place] ^= 0xFF
        path.write_bytes(changed)
        try:
            read_quietly(tmp_path / "out")
        except InputError:
            continue


def test_a_data_set_of_texts_is_read_as_a_table(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="the package datasets is not installed")
    rows = datasets.Dataset.from_dict({"text": ["Ann lands", "in Lima"], "likes": [1, 2]})
    rows.save_to_disk(tmp_path / "texts")
    posts = read_quietly(tmp_path / "texts")
    assert [post.text for post in posts] == ["Ann lands", "in Lima"]
    assert [(post.extra or {})["likes"] for post in posts] == [1, 2]


def test_brat_is_read_as_it_was_written(tmp_path: Path) -> None:
    sure = Entity(0, 1, "LOC", 0.75)
    posts = [POSTS[0], Post("x/y", ("Lima",), (sure,)), Post("10", ("no", "name"), ())]
    write_brat(posts, tmp_path / "brat")
    by_id = {post.id: post for post in read_quietly(tmp_path / "brat")}
    assert set(by_id) == {"a", "x/y", "10"}
    for post in posts:
        assert by_id[post.id].tokens == post.tokens
        assert spans([by_id[post.id]]) == spans([post])
    assert (by_id["x/y"].entities or ())[0].probability == 0.75


def test_documents_of_brat(tmp_path: Path) -> None:
    (tmp_path / "2.txt").write_text("😊 Ann and\nBob Roe land")
    (tmp_path / "2.ann").write_text(
        "T1\tPER 2 5;14 17\tAnn Roe\nT2\tPER 10 17\tBob X\nR1\tKnows Arg1:T1 Arg2:T2\n"
        "#1\tAnnotatorNotes T2\tprobability 0.5000\n"
    )
    (tmp_path / "10.txt").write_text("not annotated")
    problems: list[Problem] = []
    second, tenth = read_posts(tmp_path, on_problem=problems.append)
    assert (second.id, tenth.id) == ("2", "10")
    assert tenth.entities is None
    assert {problem.kind for problem in problems} >= {"fragments", "span-text"}
    (tmp_path / "2.ann").write_text("T1\tPER 2 99\tAnn\n")
    with pytest.raises(InputError, match=r"2\.txt: T1 ends at character 99, but the text has 22"):
        read_quietly(tmp_path)
    (tmp_path / "2.ann").write_text("T1 PER 2 5 Ann\n")
    with pytest.raises(InputError, match="expected a name, a label with start and end"):
        read_quietly(tmp_path)


def test_other_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder, expected a file of posts"):
        read_posts(tmp_path)
    (tmp_path / "x.conll").write_text("Ann\tB-PER\n")
    with pytest.raises(InputError, match=r"x\.conll: expected a folder, as datasets is"):
        read_posts(tmp_path / "x.conll", format="datasets")
