"""What strangers write into files and file names reaches no terminal as it is."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mner
from mner.recipe.read import to_toml
from tests.tiny import tiny_recipe

EVIL = "\x1b]0;owned\x07\x1b[31m\u202eX\x9b2J\u2066"
RULING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Without the carriage return, by which progress bars go to the start of their own line."""
ROOT = Path(mner.__file__).parent


@pytest.fixture
def evil(tmp_path: Path) -> Path:
    """A folder with hostile files."""
    folder = tmp_path / EVIL
    folder.mkdir()
    entity = {"start": 0, "end": 1, "label": EVIL}
    posts = [
        {"id": EVIL, "tokens": ["Ann"], "entities": [entity], "picture": EVIL, EVIL: 1},
        {"id": EVIL, "tokens": ["Rome", EVIL], "entities": [entity], "caption": EVIL},
    ]
    lines = "".join(json.dumps(post) + "\n" for post in posts)
    (folder / "posts.jsonl").write_text(lines)
    (folder / "other.jsonl").write_text(lines.replace('"end": 1', '"end": 1, "probability": 1'))
    (folder / "captions.jsonl").write_text(json.dumps({"id": EVIL, EVIL: EVIL}) + "\n")
    (folder / "bad.jsonl").write_text(json.dumps({"id": EVIL, "tokens": EVIL}) + "\n")
    (folder / "bad.txt").write_text(f"IMGID:{EVIL}\nAnn\tB-{EVIL}\nAnn\tX{EVIL}\n")
    (folder / "odd.txt").write_text(f"IMGID:{EVIL}\n{EVIL}\nAnn\tI-{EVIL}\n", encoding="utf-8")
    (folder / "recipe.toml").write_text(f"{json.dumps(EVIL)} = 1\n[text]\n{json.dumps(EVIL)} = 2\n")
    (folder / "vectors.txt").write_text(f"{EVIL} 0.1 0.2\n{EVIL} 0.2 0.1\n", encoding="utf-8")
    recipe = to_toml(tiny_recipe(folder)).replace("train.txt", "posts.jsonl")
    (folder / "tiny.toml").write_text(recipe.replace("dev.txt", "other.jsonl"))
    store = folder / "store"
    store.mkdir()
    about = {
        "format": 1,
        "encoder": {"name": EVIL, EVIL: EVIL},
        "shape": [1, 1],
        "pictures": 1,
        "ids": EVIL,
    }
    (store / "store.json").write_text(json.dumps(about))
    return folder


COMMANDS = [
    "tag --input posts.jsonl --format text",
    "tag --input posts.jsonl --format text --explain",
    "tag --input posts.jsonl --format text --pictures .",
    "tag --input posts.jsonl --captions captions.jsonl --format text",
    "tag --input odd.txt --format text",
    "tag --input bad.jsonl",
    "tag --input bad.jsonl --on-error skip",
    "tag --input EVIL",
    "tag --model . --input posts.jsonl",
    "tag --EVIL",
    "tag EVIL EVIL",
    "tag EVIL --format text",
    "tag EVIL --format EVIL",
    "tag EVIL --picture EVIL --format text",
    "EVIL",
    "evaluate . posts.jsonl",
    "score posts.jsonl other.jsonl",
    "score posts.jsonl other.jsonl --json",
    "score posts.jsonl bad.txt",
    "score posts.jsonl other.jsonl --train posts.jsonl",
    "score posts.jsonl other.jsonl --scoring EVIL",
    "compare posts.jsonl other.jsonl posts.jsonl --resamples 100",
    "compare posts.jsonl other.jsonl posts.jsonl --resamples 100 --json",
    "train recipe.toml",
    "train tiny.toml --out EVIL",
    "train text-only --set EVIL=1",
    "export .",
    "report . --gold posts.jsonl",
    "demo --out posts.jsonl",
    "demo --EVIL",
    "data check posts.jsonl odd.txt bad.txt bad.jsonl",
    "data check posts.jsonl odd.txt --json",
    "data stats posts.jsonl",
    "data stats posts.jsonl --json",
    "data sample posts.jsonl",
    "data fetch EVIL",
    "data fetch vgg16 --from EVIL",
    "data fetch twitter2015 --from posts.jsonl --out EVIL",
    "features extract posts.jsonl --pictures . --out store",
    "features extract posts.jsonl --pictures EVIL --out new",
    "features export EVIL --encoder EVIL",
    "features info store",
    "features info store --json",
    "features convert posts.jsonl new",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_lets_it_through(evil: Path, command: str) -> None:
    words = []
    for word in command.split():
        is_file = (evil / word).exists()
        words.append(str(evil / word) if is_file else word.replace("EVIL", EVIL))
    result = subprocess.run(
        [sys.executable, "-m", "mner", *words],
        cwd=evil,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    shown = result.stdout + result.stderr
    assert "Traceback" not in shown
    assert shown.count("\ufffd") or "\\u202e" in shown
    assert RULING.findall(shown) == []


def calls(name: str) -> set[str]:
    """The modules in which a function of this name is called."""
    modules = set()
    for path in ROOT.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
        if name in called:
            modules.add(path.relative_to(ROOT).as_posix())
    return modules


def test_commands_print_in_one_way() -> None:
    assert calls("click.echo") == {"cli/echo.py"}
    assert calls("print") | calls("click.secho") | calls("sys.stderr.write") == set()
