"""Carries out deploy/Containerfile without a container engine, and tries what comes out.

usage: python -m benchmarks.container [--file deploy/Containerfile]

It needs Linux, root, and a network from which pip installs. Each stage is the root file system of
this machine with a layer of its own above it (overlayfs), in place of the base image; so it shows
that the steps work with this machine's Python, not that the base image has all they need. COPY sees
only what .dockerignore lets through. The program then runs as in a container that has no network
and whose files are read-only: as the image's user, with the image's variables alone. The health
check is run, posts with and without a picture are tagged, and SIGTERM has to end the program with
exit code 0. Nothing of it is left.
"""

import ctypes
import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from shutil import which
from tempfile import mkdtemp
from urllib.request import Request, urlopen

from benchmarks.commands import new_parser
from benchmarks.containerfile import Image, Step, read_stages

_ROOT = Path(__file__).parents[1]
_NEW_MOUNTS, _NEW_NETWORK = 0x00020000, 0x40000000  # CLONE_NEWNS, CLONE_NEWNET
_SET_FLAGS, _UP = 0x8914, 0x1  # SIOCSIFFLAGS, IFF_UP
_PORT = 8000
_FROM_OUTSIDE = {"PYTHONPATH", "VIRTUAL_ENV", "OMP_NUM_THREADS"}


def main() -> None:
    file = _parser().parse_args().file
    stages = read_stages(file.read_text(encoding="utf-8"))
    _unshare(_NEW_MOUNTS)
    _call("mount", "--make-rprivate", "/")
    scratch = Path(mkdtemp(prefix="mner-container-"))
    _call("mount", "-t", "tmpfs", "tmpfs", str(scratch))
    try:
        _build_and_try(stages, scratch)
    finally:
        # Everything lies in the memory that this frees. No tree is removed file by file, since a
        # mount in it could lead out of it.
        _call("umount", "--recursive", "--lazy", str(scratch))
        scratch.rmdir()


def _build_and_try(stages: Mapping[str, Image], scratch: Path) -> None:
    roots: dict[str, Path] = {}
    for name, image in stages.items():
        roots[name] = _new_root(scratch / f"stage-{name}")
        for step in image.steps:
            print(f"{step.kind} {step.words[-1]}", flush=True)
            _carry_out(step, roots, roots[name])
    print(f"size above the base image: {_megabytes(roots[''].with_name('layer')):.0f} MB")
    _open_python(roots[""])
    _call("mount", "-o", "remount,ro", str(roots[""]))
    _unshare(_NEW_NETWORK)
    _start_loopback()
    _try(stages[""], roots[""])


def _parser() -> ArgumentParser:
    parser = new_parser(__doc__)
    parser.add_argument("--file", type=Path, default=_ROOT / "deploy" / "Containerfile")
    return parser


def _unshare(what: int) -> None:
    """Leave the mounts or the network of this machine."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(what) != 0:
        sys.exit(f"{os.strerror(ctypes.get_errno())}: this needs root")


def _call(*command: str) -> None:
    subprocess.run(command, check=True)


def _new_root(folder: Path) -> Path:
    """Return a root file system that shows that of this machine, and keeps changes apart."""
    root, layer, work = (folder / name for name in ("root", "layer", "work"))
    for path in (root, layer, work):
        path.mkdir(parents=True)
    options = f"lowerdir=/,upperdir={layer},workdir={work}"
    _call("mount", "-t", "overlay", "overlay", "-o", options, str(root))
    _call("mount", "-t", "proc", "proc", str(root / "proc"))
    _call("mount", "-t", "tmpfs", "tmpfs", str(root / "dev"))
    for name in ("null", "urandom"):
        (root / "dev" / name).touch()
        _call("mount", "--bind", f"/dev/{name}", str(root / "dev" / name))
    return root


def _carry_out(step: Step, roots: Mapping[str, Path], root: Path) -> None:
    folder = _inside(root, step.folder)
    folder.mkdir(parents=True, exist_ok=True)
    if step.kind == "RUN":
        variables = {key: value for key, value in os.environ.items() if key not in _FROM_OUTSIDE}
        command = ["chroot", str(root), "env", "-C", step.folder, *step.words]
        subprocess.run(command, check=True, env=variables)
        return
    *sources, target = step.words
    place = _inside(root, str(PurePosixPath(step.folder, target)))
    if step.stage is None:
        place.mkdir(exist_ok=True)
        _copy_context(sources, place)
    else:
        _call("cp", "-a", str(_inside(roots[step.stage], sources[0])), str(place))


def _inside(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def _copy_context(sources: Sequence[str], place: Path) -> None:
    """Copy files of the build context; a folder's content goes into the target."""
    allowed = (_ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for source in sources:
        if f"!{source}" not in allowed:
            sys.exit(f"{source}: .dockerignore keeps it from the build")
        path = _ROOT / source
        _call("cp", "-a", f"{path}/." if path.is_dir() else str(path), str(place))


def _open_python(root: Path) -> None:
    """Let any user reach this machine's Python, as that of the base image can be reached."""
    for folder in Path(sys.base_prefix).resolve().parents:
        place = _inside(root, str(folder))
        place.chmod(place.stat().st_mode | 0o011)


def _start_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh14x", b"lo", _UP))


def _try(image: Image, root: Path) -> None:
    """Start the program, ask it, and end it."""
    inside = [which("chroot") or "chroot", f"--userspec={image.user}", str(root)]
    # Engines set this for users that have no home.
    variables = image.variables | {"HOME": "/"}
    started = time.perf_counter()
    with subprocess.Popen([*inside, *image.program], env=variables) as program:
        try:
            while subprocess.run(
                [*inside, *image.health], check=False, env=variables, stderr=subprocess.DEVNULL
            ).returncode:
                if program.poll() is not None or time.perf_counter() - started > 60:
                    sys.exit("the program did not become healthy")
                time.sleep(0.2)
            print(f"healthy after {time.perf_counter() - started:.1f} s")
            _ask()
            program.send_signal(signal.SIGTERM)
            if program.wait(100) != 0:
                sys.exit(f"SIGTERM: expected exit code 0, got {program.returncode}")
        finally:
            program.kill()
    doctor = ["/opt/mner/bin/mner", "doctor"]
    subprocess.run([*inside, *doctor], check=True, env=variables)


def _ask() -> None:
    body = json.dumps({"text": "saw Ann in Rome"}).encode()
    kind = {"Content-Type": "application/json"}
    with urlopen(Request(f"http://127.0.0.1:{_PORT}/v1/tag", body, kind)) as answer:
        labels = [entity["label"] for entity in json.load(answer)["entities"]]
    if labels != ["PER", "LOC"]:
        sys.exit(f"expected PER and LOC, got {labels}")
    print("a post was tagged")


def _megabytes(folder: Path) -> float:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


if __name__ == "__main__":
    main()
