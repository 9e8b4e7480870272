"""Pictures full of letters: how many are read, and in how much memory."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

pytestmark = [
    pytest.mark.skipif(find_spec("rapidocr") is None, reason="rapidocr is not installed"),
    pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc"),
]

MOST_MEMORY = 750_000_000
MOST_LINES = 150
MOST_CHARACTERS = 4_000

READ = """
import random, sys
from pathlib import Path
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from mner.pictures.lettering.rapid import RapidReader
image = Image.new("RGB", (960, 960), "white")
pen = ImageDraw.Draw(image)
choose = random.Random(0)
if sys.argv[1] == "page":
    font = ImageFont.load_default(9)
    for top in range(0, 960, 11):
        pen.text((0, top), "".join(choose.choices("abcdefgABCDEFG ", k=400)), "black", font)
else:
    font = ImageFont.load_default(13)
    for place in range(576):
        pen.text((40 * (place % 24), 40 * (place // 24)), "Ab", "black", font)
lines = RapidReader()(np.array(image))
status = Path("/proc/self/status").read_text()
(peak,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
print(len(lines), sum(len(line.text) for line in lines), 1024 * int(peak))
"""


@pytest.mark.parametrize("kind", ["page", "words"])
def test_dense_lettering_is_read_within_bounds(kind: str) -> None:
    command = [sys.executable, "-c", READ, kind]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines, characters, peak = map(int, output.split())
    assert 10 < lines <= MOST_LINES
    assert characters <= MOST_CHARACTERS
    assert peak < MOST_MEMORY
