from pathlib import Path

import pytest

from mner.errors import InputError
from mner.posts.captions import attach_captions
from mner.posts.read import read_posts
from mner.types import Post

CAPTIONS = (
    '{"id": "7", "blip2": "a dog ", "catr": "A cat."}\n\n{"id": 8, "blip2": "", "catr": null}\n'
)
POSTS = [
    Post("1", ("a",), picture="7"),
    Post("2", ("b",), picture="8"),
    Post("7", ("c",)),
    Post("4", ("d",), picture="9", caption="old"),
]


@pytest.fixture
def captions(tmp_path: Path) -> Path:
    path = tmp_path / "captions.jsonl"
    path.write_text(CAPTIONS, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("fields", "caption"),
    [(None, "a dog A cat."), (["catr"], "A cat."), (["catr", "blip2"], "A cat. a dog")],
    ids=["all", "one", "in the order asked for"],
)
def test_captions_are_found_by_picture(
    captions: Path, fields: list[str] | None, caption: str
) -> None:
    assert [post.caption for post in attach_captions(POSTS, captions, fields=fields)] == [
        caption,
        None,
        None,
        "old",
    ]


def test_a_field_that_is_not_there_is_named_with_those_that_are(captions: Path) -> None:
    with pytest.raises(
        InputError,
        match=r"captions\.jsonl: no line has a caption 'blip': expected one of blip2, catr",
    ):
        attach_captions(POSTS, captions, fields=["blip"])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"captions\.jsonl:1: expected one JSON object per line"),
        ('{"blip2": "a"}', r"captions\.jsonl:1: expected a picture's `id`, got None"),
        (
            '{"id": "1", "blip2": 3}',
            r"captions\.jsonl:1: caption 'blip2' must be a string or null, got 3",
        ),
    ],
)
def test_errors_name_file_and_line(captions: Path, line: str, message: str) -> None:
    captions.write_text(line, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        attach_captions(POSTS, captions)


@pytest.mark.parametrize(("corpus", "without"), [("twitter2015", 0), ("twitter2017", 308)])
def test_real_captions(real_data: Path, corpus: str, without: int) -> None:
    captions = real_data / corpus / "captions.jsonl"
    posts: list[Post] = []
    for split in ("train", "valid"):
        read = read_posts(real_data / corpus / f"{split}.txt", on_problem=lambda _: None)
        posts += attach_captions(read, captions)
    assert sum(post.caption is None for post in posts) == without


@pytest.mark.parametrize(
    ("bound", "most", "line"),
    [("_MOST_CAPTIONS", 2, 3), ("_MOST_CHARACTERS", 63, 2), ("_MOST_CHARACTERS", 64, 3)],
)
def test_captions_of_more_pictures_than_are_held_in_memory_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, most: int, line: int
) -> None:
    path = tmp_path / "captions.jsonl"
    path.write_text("".join(f'{{"id": "{n}", "sentence": "a dog"}}\n' for n in range(5)))
    monkeypatch.setattr(f"mner.posts.captions.{bound}", most)
    with pytest.raises(InputError, match=rf"captions\.jsonl:{line}: the captions are held in mem"):
        list(attach_captions([], path))


def test_a_picture_that_comes_again_takes_no_more_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "captions.jsonl"
    path.write_text('{"id": "1", "sentence": "a dog"}\n' * 5)
    monkeypatch.setattr("mner.posts.captions._MOST_CAPTIONS", 1)
    attach_captions([], path)


def test_a_caption_that_is_too_long_is_named(tmp_path: Path) -> None:
    path = tmp_path / "captions.jsonl"
    path.write_text(f'{{"id": "1", "a": "dog"}}\n{{"id": "2", "a": "{"x" * 200_001}"}}\n')
    with pytest.raises(InputError, match=r"captions\.jsonl:2: the caption has 200001 characters"):
        attach_captions([], path)


def test_several_pictures_have_their_captions_one_after_the_other(captions: Path) -> None:
    captions.write_text('{"id": "7", "c": "a dog"}\n{"id": "8", "c": "a cat"}\n')
    post = POSTS[0].with_pictures(["8", "gone", "7"])
    assert [post.caption for post in attach_captions([post], captions)] == ["a cat a dog"]
