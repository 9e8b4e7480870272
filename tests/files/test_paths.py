from pathlib import Path

import pytest

from mner.files.paths import cache_folder, downloads_folder, new_folder


def test_the_cache_is_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("MNER_CACHE", raising=False)
    assert cache_folder() == tmp_path / "mner"
    monkeypatch.setenv("MNER_CACHE", str(tmp_path / "own"))
    assert downloads_folder() == tmp_path / "own" / "downloads"


def test_a_new_folder_takes_the_place_of_the_old_one_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "a" / "model"
    for content in ("old", "new"):
        with new_folder(target) as part:
            (part / content).touch()
            assert [path.name for path in target.parent.glob("model/*")] == (
                ["old"] if content == "new" else []
            )
    assert [path.name for path in target.parent.rglob("*")] == ["model", "new"]


def test_a_folder_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / ".model.part").mkdir()
    (tmp_path / ".model.part" / "of a program that was killed").touch()

    def write() -> None:
        with new_folder(tmp_path / "model") as part:
            assert list(part.iterdir()) == []
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        write()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
