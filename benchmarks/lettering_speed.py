"""Pictures with signs through `mner tag`: pictures a second, memory, and a kill in the middle.

usage: python -m benchmarks.lettering_speed [--pictures DIR] [--count 1000] [--killed N]

The pictures are drawn, or those of a folder, again and again under new names. Memory is the highest
resident size within each quarter of the pictures (Linux). Then the first --killed of the posts, all
of them if not given, are tagged once more, with SIGKILL after a third and with --resume; results
and the file of lettering must be those of a run in one go, byte by byte.
"""

import contextlib
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from benchmarks.commands import new_parser
from benchmarks.runs import machine

WORDS = (
    "London Road", "OPEN", "Sale", "Barack Obama", "NEW YORK", "Coffee", "Rome", "5 SECONDS",
    "Canterbury", "Adidas", "Welcome to", "Exit", "Jazz Festival", "Berlin", "FREE", "Paris",
)  # fmt: skip


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--killed", type=int)
    arguments = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.pictures is None:
            draw(folder / "pictures", arguments.count)
        else:
            repeat(arguments.pictures, folder / "pictures", arguments.count)
        measure(folder, arguments.count)
        kill(folder, arguments.killed or arguments.count, whole=arguments.count)


def draw(folder: Path, count: int) -> None:
    folder.mkdir()
    choose = random.Random(0)
    for number in range(count):
        size = choose.choice([(640, 480), (480, 640), (800, 600), (320, 240)])
        colour = tuple(choose.randint(150, 255) for _ in range(3))
        image = Image.new("RGB", size, colour)
        pen = ImageDraw.Draw(image)
        for line in range(choose.randint(0, 5)):
            font = ImageFont.load_default(choose.randint(18, 44))
            pen.text((20, 20 + 50 * line), choose.choice(WORDS), fill="black", font=font)
        image.save(folder / f"{number}.jpg", quality=85)


def repeat(pictures: Path, folder: Path, count: int) -> None:
    """Copy the pictures of a folder under new names, as often as it takes."""
    folder.mkdir()
    known = sorted(path for path in pictures.iterdir() if path.is_file())
    for number in range(count):
        original = known[number % len(known)]
        shutil.copyfile(original, folder / f"{number}{original.suffix}")


def posts(folder: Path, count: int) -> Path:
    path = folder / f"posts-{count}.jsonl"
    lines = [
        json.dumps({"id": str(number), "text": "Look at this", "picture": str(number)}) + "\n"
        for number in range(count)
    ]
    path.write_text("".join(lines))
    return path


def command(folder: Path, count: int, name: str) -> list[str]:
    options = ["--pictures", str(folder / "pictures"), "--ocr", "--lettering"]
    options += [str(folder / f"{name}-words.jsonl"), "--output", str(folder / f"{name}.jsonl")]
    return [sys.executable, "-m", "mner", "tag", "--input", str(posts(folder, count)), *options]


def measure(folder: Path, count: int) -> None:
    begun = time.perf_counter()
    process = subprocess.Popen(command(folder, count, "whole"), stderr=subprocess.DEVNULL)
    words, peaks = folder / "whole-words.jsonl", dict[int, float]()
    while process.poll() is None:
        quarter = min(4, 4 * read_so_far(words) // count + 1)
        if quarter not in peaks:
            forget_peak(process.pid)
        peaks[quarter] = peak_of(process.pid) or peaks.get(quarter, 0.0)
        time.sleep(0.5)
    assert process.returncode == 0
    seconds = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{count} pictures: {seconds:.0f} s, {count / seconds:.1f} pictures a second")
    print(f"processor time: {(used.ru_utime + used.ru_stime) / count:.2f} s a picture")
    shown = ", ".join(f"{peak:.0f} MB" for peak in peaks.values())
    print(f"highest memory in each quarter: {shown}")


def read_so_far(words: Path) -> int:
    return max(0, words.read_bytes().count(b"\n") - 1) if words.exists() else 0


def forget_peak(process: int) -> None:
    """Let the highest resident size of a process begin anew."""
    with contextlib.suppress(OSError):  # the process has just ended
        Path(f"/proc/{process}/clear_refs").write_text("5")


def peak_of(process: int) -> float:
    """Return the highest resident size, in MB; 0 where the process has just ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    lines = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(lines[0]) / 1024 if lines else 0.0


def kill(folder: Path, count: int, *, whole: int) -> None:
    """Kill a run in the middle, resume it, and compare with a run in one go.

    Args:
        folder: holds the pictures, and the results of the run over all of them.
        count: posts of the run that is killed.
        whole: the number of all pictures; the run over them serves if it has as many posts.
    """
    name = "whole" if count == whole else "one"
    if name == "one":
        subprocess.run(command(folder, count, name), stderr=subprocess.DEVNULL, check=True)
    killed = command(folder, count, "two")
    process = subprocess.Popen(killed, stderr=subprocess.DEVNULL)
    while read_so_far(folder / "two-words.jsonl") < count // 3:
        time.sleep(0.05)
    process.kill()
    process.wait()
    done = read_so_far(folder / "two-words.jsonl")
    subprocess.run([*killed, "--resume"], stderr=subprocess.DEVNULL, check=True)
    for ending in (".jsonl", "-words.jsonl"):
        one, two = (folder.joinpath(run + ending).read_bytes() for run in (name, "two"))
        verdict = "the same bytes" if one == two else "OTHER BYTES"
        print(f"killed after {done} of {count} pictures and resumed: *{ending} has {verdict}")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
