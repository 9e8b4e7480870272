"""Pictures with signs through `mner tag`: pictures a second, memory, and a kill in the middle.

usage: python -m benchmarks.lettering_speed [--count 1000] [--killed 200]

The pictures are drawn. Memory is the highest resident size after each quarter of the posts. Then
--killed posts are tagged once in one go, and once with SIGKILL after a third and with --resume;
results and the file of lettering must be the same, byte by byte.
"""

import json
import os
import random
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
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--killed", type=int, default=200)
    arguments = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw(folder / "pictures", arguments.count)
        measure(folder, arguments.count)
        kill(folder, arguments.killed)


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
        done = read_so_far(words)
        peaks[min(4, 4 * done // count + 1)] = peak_of(process.pid)
        time.sleep(0.5)
    seconds = time.perf_counter() - begun
    print(f"{count} pictures: {seconds:.0f} s, {count / seconds:.1f} pictures a second")
    shown = ", ".join(f"{peak:.0f} MB" for peak in peaks.values() if peak)
    print(f"highest memory in each quarter: {shown}")


def read_so_far(words: Path) -> int:
    return max(0, words.read_bytes().count(b"\n") - 1) if words.exists() else 0


def peak_of(process: int) -> float:
    """Return the highest resident size so far, in MB; 0 where the process has just ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    lines = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(lines[0]) / 1024 if lines else 0.0


def kill(folder: Path, count: int) -> None:
    subprocess.run(command(folder, count, "one"), stderr=subprocess.DEVNULL, check=True)
    killed = command(folder, count, "two")
    process = subprocess.Popen(killed, stderr=subprocess.DEVNULL)
    while read_so_far(folder / "two-words.jsonl") < count // 3:
        time.sleep(0.05)
    process.kill()
    process.wait()
    done = read_so_far(folder / "two-words.jsonl")
    subprocess.run([*killed, "--resume"], stderr=subprocess.DEVNULL, check=True)
    for ending in (".jsonl", "-words.jsonl"):
        one, two = (folder.joinpath(name + ending).read_bytes() for name in ("one", "two"))
        verdict = "the same bytes" if one == two else "OTHER BYTES"
        print(f"killed after {done} of {count} pictures and resumed: *{ending} has {verdict}")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
