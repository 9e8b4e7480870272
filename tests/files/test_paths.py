from pathlib import Path

import pytest

from mner.errors import InputError
from mner.files.paths import cache_folder, downloads_folder


def test_the_cache_is_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("MNER_CACHE", raising=False)
    assert cache_folder() == tmp_path / "mner"
    monkeypatch.setenv("MNER_CACHE", str(tmp_path / "own"))
    assert downloads_folder() == tmp_path / "own" / "downloads"


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MNER_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)

    def home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", home)
    with pytest.raises(InputError, match=r"this user has no home folder: .* by MNER_CACHE"):
        cache_folder()
