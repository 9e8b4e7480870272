import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mner.bio import allowed_transitions
from mner.errors import ModelError
from mner.spans.crf import CrfParameters
from mner.tagging.decoder_file import read_decoder, save_decoder

TAGS = ("O", "B-É", "I-É")
VALUES: dict[str, Any] = {
    "tags": list(TAGS),
    "temperature": 1.5,
    "start": [0.1, 0.2, 0.3],
    "transitions": [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
    "end": [-0.1, -0.2, -0.3],
}


def crf() -> CrfParameters:
    start, transitions, end = (
        np.array(VALUES[name], dtype=np.float32) for name in ("start", "transitions", "end")
    )
    allowed = allowed_transitions(TAGS)
    return CrfParameters(start=start, transitions=transitions, end=end, allowed=allowed)


def test_what_is_saved_is_read_again_exactly(tmp_path: Path) -> None:
    save_decoder(tmp_path / "d.json", TAGS, crf=crf(), temperature=1.5)
    found, temperature = read_decoder(tmp_path / "d.json", TAGS)
    assert temperature == 1.5
    for name in ("start", "transitions", "end"):
        ours, theirs = getattr(crf(), name), getattr(found, name)
        assert ours.dtype == theirs.dtype == np.float32
        np.testing.assert_array_equal(ours, theirs)
    assert found.allowed is not None
    for ours, theirs in zip(found.allowed, allowed_transitions(TAGS), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    text = (tmp_path / "d.json").read_text()
    assert text == json.dumps(json.loads(text), indent=1) + "\n"
    assert list(json.loads(text)) == ["tags", "temperature", "start", "transitions", "end"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"tags": ["O", "B-É"]},
            r"tags: expected those of the vocabulary, \['O', 'B-É', 'I-É'\], got \['O', 'B-É'\]: ",
        ),
        ({"temperature": 0.0}, "temperature: expected a number above 0, got 0.0: "),
        ({"temperature": -1.5}, "temperature: expected a number above 0, got -1.5: "),
        ({"start": [0.0, 0.0]}, "expected scores between 3 tags: "),
        ({"end": [0.0] * 4}, "expected scores between 3 tags: "),
        ({"transitions": [[0.0] * 3] * 2}, "expected scores between 3 tags: "),
        ({"transitions": [[0.0] * 3, [0.0] * 3, [0.0] * 2]}, "expected scores between 3 tags: "),
        ({"start": [0.0, 0.0, 1e39]}, "expected scores that single precision can hold: "),
        ({"end": [0.0, -1e39, 0.0]}, "expected scores that single precision can hold: "),
        ({"transitions": [[0.0] * 3, [0, 1e39, 0], [0.0] * 3]}, "expected scores that single"),
        ({"start": "none"}, ".*start.*"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = tmp_path / "d.json"
    path.write_text(json.dumps(VALUES | change))
    with pytest.raises(ModelError, match=f"^{path}: {message}.*copy it again$"):
        read_decoder(path, TAGS)
    path.write_text(json.dumps(VALUES))
    assert read_decoder(path, TAGS)[1] == 1.5
    with pytest.raises(ModelError, match=f"^{tmp_path / 'gone'}: cannot be read .*copy it again$"):
        read_decoder(tmp_path / "gone", TAGS)
