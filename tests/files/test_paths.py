from pathlib import Path

import pytest

from mner.files.paths import cache_folder, downloads_folder


def test_the_cache_is_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("MNER_CACHE", raising=False)
    assert cache_folder() == tmp_path / "mner"
    monkeypatch.setenv("MNER_CACHE", str(tmp_path / "own"))
    assert downloads_folder() == tmp_path / "own" / "downloads"
