"""What the client of the hub is asked for, and what is made of its answer."""

import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import mner
from mner.errors import InputError, MissingExtraError, ModelError
from mner.tagging.hub.errors import hub_errors, require_hub
from mner.tagging.hub.fetch import fetch_model, pull
from mner.tagging.hub.files import ALLOWED, checked_files
from mner.tagging.hub.push import push
from mner.tagging.hub.reference import HubReference
from mner.tagging.model_folder import read_model

huggingface_hub = pytest.importorskip("huggingface_hub", reason="needs the extra `hub`")
errors = pytest.importorskip("huggingface_hub.errors", reason="needs the extra `hub`")

ADDRESS = HubReference("ann/tweets", "v1")


@pytest.fixture
def cached(exported_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model in the cache of the client, which says that it has just fetched it."""
    folder = Path(shutil.copytree(exported_model, tmp_path / "cached"))

    def snapshot_download(repository: str, **given: Any) -> str:
        assert (repository, given) == (
            "ann/tweets",
            {
                "revision": "v1",
                "allow_patterns": sorted(ALLOWED),
                "library_name": "mner",
                "library_version": mner.__version__,
            },
        )
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    return folder


def test_a_model_is_asked_for_by_its_files_and_copied(cached: Path, tmp_path: Path) -> None:
    (cached / "weights.pkl").write_bytes(b"")
    assert fetch_model(ADDRESS) == cached
    files = pull(ADDRESS, tmp_path / "here")
    model = read_model(cached)
    assert files == checked_files(cached, model.digests)
    assert {"mner.json", "README.md", "vectors/matrix.npy", "emissions.onnx"} <= set(files)
    assert "weights.pkl" not in files
    for name in files:
        assert (tmp_path / "here" / name).read_bytes() == (cached / name).read_bytes()
    with pytest.raises(InputError, match=r"^.*here: exists: name another folder by --out$"):
        pull(ADDRESS, tmp_path / "here")


def test_a_folder_that_cannot_be_written_is_one_line(cached: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file/here: cannot be written: Not a directory$"):
        pull(ADDRESS, tmp_path / "file" / "here")


def test_what_was_changed_is_forgotten_so_that_it_is_fetched_again(
    cached: Path, tmp_path: Path
) -> None:
    content = cached / "decoder.json"
    blob = tmp_path / "blob"
    shutil.move(content, blob)
    content.symlink_to(blob)  # as the cache keeps files
    blob.write_text("{}")
    (cached / "weights.pkl").write_bytes(b"")
    message = (
        r"^ann/tweets@v1: a file was changed, or was damaged on its way \(.*decoder\.json: not "
        r"the file that mner\.json describes; .*\): try once more, and else ask its owner to push "
        r"it again$"
    )
    with pytest.raises(ModelError, match=message):
        fetch_model(ADDRESS)
    assert not blob.exists()
    assert [path.name for path in cached.rglob("*") if path.is_file()] == ["weights.pkl"]


def test_a_repository_without_a_description_is_no_model(cached: Path) -> None:
    (cached / "mner.json").unlink()
    message = "^ann/tweets@v1: is no model of mner: it has no mner.json$"
    with pytest.raises(ModelError, match=message):
        fetch_model(ADDRESS)


class Api:
    """The part of the client's interface that a push uses."""

    def __init__(self, there: list[str]) -> None:
        self.there = there
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.commits: list[tuple[dict[str, Any], str]] = []

    def __call__(self, **about: str) -> "Api":
        assert about == {"library_name": "mner", "library_version": mner.__version__}
        return self

    def create_repo(self, repository: str, **given: Any) -> str:
        self.calls.append((repository, given))
        return f"https://hub.example/{repository}"

    def list_repo_files(self, repository: str) -> list[str]:
        assert repository == "ann/tweets"
        return self.there

    def create_commit(
        self, repository: str, operations: list[Any], *, commit_message: str
    ) -> SimpleNamespace:
        assert repository == "ann/tweets"
        changes: dict[str, Any] = {}
        for operation in operations:
            added = getattr(operation, "path_or_fileobj", None)
            changes[operation.path_in_repo] = (
                added if added is None or isinstance(added, bytes) else Path(added).read_bytes()
            )
        self.commits.append((changes, commit_message))
        return SimpleNamespace(oid="c0ffee")


@pytest.mark.parametrize("is_public", [False, True])
def test_a_push_is_one_commit_of_the_files_of_a_model(
    is_public: bool, exported_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = Api(["pictures.onnx", "notes.txt", "README.md", "mner.json", "promises.json"])
    monkeypatch.setattr(huggingface_hub, "HfApi", api)
    pushed = push(exported_model.parent, HubReference("ann/tweets"), is_public=is_public)
    assert api.calls == [("ann/tweets", {"private": not is_public, "exist_ok": True})]
    ((changes, message),) = api.commits
    model = read_model(exported_model)
    assert message == f"Model of mner {model.fingerprint}"
    removed = {name for name, content in changes.items() if content is None}
    assert removed == {"pictures.onnx", "promises.json"}
    card = changes["README.md"]
    assert b"hf://ann/tweets" in card
    files = checked_files(exported_model, model.digests)
    for name in set(files) - {"README.md"}:
        assert changes[name] == (exported_model / name).read_bytes()
    assert set(changes) - removed == set(files)
    assert (pushed.address, pushed.commit) == ("https://hub.example/ann/tweets", "c0ffee")
    assert pushed.files == tuple(sorted((name, len(changes[name])) for name in files))
    if not is_public:
        push(exported_model, HubReference("ann/tweets"))
        assert api.calls[1] == api.calls[0]


def test_files_that_are_no_model_s_are_named(exported_model: Path, tmp_path: Path) -> None:
    listed = SimpleNamespace(listed=frozenset({"a.pkl", "mner.json"}))
    message = (
        r"mner\.json lists 'a\.pkl', which is no file of a model folder: nothing else is sent to "
        r"the hub or taken from it$"
    )
    with pytest.raises(ModelError, match=message):
        checked_files(exported_model, listed)  # type: ignore[arg-type]
    message = (
        r"mner\.json has no digests of the files, as an early mner wrote it: train the model again$"
    )
    with pytest.raises(ModelError, match=message):
        checked_files(exported_model, SimpleNamespace(listed=frozenset()))  # type: ignore[arg-type]
    copy = Path(shutil.copytree(exported_model, tmp_path / "copy"))
    (copy / "README.md").unlink()
    with_card = checked_files(exported_model, read_model(exported_model).digests)
    without_card = checked_files(copy, read_model(copy).digests)
    assert set(with_card) - set(without_card) == {"README.md"}


def refusal(status: int, phrase: str = "", *, kind: str = "HfHubHTTPError") -> Exception:
    """What the client raises where the hub answers with a status."""
    answer = SimpleNamespace(status_code=status, reason_phrase=phrase, headers={}, request=None)
    error: Exception = getattr(errors, kind)("refused", response=answer)
    return error


LOG_IN = "log in by `hf auth login`, or set HF_TOKEN"
REASONS = [
    (
        refusal(404, kind="RevisionNotFoundError"),
        "the hub has no such revision: expected a branch, a tag or a commit of the model",
    ),
    (
        refusal(403, kind="GatedRepoError"),
        f"its owner has to let you in: ask on the page of the model, then {LOG_IN}",
    ),
    (
        errors.LocalEntryNotFoundError("x"),
        "is not on this disk, and the hub cannot be reached: try again with a connection, without "
        "HF_HUB_OFFLINE",
    ),
    (
        errors.OfflineModeIsEnabled("x"),
        "HF_HUB_OFFLINE is set, so nothing is asked of the hub: unset it",
    ),
    *(
        (
            refusal(status),
            f"the hub answers {status}: there is no such model, or it is private and you are not "
            f"logged in: check the name, or {LOG_IN}",
        )
        for status in (401, 404)
    ),
    (refusal(403), f"the hub answers 403: your token may not do this: {LOG_IN} with one that may"),
    (refusal(409), "the hub answers 409: somebody else changed the model just now: try again"),
    (refusal(418, "I'm a teapot"), "the hub answers 418 I'm a teapot: see the page of the model"),
    (refusal(499, "Gone"), "the hub answers 499 Gone: see the page of the model"),
    (refusal(500, "Oh"), "the hub answers 500 Oh: try again later"),
    (RuntimeError("no room"), "the hub cannot be used (no room)"),
    (ValueError(), "the hub cannot be used (ValueError)"),
]


@pytest.mark.parametrize(("error", "reason"), REASONS, ids=lambda value: str(value)[:40])
def test_what_goes_wrong_is_said_in_one_line(error: Exception, reason: str) -> None:
    with pytest.raises(InputError) as raised, hub_errors(ADDRESS):
        raise error
    assert str(raised.value) == f"ann/tweets@v1: {reason}"
    if type(error).__name__ == "HfHubHTTPError":
        with pytest.raises(InputError) as raised, hub_errors(ADDRESS):
            raise RuntimeError("that led to another") from error
        assert str(raised.value) == f"ann/tweets@v1: {reason}"


def test_a_mistake_of_ours_is_no_refusal_of_the_hub() -> None:
    with pytest.raises(KeyError, match="ours"), hub_errors(ADDRESS):
        raise KeyError("ours")


def test_the_client_that_is_not_installed_is_named(
    exported_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_hub("This")
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    lacking = r" needs packages that are not installed: pip install 'mner\[hub\]'$"
    with pytest.raises(MissingExtraError, match="^Fetching a model from the hub" + lacking):
        fetch_model(ADDRESS)
    with pytest.raises(MissingExtraError, match="^mner push" + lacking):
        push(exported_model, ADDRESS)
