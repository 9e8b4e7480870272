"""Models go up and come down through the hub's own client, in a process of their own."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import mner
from mner.tagging.hub.files import ALLOWED
from mner.tagging.model_folder import read_model
from tests.hub_server import TOKEN, HubServer, Repository, hub_server

pytest.importorskip("huggingface_hub", reason="needs the extra `hub`")

ROOT = Path(mner.__file__).parents[1]
NAME = "ann/tweets"


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with hub_server() as serving:
        yield serving


@pytest.fixture
def pushed(hub: HubServer, exported_model: Path) -> HubServer:
    """The hub with a model, put there without a client."""
    repository = hub.repositories[NAME] = Repository(private=False)
    files = {name: exported_model / name for name in ALLOWED}
    repository.commit(
        {name: path.read_bytes() for name, path in files.items() if path.is_file()}
        | {".gitattributes": b"", "pytorch_model.bin": b"a pickle", "notes.txt": b"notes"}
    )
    return hub


class User:
    """Somebody with a home folder, who may be logged in."""

    def __init__(self, hub: HubServer, home: Path) -> None:
        self.hub = hub
        self.home = home
        self.token: str | None = None

    def runs(self, *words: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        result = subprocess.run(
            [sys.executable, *map(str, words)],
            cwd=self.home,
            env=self._environment(more),
            capture_output=True,
            text=True,
            check=False,
        )
        assert TOKEN not in result.stdout + result.stderr
        assert "Traceback" not in result.stderr
        return result

    def mner(self, *words: str | Path, **more: str) -> str:
        """Run a command that does its job."""
        result = self.runs("-m", "mner", *words, **more)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def fails(self, *words: str | Path, **more: str) -> str:
        """Run a command that ends in one line."""
        result = self.runs("-m", "mner", *words, **more)
        assert result.returncode == 1, result.stderr
        errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
        assert len(errors) == 1, result.stderr
        return errors[0]

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
            "HF_ENDPOINT": self.hub.url,
            "HF_HUB_DISABLE_XET": "1",
            "no_proxy": "*",
        }
        if self.token is not None:
            environment["HF_TOKEN"] = self.token
        return {**environment, **more}


@pytest.fixture
def user(hub: HubServer, tmp_path: Path) -> User:
    home = tmp_path / "home"
    home.mkdir()
    return User(hub, home)


def test_a_model_goes_up_and_comes_down_the_same(
    user: User, hub: HubServer, exported_model: Path
) -> None:
    user.token = TOKEN
    out = user.mner("push", exported_model, NAME)
    repository = hub.repositories[NAME]
    assert repository.private
    assert f"{hub.url}/{NAME}: {len(repository.files) - 1} files, commit " in out
    assert set(repository.files) - {".gitattributes"} <= ALLOWED
    assert f"PUT /large/{next(iter(hub.large))}" in hub.requests
    assert out.count("\n") == len(repository.files)
    user.mner("pull", NAME, "--out", "here")
    folder = user.home / "here"
    for path in exported_model.rglob("*"):
        name = path.relative_to(exported_model)
        if path.is_file() and name.name != "README.md":
            assert (folder / name).read_bytes() == path.read_bytes(), name
    assert read_model(folder).fingerprint == read_model(exported_model).fingerprint
    assert "license" not in (folder / "README.md").read_text()
    commits = [request for request in hub.requests if "/commit/" in request]
    user.mner("push", folder, NAME)
    again = [request for request in hub.requests if "/commit/" in request]
    assert commits == again, "nothing was changed, so nothing is committed"


def test_files_of_an_earlier_model_are_removed(
    user: User, pushed: HubServer, exported_model: Path, tmp_path: Path
) -> None:
    user.token = TOKEN
    before = pushed.repositories[NAME].files
    pushed.repositories[NAME].commit(before | {"pictures.onnx": b"of another model"})
    user.mner("push", exported_model, NAME)
    files = pushed.repositories[NAME].files
    assert "pictures.onnx" not in files
    assert files["notes.txt"] == b"notes"


def test_the_client_says_no_more_than_who_it_is(user: User, pushed: HubServer) -> None:
    user.mner("pull", NAME)
    (agent,) = pushed.agents
    parts = [part.strip().partition("/")[0] for part in agent.split(";")]
    assert parts == ["mner", "hf_hub", "python"]


def test_a_model_is_loaded_from_the_hub_and_then_without_it(user: User, pushed: HubServer) -> None:
    repository = pushed.repositories[NAME]
    commit = repository.branches["main"]
    repository.commit({"README.md": b"no model any more"})
    program = f"import mner; print([p.id for p in mner.load('hf://{NAME}@{commit}').tag(['Ann'])])"
    assert user.runs("-c", program).stdout == "['1']\n"
    fetched = {request.rpartition(f"{commit}/")[2] for request in pushed.requests}
    assert {"mner.json", "vectors/matrix.npy", "emissions.onnx"} <= fetched
    assert not {"pytorch_model.bin", "notes.txt", ".gitattributes"} & fetched
    asked = len(pushed.requests)
    assert user.runs("-c", program).stdout == "['1']\n"
    assert len(pushed.requests) == asked, "a commit that is there is not asked for again"
    out = user.mner("tag", "Ann", "--model", f"hf://{NAME}@{commit}", HF_HUB_OFFLINE="1")
    assert '"tokens": ["Ann"]' in out


def test_a_branch_that_was_fetched_is_there_without_a_connection(
    user: User, pushed: HubServer
) -> None:
    user.mner("pull", NAME, "--out", "first")
    pushed.status = 503
    user.mner("pull", NAME, "--out", "second")
    user.mner("pull", NAME, "--out", "third", HF_HUB_OFFLINE="1")
    assert (
        read_model(user.home / "third").fingerprint == read_model(user.home / "first").fingerprint
    )
    nowhere = user.fails("pull", "ann/other", "--out", "fourth", HF_HUB_OFFLINE="1")
    assert "ann/other: is not on this disk, and the hub cannot be reached" in nowhere


REFUSALS = {
    "ann/none": "the hub answers 401: there is no such model, or it is private and you are not",
    f"{NAME}@v9": "the hub has no such revision: expected a branch, a tag or a commit",
    "one-word": "expected the name of a model on the hub, such as user/name",
    "ann/../x": "expected the name of a model on the hub, such as user/name",
    f"{NAME}@../../x": "expected the name of a model on the hub, such as user/name",
    "ann/a--b": "the hub cannot be used (Cannot have -- or .. in repo_id",
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_the_hub_refuses_is_one_line(user: User, pushed: HubServer, name: str) -> None:
    assert REFUSALS[name] in user.fails("pull", name)
    assert list(user.home.glob("[!.]*")) == []


def test_a_private_model_needs_the_token(user: User, pushed: HubServer) -> None:
    pushed.repositories[NAME].private = True
    assert "the hub answers 401" in user.fails("pull", NAME)
    user.mner("pull", NAME, HF_TOKEN=TOKEN)
    stored = user.home / ".cache" / "huggingface" / "token"
    stored.write_text(TOKEN)
    user.mner("pull", NAME, "--out", "again")


def test_a_push_that_is_refused_is_one_line(
    user: User, hub: HubServer, exported_model: Path
) -> None:
    assert "the hub answers 401" in user.fails("push", exported_model, NAME)
    assert "log in by `hf auth login`, or set HF_TOKEN" in user.fails("push", exported_model, NAME)
    hub.status = 403
    assert "your token may not do this" in user.fails("push", exported_model, NAME, HF_TOKEN=TOKEN)
    hub.status = 500
    refused = user.fails("push", exported_model, NAME, HF_TOKEN=TOKEN)
    assert re.search("the hub answers 500 .*: try again later", refused)
    result = user.runs("-m", "mner", "push", exported_model, f"{NAME}@v1")
    assert result.returncode == 2
    assert "a model is pushed to the branch main" in result.stderr


@pytest.mark.parametrize("name", ["decoder.json", "emissions.onnx"])
def test_a_changed_file_is_found_and_fetched_again(
    user: User, pushed: HubServer, name: str
) -> None:
    repository = pushed.repositories[NAME]
    honest = dict(repository.files)
    changed = bytearray(honest[name])
    changed[len(changed) // 2] ^= 1
    commit = repository.commit(honest | {name: bytes(changed)})
    error = user.fails("pull", NAME)
    assert "a file was changed, or was damaged on its way" in error
    assert Path(name).name in error
    assert not (user.home / "tweets").exists()
    repository.commits[commit] = honest
    user.mner("pull", NAME)


def test_a_cut_transfer_leaves_no_model_and_is_resumed(user: User, pushed: HubServer) -> None:
    pushed.is_cut = True
    assert "the hub cannot be used" in user.fails("pull", NAME)
    assert list(user.home.glob("[!.]*")) == []
    assert "Error" in user.fails("tag", "Ann", "--model", f"hf://{NAME}", HF_HUB_OFFLINE="1")
    pushed.is_cut = False
    user.mner("pull", NAME)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"mner.json": None}, "is no model of mner: it has no mner.json"),
        ({"mner.json": b'{"format": 1}'}, "has no digests of the files"),
        (
            {"mner.json": b'{"files": {"../../x": "sha256:0"}}'},
            "which is no file of a model folder",
        ),
        ({"mner.json": b'{"files": {"a.pkl": "sha256:0"}}'}, "which is no file of a model folder"),
        ({"vocabulary.json": None}, "a file was changed, or was damaged on its way"),
    ],
)
def test_what_is_no_model_is_refused(
    user: User, pushed: HubServer, files: dict[str, bytes | None], message: str
) -> None:
    repository = pushed.repositories[NAME]
    changed = {**repository.files, **files}
    repository.commit({name: content for name, content in changed.items() if content is not None})
    assert message in user.fails("pull", NAME)
    assert not (user.home / "tweets").exists()


def test_a_folder_that_is_there_is_not_replaced(user: User, pushed: HubServer) -> None:
    (user.home / "tweets").mkdir()
    assert "tweets: exists: name another folder by --out" in user.fails("pull", NAME)
    assert pushed.requests == []


def test_a_model_with_a_foreign_or_changed_file_is_not_pushed(
    user: User, hub: HubServer, exported_model: Path, tmp_path: Path
) -> None:
    user.token = TOKEN
    copy = shutil.copytree(exported_model, tmp_path / "copy")
    (copy / "notes.txt").write_text("not for others")
    (copy / "weights.pkl").write_bytes(b"a pickle")
    user.mner("push", copy, NAME)
    assert not {"notes.txt", "weights.pkl"} & set(hub.repositories[NAME].files)
    with (copy / "mentions.json").open("a") as file:
        file.write(" ")
    sent = len(hub.requests)
    assert "mentions.json: not the file that mner.json describes" in user.fails("push", copy, NAME)
    assert len(hub.requests) == sent


def test_commands_that_write_into_a_model_ask_for_a_folder(user: User, hub: HubServer) -> None:
    error = user.fails("export", f"hf://{NAME}")
    assert "a model on the hub is not a folder: fetch it by `mner pull user/name`" in error
    assert hub.requests == []


def test_the_page_on_the_hub_does_what_it_says(
    user: User, hub: HubServer, exported_model: Path
) -> None:
    user.token = TOKEN
    shutil.copytree(exported_model, user.home / "runs" / "mine")
    page = (Path(__file__).parents[3] / "docs" / "hub.md").read_text(encoding="utf-8")
    commands = re.findall("^mner .*$", page, re.MULTILINE)
    assert len(commands) == 5
    for command in commands:
        user.mner(*shlex.split(command)[1:])
    for name in ALLOWED:
        assert f"`{name}`" in page or f"`{name.partition('/')[0]}/`" in page, name
