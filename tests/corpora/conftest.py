from pathlib import Path

import pytest

TRAIN = """IMGID:1
RT\tO
@a\tO
New\tI-LOC
York\tI-LOC
!\tO
http://t.co/x\t

IMGID:2
#Nike\tB-ORG
shoes\tO

IMGID:2
NIKE\tO
shoes\tO
http://t.co/z\tO

IMGID:3
\U0001f600\tO
"""
TEST = """IMGID:4
RT\tO
@b\tO
new\tB-LOC
york\tI-LOC

IMGID:5
\U0001f600\tO
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    train, test = tmp_path / "train.txt", tmp_path / "test.txt"
    train.write_text(TRAIN, encoding="utf-8")
    test.write_text(TEST, encoding="utf-8")
    return train, test
