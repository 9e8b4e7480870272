import hashlib
from pathlib import Path

import pytest

from mner.corpora.checksum import verify
from mner.errors import InputError
from tests.loopback import CONTENT


def test_md5_is_known_too(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(CONTENT)
    verify(tmp_path / "f", size=len(CONTENT), digest="md5:" + hashlib.md5(CONTENT).hexdigest())
    with pytest.raises(InputError, match="expected md5 0, got"):
        verify(tmp_path / "f", size=None, digest="md5:0")
