import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from mner.cli import app
from mner.corpora.fetch import bring, fetch
from mner.corpora.resources import RESOURCES, Resource
from mner.encoding.vector_cache import load_vectors
from mner.errors import InputError
from mner.posts.read import read_posts
from tests.loopback import CONTENT, Request, Server


def honest(request: Request) -> None:
    request.reply_in_range(CONTENT)


def weights(address: str) -> Resource:
    return Resource(
        "weights",
        address,
        "w.bin",
        checked="SHA-256",
        largest=1 << 20,
        size=len(CONTENT),
        digest="sha256:" + hashlib.sha256(CONTENT).hexdigest(),
    )


def posts(*ids: int) -> bytes:
    return b"\n".join(b"IMGID:%d\nRio\tB-LOC\nhttp://t.co\n" % number for number in ids)


TEXTS = {"data/train": posts(1, 2, 3), "data/dev": posts(4), "data/test": posts(5, 6)}
PICTURES = {f"data/ner_img/{number}.jpg": b"\xff\xd8 %d" % number for number in (1, 2, 4, 5, 6)}
OLD = {"data/old/train.txt": posts(1), "code/train.py": b"import keras"}


def corpus(address: str = "http://127.0.0.1:9/", *, train: int = 3, pictures: int = 5) -> Resource:
    return Resource(
        "corpus",
        address,
        "corpus",
        checked="posts and pictures",
        largest=1 << 20,
        posts={"train": train, "valid": 1, "test": 2},
        pictures=pictures,
    )


def archive(**more: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in {**TEXTS, **PICTURES, **OLD, **more}.items():
            info = tarfile.TarInfo(f"repository-HEAD/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.endswith(".lock")}


def test_the_table_names_official_addresses_and_how_they_are_checked() -> None:
    assert sorted(RESOURCES) == ["glove-twitter-200", "twitter2015", "vgg16"]
    for resource in RESOURCES.values():
        assert resource.address.startswith("https://")
        assert resource.posts or (resource.size and resource.digest)
    vgg = RESOURCES["vgg16"]
    assert (vgg.digest or "").startswith(
        "sha256:" + vgg.file.removeprefix("vgg16-").removesuffix(".pth")
    )


def test_a_file_is_brought_once(server: Server, tmp_path: Path) -> None:
    resource = weights(server.at("w", honest))
    first, second = (bring(resource, folder=tmp_path) for _ in range(2))
    assert (first.is_new, second.is_new) == (True, False)
    assert first.path.read_bytes() == CONTENT
    assert len(server.ranges) == 1
    assert second.note == "was there already, checked by SHA-256"


def test_a_file_that_is_there_and_is_another_one_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(CONTENT[:-1])
    with pytest.raises(
        InputError, match=r"expected \d+ bytes, got \d+; delete .*w.bin and fetch it again"
    ):
        bring(weights("http://127.0.0.1:9/"), folder=tmp_path)
    assert (tmp_path / "w.bin").read_bytes() == CONTENT[:-1]


def test_without_a_connection_the_error_says_what_to_put_where(
    server: Server, tmp_path: Path
) -> None:
    address = server.at("w", lambda request: request.send_error(404))
    with pytest.raises(
        InputError,
        match=r"answers 404.*Without a connection: get http.*/w on another machine "
        "and give it by `mner data fetch weights --from FILE`",
    ):
        bring(weights(address), folder=tmp_path)
    with pytest.raises(
        InputError,
        match=r"or put a folder with train.txt, valid.txt, test.txt and images/ at .*corpus",
    ):
        bring(corpus(address), folder=tmp_path)
    assert left(tmp_path) == set()


def test_a_file_brought_by_hand_is_checked_and_copied(tmp_path: Path) -> None:
    by_hand = tmp_path / "download(1).bin"
    by_hand.write_bytes(CONTENT)
    assert (
        bring(
            weights("http://127.0.0.1:9/"), source=str(by_hand), folder=tmp_path / "out"
        ).path.read_bytes()
        == CONTENT
    )
    assert by_hand.exists()
    by_hand.write_bytes(CONTENT[::-1])
    with pytest.raises(
        InputError, match=r"download\(1\).bin: not the file it should be: expected sha256"
    ):
        bring(weights("http://127.0.0.1:9/"), source=str(by_hand), folder=tmp_path / "other")
    assert left(tmp_path / "other") == set()
    with pytest.raises(
        InputError,
        match="none: no such file: "
        "expected an address that starts with http:// or https://, or a file",
    ):
        bring(weights("http://127.0.0.1:9/"), source="none", folder=tmp_path / "other")


def test_a_mirror_is_checked_like_the_official_address(server: Server, tmp_path: Path) -> None:
    resource = weights("http://127.0.0.1:9/")
    assert bring(resource, source=server.at("mirror", honest), folder=tmp_path / "a").is_new
    url = server.at("mirror", lambda request: request.reply(CONTENT[::-1]))
    with pytest.raises(InputError, match="expected sha256"):
        bring(resource, source=url, folder=tmp_path / "b")
    assert left(tmp_path / "b") == set()


def test_a_corpus_is_unpacked_checked_and_laid_out(server: Server, tmp_path: Path) -> None:
    content = archive()
    fetched = bring(corpus(server.at("c", lambda request: request.reply(content))), folder=tmp_path)
    assert fetched.note == "6 posts, 5 of them with their picture; checked by posts and pictures"
    assert left(tmp_path) == {"corpus"}
    assert left(fetched.path) == {"train.txt", "valid.txt", "test.txt", "images", "source.json"}
    assert [
        post.picture for post in read_posts(fetched.path / "test.txt", on_problem=lambda _: None)
    ] == ["5", "6"]
    assert {path.name: path.read_bytes() for path in (fetched.path / "images").iterdir()} == {
        Path(name).name: data for name, data in PICTURES.items()
    }
    about = json.loads((fetched.path / "source.json").read_text())
    assert about["sha256"] == hashlib.sha256(content).hexdigest()
    assert about["texts"]["train.txt"] == hashlib.sha256(TEXTS["data/train"]).hexdigest()
    assert not bring(corpus(), folder=tmp_path).is_new


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        (
            corpus(train=4),
            "expected a file 'train' with 4 posts, "
            "got .*data/old/train.txt with 1, .*data/train with 3",
        ),
        (corpus(pictures=6), "expected pictures for at least 6 posts, got 5"),
    ],
)
def test_another_corpus_is_refused_and_nothing_of_it_stays(
    tmp_path: Path, resource: Resource, message: str
) -> None:
    (tmp_path / "c.tar.gz").write_bytes(archive())
    with pytest.raises(InputError, match=message):
        bring(resource, source=str(tmp_path / "c.tar.gz"), folder=tmp_path / "out")
    assert left(tmp_path / "out") == set()
    assert (tmp_path / "c.tar.gz").exists()


def test_a_wrong_archive_is_not_kept_for_the_next_time(server: Server, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="damaged, or neither tar nor zip"):
        bring(
            corpus(server.at("c", lambda request: request.reply(b"<html>log in</html>"))),
            folder=tmp_path,
        )
    assert left(tmp_path) == set()
    content = archive()
    assert bring(
        corpus(server.at("c", lambda request: request.reply(content))), folder=tmp_path
    ).is_new


def test_a_corpus_put_by_hand_is_checked(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "train.txt").write_bytes(posts(1))
    with pytest.raises(
        InputError, match=r"train.txt: expected 3 posts, got 1; delete .*corpus and fetch it again"
    ):
        bring(corpus(), folder=tmp_path)


def test_vectors_that_were_fetched_are_found_by_their_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNER_CACHE", str(tmp_path / "cache"))
    content = b"2 2\nrio 1 2\nnew 3 4\n"
    (tmp_path / "v").write_bytes(content)
    resource = Resource(
        "glove-tiny-2", "", "glove-tiny-2.gz", checked="size", largest=100, size=len(content)
    )
    bring(resource, source=str(tmp_path / "v"))
    assert len(load_vectors("glove-tiny-2")) == 2


def test_a_name_that_is_not_in_the_table_is_an_error() -> None:
    with pytest.raises(
        InputError,
        match="twitter2016: nothing of this name can be fetched: "
        "expected one of glove-twitter-200, twitter2015, vgg16",
    ):
        fetch("twitter2016")


def test_the_command_says_what_it_did_or_why_not(tmp_path: Path) -> None:
    (tmp_path / "v").write_bytes(b"not the weights")
    result = CliRunner().invoke(
        app,
        ["data", "fetch", "vgg16", "--from", str(tmp_path / "v"), "--out", str(tmp_path / "out")],
    )
    assert result.exit_code == 1
    assert (
        result.output.splitlines()[-1]
        == f"Error: {tmp_path / 'v'}: not the file it should be: expected 553433881 bytes, got 15"
    )


def test_the_real_corpus_is_accepted_but_for_its_pictures(real_data: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "c.tar", "w") as tar:
        for name in ("train", "valid", "test"):
            tar.add(real_data / "twitter2015" / f"{name}.txt", f"repository/data/{name}.txt")
    with pytest.raises(InputError, match="expected pictures for at least 8000 posts, got 0"):
        fetch("twitter2015", source=str(tmp_path / "c.tar"), folder=tmp_path / "out")
