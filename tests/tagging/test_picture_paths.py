"""Which paths of pictures are followed: of files that strangers wrote, and of programs."""

import json
import logging
from pathlib import Path

import pytest
from click.testing import CliRunner

import mner
from mner.cli import app
from mner.errors import InputError
from mner.posts.read import read_posts
from mner.tagging.explain import explain
from mner.tagging.output import Output
from mner.tagging.tag_file import tag_file
from mner.types import PictureState, Post, UntrustedReference

REFUSED = "a path out of the folder of the input is not followed: use --trust-paths"


@pytest.fixture
def posts(corpus: Path, tmp_path: Path) -> Path:
    """Return a file whose posts name pictures in other folders, and one in its own."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "own.jpg").write_bytes((corpus / "images" / "3.jpg").read_bytes())
    (tmp_path / "up.jpg").symlink_to(corpus / "images" / "3.jpg")
    (tmp_path / "in" / "link.jpg").symlink_to(corpus / "images" / "3.jpg")
    names = (str(corpus / "images" / "3.jpg"), "../up.jpg", "link.jpg", "own.jpg")
    lines = [json.dumps({"text": "saw Rome", "picture": name}) for name in names]
    path = tmp_path / "in" / "posts.jsonl"
    path.write_text("\n".join(lines))
    return path


def test_readers_mark_the_pictures_of_files(corpus: Path, posts: Path, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.jsonl"
    tokens.write_text('{"tokens": ["a"], "picture": "/x.jpg"}\n{"tokens": ["a"], "picture": ""}\n')
    for file in (corpus / "dev.txt", posts, tokens):
        pictures = [post.picture for post in read_posts(file)]
        assert {type(picture) for picture in pictures} <= {UntrustedReference, type(None)}
        assert pictures[0] is not None


def test_a_file_does_not_name_pictures_out_of_its_folder(
    pixel_model: Path, posts: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        tag_file(pixel_model, str(posts), output=Output(tmp_path / "out.jsonl"))
    assert f"pictures of 4 posts: 3 unreadable (first: post '1': {REFUSED}" in caplog.text
    caplog.clear()
    tag_file(pixel_model, str(posts), output=Output(tmp_path / "trusted.jsonl"), trust_paths=True)
    assert not caplog.messages


def test_a_page_does_not_show_pictures_out_of_the_folder(
    exported_model: Path, posts: Path, tmp_path: Path
) -> None:
    for is_trusted, count in ((False, 1), (True, 4)):
        page = tmp_path / f"{is_trusted}.html"
        tag_file(
            exported_model, str(posts), output=Output(page, style="html"), trust_paths=is_trusted
        )
        assert page.read_text().count('"thumbnail":"data:image/jpeg') == count


def test_the_program_trusts_its_own_posts(
    pixel_model: Path, posts: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(posts.parent)
    read = list(read_posts("posts.jsonl"))
    made = [Post(post.id, post.tokens, picture=str(post.picture)) for post in read]
    tagger = mner.load(pixel_model)
    trusting = mner.load(pixel_model, trust_paths=True)
    refused = [PictureState.UNREADABLE] * 3 + [PictureState.PRESENT]
    assert [tagged.picture for tagged in tagger.explain(read)] == refused
    assert [explained.tagged.picture for explained in explain(tagger, read)] == refused
    # What was tagged is as little trusted as before.
    again = tagger.tag(trusting.tag(read))
    with pytest.warns(match=r"pictures of 4 posts: 3 unreadable"):
        list(again)
    for tagged in (tagger.explain(made), trusting.explain(read)):
        assert {result.picture for result in tagged} == {PictureState.PRESENT}
    assert tagger("saw Rome", picture=corpus / "images" / "3.jpg").entities
    with pytest.raises(InputError, match="trust_paths does not go with pictures: a folder of pi"):
        mner.load(pixel_model, pictures=corpus, trust_paths=True)


def test_a_picture_given_by_hand_is_trusted(
    pixel_model: Path, posts: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(posts.parent)
    for picture in (str(corpus / "images" / "3.jpg"), "../up.jpg"):
        for more in ([], ["--allow-urls"]):
            command = ["tag", "saw Rome", "--model", str(pixel_model), "--picture", picture, *more]
            assert CliRunner().invoke(app, command).exit_code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--input", "-", "--allow-urls"], "--trust-paths does not go with --allow-urls"),
        (["--input", "-", "--pictures", "x"], "--trust-paths does not go with --pictures"),
        (["saw Rome"], "--trust-paths does not go with TEXT"),
    ],
)
def test_what_trust_does_not_go_with(options: list[str], message: str) -> None:
    result = CliRunner().invoke(app, ["tag", "--trust-paths", *options])
    assert result.exit_code == 2
    assert message in result.output
