import json
from pathlib import Path

import pytest

from mner.errors import InputError
from mner.pictures.lettering.lines import Box, Lettering, LetteringState, Line
from mner.pictures.lettering.store import open_store

LETTERINGS = {
    "a": Lettering(
        LetteringState.READ, (Line("ŁÓDŹ", 0.987, Box(0.1, 0.2, 0.3, 0.4)),), aspect=1.5
    ),
    "b": Lettering(LetteringState.NO_TEXT),
    "c": Lettering(LetteringState.ABSENT, reason="no such file"),
    "d": Lettering(LetteringState.UNREADABLE, reason="the file is cut"),
}


def write(path: Path, names: str, engine: str = "engine 1") -> None:
    with open_store(path, engine=engine) as store:
        for name in names:
            if store.find(name) is None:
                store.add(name, LETTERINGS[name])


def test_what_was_added_is_found(tmp_path: Path) -> None:
    path = tmp_path / "lettering.jsonl"
    write(path, "abcd")
    with open_store(path, engine="engine 1") as store:
        assert len(store) == 4
        assert {name: store.find(name) for name in "abcd"} == LETTERINGS
        assert store.find("e") is None


def test_any_cut_is_resumed_to_the_same_bytes(tmp_path: Path) -> None:
    whole = tmp_path / "whole.jsonl"
    write(whole, "abcd")
    content = whole.read_bytes()
    for length in range(len(content)):
        part = tmp_path / "part.jsonl"
        part.write_bytes(content[:length])
        write(part, "abcd")
        assert part.read_bytes() == content


def test_lettering_of_two_engines_is_not_mixed(tmp_path: Path) -> None:
    path = tmp_path / "lettering.jsonl"
    write(path, "ab")
    with pytest.raises(
        InputError, match=r"was read by .engine 1. in format 1, expected .engine 2."
    ):
        write(path, "cd", engine="engine 2")


@pytest.mark.parametrize(
    "content",
    ["posts\n", "{}\n", "some text", '{"format": 1, "engine": "engine 1"}\n{"picture": "a"}\n'],
)
def test_another_file_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text(content)
    with pytest.raises(InputError, match="it is no file of lettering"):
        write(path, "a")
    assert path.read_text() == content


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it is no file of lettering"):
        write(tmp_path, "a")


def test_one_process_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "lettering.jsonl"
    with (
        open_store(path, engine="engine 1"),
        pytest.raises(InputError, match="another process has this file of lettering open"),
        open_store(path, engine="engine 1"),
    ):
        pass


def test_the_file_is_lines_of_json(tmp_path: Path) -> None:
    path = tmp_path / "lettering.jsonl"
    write(path, "ac")
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert records == [
        {"format": 1, "engine": "engine 1"},
        {
            "picture": "a",
            "state": "read",
            "lines": [["ŁÓDŹ", 0.987, [0.1, 0.2, 0.3, 0.4]]],
            "aspect": 1.5,
        },
        {
            "picture": "c",
            "state": "absent",
            "lines": [],
            "aspect": 1.0,
            "reason": "no such file",
        },
    ]
