"""A stand-in for the Hugging Face hub on the loopback address, for the hub's own client.

It speaks what huggingface_hub speaks: create, preupload, LFS batch, commit, tree and resolve.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import unquote, urlsplit

__all__ = ["TOKEN", "HubServer", "Repository", "hub_server"]

TOKEN = "hf_" + "stand1n" * 5
"""The token of the user who may write and see what is private."""


@dataclass
class Repository:
    """A repository: the files of each commit, and where its branches are."""

    private: bool = True
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)

    def commit(self, files: dict[str, bytes]) -> str:
        name = hashlib.sha1(repr((len(self.commits), sorted(files.items()))).encode()).hexdigest()
        self.commits[name] = files
        self.branches["main"] = name
        return name

    def resolved(self, revision: str) -> str | None:
        name = self.branches.get(revision, revision)
        return name if name in self.commits else None

    @property
    def files(self) -> dict[str, bytes]:
        return self.commits.get(self.branches.get("main", ""), {})


class HubServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.repositories: dict[str, Repository] = {}
        self.large: dict[str, bytes] = {}
        """The content of large files by its SHA-256."""
        self.requests: list[str] = []
        self.agents: set[str] = set()
        self.status: int | None = None
        """With what every request is refused."""
        self.is_cut = False
        """Whether the connection ends in the middle of each large file."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def storage(self) -> str:
        """Where large files are: at another name, to which the client sends no token."""
        return f"http://localhost:{self.server_address[1]}/large"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up early is part of the tests."""


@contextmanager
def hub_server() -> Iterator[HubServer]:
    with HubServer() as serving:
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield serving
        finally:
            serving.shutdown()
            thread.join()


class _RefusedError(Exception):
    def __init__(self, status: int, code: str = "") -> None:
        self.status = status
        self.code = code


class _Request(BaseHTTPRequestHandler):
    server: HubServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self) -> None:
        self.path = unquote(urlsplit(self.path).path)
        self.server.requests.append(f"{self.command} {self.path}")
        self.server.agents.add(self.headers["User-Agent"])
        assert not (self.path.startswith("/large/") and "Authorization" in self.headers)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            self._dispatch(body)
        except _RefusedError as exc:
            self._send(b"{}", exc.status, X_Error_Code=exc.code)

    def _dispatch(self, body: bytes) -> None:
        if self.server.status is not None:
            raise _RefusedError(self.server.status)
        routes = {
            r"POST /api/repos/create": self._create,
            r"POST /api/validate-yaml": lambda _: self._json({"errors": [], "warnings": []}),
            r"POST /api/models/(\w+/[\w.-]+)/preupload/main": self._preupload,
            r"POST /api/models/(\w+/[\w.-]+)/commit/main": self._commit,
            r"POST /(\w+/[\w.-]+)\.git/info/lfs/objects/batch": self._batch,
            r"PUT /large/(\w+)": self._put,
            r"(?:HEAD|GET) /large/(\w+)": self._get,
            r"GET /api/models/(\w+/[\w.-]+)": self._info,
            r"GET /api/models/(\w+/[\w.-]+)/revision/(.+)": self._info,
            r"GET /api/models/(\w+/[\w.-]+)/tree/(\w+)": self._tree,
            r"(?:HEAD|GET) /(\w+/[\w.-]+)/resolve/(\w+)/(.+)": self._resolve,
        }
        for pattern, route in routes.items():
            if match := re.fullmatch(pattern, f"{self.command} {self.path}"):
                cast("Any", route)(body, *match.groups())
                return
        raise _RefusedError(404)

    def _create(self, body: bytes) -> None:
        self._require_token()
        asked = json.loads(body)
        name = f"{asked['organization']}/{asked['name']}"
        is_new = name not in self.server.repositories
        if is_new:
            self.server.repositories[name] = Repository(asked["visibility"] == "private")
            self.server.repositories[name].commit({".gitattributes": b"*.safetensors filter=lfs\n"})
        self._json({"url": f"{self.server.url}/{name}"}, 200 if is_new else 409)

    def _preupload(self, body: bytes, name: str) -> None:
        self._require_token()
        there = self._repository(name).files
        files = [
            {
                "path": file["path"],
                "uploadMode": "lfs" if _is_large(file["path"]) else "regular",
                "shouldIgnore": False,
                "oid": _identity(file["path"], there[file["path"]])
                if file["path"] in there
                else None,
            }
            for file in json.loads(body)["files"]
        ]
        self._json({"files": files})

    def _batch(self, body: bytes, _name: str) -> None:
        self._require_token()
        objects: list[dict[str, Any]] = json.loads(body)["objects"]
        for one in objects:
            if one["oid"] not in self.server.large:
                one["actions"] = {"upload": {"href": f"{self.server.storage}/{one['oid']}"}}
        self._json({"transfer": "basic", "objects": objects})

    def _put(self, body: bytes, digest: str) -> None:
        if hashlib.sha256(body).hexdigest() != digest:
            raise _RefusedError(400)
        self.server.large[digest] = body
        self._send(b"")

    def _get(self, _body: bytes, digest: str) -> None:
        self._send(self.server.large[digest], ETag=f'"{digest}"')

    def _commit(self, body: bytes, name: str) -> None:
        self._require_token()
        repository = self._repository(name)
        files = dict(repository.files)
        for line in body.splitlines():
            operation = json.loads(line)
            value = operation["value"]
            match operation["key"]:
                case "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                case "lfsFile":
                    files[value["path"]] = self.server.large[value["oid"]]
                case "deletedFile":
                    del files[value["path"]]
        commit = repository.commit(files)
        url = f"{self.server.url}/{name}/commit/{commit}"
        self._json({"success": True, "commitOid": commit, "commitUrl": url})

    def _info(self, _body: bytes, name: str, revision: str = "main") -> None:
        commit, files = self._state(name, revision)
        siblings = [{"rfilename": path} for path in files]
        self._json({"id": name, "sha": commit, "siblings": siblings})

    def _tree(self, _body: bytes, name: str, revision: str) -> None:
        _, files = self._state(name, revision)
        entries: list[dict[str, Any]] = []
        for path, content in files.items():
            entry = {"type": "file", "path": path, "size": len(content), "oid": _blob(content)}
            if _is_large(path):
                digest = hashlib.sha256(content).hexdigest()
                entry["lfs"] = {"oid": digest, "size": len(content), "pointerSize": 130}
            entries.append(entry)
        self._json(entries)

    def _resolve(self, _body: bytes, name: str, revision: str, path: str) -> None:
        commit, files = self._state(name, revision)
        if path not in files:
            raise _RefusedError(404, "EntryNotFound")
        content = files[path]
        headers = {"X_Repo_Commit": commit, "ETag": f'"{_identity(path, content)}"'}
        if not _is_large(path):
            self._send(content, 200, **headers)
            return
        digest = hashlib.sha256(content).hexdigest()
        self.server.large.setdefault(digest, content)
        headers |= {"X_Linked_Etag": f'"{digest}"', "X_Linked_Size": str(len(content))}
        self._send(b"", 302, Location=f"{self.server.storage}/{digest}", **headers)

    def _state(self, name: str, revision: str) -> tuple[str, dict[str, bytes]]:
        repository = self._repository(name)
        commit = repository.resolved(revision)
        if commit is None:
            raise _RefusedError(404, "RevisionNotFound")
        return commit, repository.commits[commit]

    def _repository(self, name: str) -> Repository:
        repository = self.server.repositories.get(name)
        if repository is None or (repository.private and not self._has_token()):
            raise _RefusedError(404 if self._has_token() else 401, "RepoNotFound")
        return repository

    def _require_token(self) -> None:
        if not self._has_token():
            raise _RefusedError(401)

    def _has_token(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def _json(self, value: object, status: int = 200) -> None:
        self._send(json.dumps(value).encode(), status, Content_Type="application/json")

    def _send(self, content: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command == "HEAD":
            return
        is_cut = self.server.is_cut and self.path.startswith("/large/")
        self.wfile.write(content[: len(content) // 2] if is_cut else content)
        if is_cut:
            self.close_connection = True


def _is_large(path: str) -> bool:
    return path.endswith((".safetensors", ".onnx", ".npy"))


def _identity(path: str, content: bytes) -> str:
    """The oid that the hub gives: of a large file its SHA-256, else that of a blob of git."""
    return hashlib.sha256(content).hexdigest() if _is_large(path) else _blob(content)


def _blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
