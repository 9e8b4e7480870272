"""Nothing is sent, and nothing is left in the home folder but what docs/security.md names."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import mner
from mner.recipe.read import to_toml
from tests.tagging.escalation.stand_in import serving
from tests.tiny import tiny_pixel_recipe

HOOK = """
import sys
NAMES = {"socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.bind"}
def watch(event, given):
    if event == "socket.connect" and isinstance(given[1], (str, bytes)):
        return  # a local socket of the system, such as that of the name service
    if event == "socket.bind" and given[1] == ("::1", 0):
        return  # urllib3, which RapidOCR imports, asks in this way whether there is IPv6
    if event in NAMES or event == "socket.connect":
        sys.stderr.write(f"NETWORK {event} {given}\\n")
sys.addaudithook(watch)
"""
ROOT = Path(mner.__file__).parents[1]

STEPS = {
    "tag Rome": set(),
    "train pixels.toml --set training.epochs=1 --out run": {".cache/mner"},
    "export run": {".cache/mner"},
    "features extract dev.txt --pictures images --out store": {".cache/mner"},
    "tag --model run --input dev.txt --pictures images --output tagged.jsonl": {".cache/mner"},
    "evaluate run dev.txt --pictures images": {".cache/mner"},
    "report run --out report.html": {".cache/mner", ".cache/matplotlib", ".config/matplotlib"},
}
"""Commands, and what the home folder may hold after them."""


def run(
    program: list[str], folder: Path, home: Path, hook: Path
) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": f"{hook}{os.pathsep}{ROOT}",
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.run(
        [sys.executable, *program],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def hook(tmp_path: Path) -> Path:
    folder = tmp_path / "hook"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(HOOK)
    return folder


def test_commands_leave_nothing_and_open_no_connection(
    corpus: Path, tmp_path: Path, hook: Path
) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    recipe = to_toml(tiny_pixel_recipe(corpus))
    (work / "pixels.toml").write_text(recipe)
    (work / "dev.txt").write_bytes((corpus / "dev.txt").read_bytes())
    (work / "images").symlink_to(corpus / "images")
    for command, allowed in STEPS.items():
        result = run(["-m", "mner", *command.split()], work, home, hook)
        assert result.returncode == 0, result.stderr
        assert "NETWORK" not in result.stderr
        files = [path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()]
        stray = [path for path in files if not path.startswith(tuple(allowed) or "/")]
        assert stray == []


def test_the_hook_sees_a_connection(tmp_path: Path, hook: Path) -> None:
    program = "import socket\nsocket.socket().connect_ex(('127.0.0.1', 9))\n"
    assert "NETWORK socket.connect" in run(["-c", program], tmp_path, tmp_path, hook).stderr


@pytest.mark.parametrize("chosen", ["", "0"])
def test_variables_are_set_when_mner_is_imported_unless_the_user_has(chosen: str) -> None:
    names = ("ORT_DISABLE_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK")
    environment = {key: value for key, value in os.environ.items() if key not in names}
    if chosen:
        environment |= dict.fromkeys(names, chosen)
    program = f"import os, mner; print(*[os.environ[name] for name in {names}])"
    printed = subprocess.check_output([sys.executable, "-c", program], env=environment, text=True)
    assert printed.split() == [chosen or "1"] * 3


def test_an_endpoint_gets_the_text_and_nothing_else(tmp_path: Path, hook: Path) -> None:
    post = {
        "id": "secret-id",
        "text": "Anna sang in Oslo",
        "picture": "secret-picture.jpg",
        "caption": "secret caption",
        "place": "secret place",
    }
    (tmp_path / "posts.jsonl").write_text(json.dumps(post) + "\n")
    with serving() as endpoint:
        endpoint.answers(("Oslo", "LOC"))
        options = ["--keep", "--escalate-below", "1", "--endpoint", endpoint.url]
        result = run(["-m", "mner", "tag", "posts.jsonl", *options], tmp_path, tmp_path, hook)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["source"] == "endpoint"
    ((_, headers, body),) = endpoint.asked
    assert body["messages"][1] == {"role": "user", "content": "Anna sang in Oslo"}
    assert "secret" not in json.dumps([headers, body])
    port = endpoint.server.server_address[1]
    reached = [line for line in result.stderr.splitlines() if line.startswith("NETWORK")]
    assert reached
    assert all(
        f"('127.0.0.1', {port})" in line or f"'127.0.0.1', {port}" in line for line in reached
    )


def test_the_runtime_is_imported_in_one_place() -> None:
    for folder in (Path(mner.__file__).parent, Path(__file__).parents[1] / "benchmarks"):
        for path in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom):
                    names = [node.module or ""]
                assert not any(name.partition(".")[0] == "onnxruntime" for name in names), path
