"""What is packed for others to build and to test: everything that is kept, nothing else."""

import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BUILD = "import sys; from setuptools.build_meta import build_sdist; build_sdist(sys.argv[1])"


def kept() -> set[str]:
    """The files that git keeps."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("the tree is no repository of git, as when it was unpacked from an sdist")
    return {name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}


def test_the_sdist_holds_all_that_is_kept(tmp_path: Path) -> None:
    pytest.importorskip("setuptools", minversion="77", reason="setuptools builds the sdist")
    files = kept()
    copy = tmp_path / "copy"
    for name in files:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run(
        [sys.executable, "-c", BUILD, str(tmp_path)], cwd=copy, capture_output=True, check=True
    )
    (archive,) = tmp_path.glob("mner-*.tar.gz")
    with tarfile.open(archive) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
        page = packed.extractfile(f"{archive.name.removesuffix('.tar.gz')}/PKG-INFO")
        assert page is not None
        shown = page.read().decode()
    wanted = {name for name in files if not name.startswith(".")}
    assert wanted - names == set()
    # A package index has none of the files to which the README links.
    assert "# mner\n" in shown
    assert not re.search(r"\]\((?!https?:)", shown)
