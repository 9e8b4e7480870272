import json
import re
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from mner.errors import InputError
from mner.tagging.explain import Explained, Reason
from mner.tagging.results import FoundEntity, Tagged, TaggedPost
from mner.tagging.write_explained import write_explained
from mner.types import Attention, PictureState, SeenPicture

ENTITY = FoundEntity(1, 2, "LOC", 0.9)


def explained(
    *, words: tuple[str, ...] = ("a", "man", "city", "sky"), per_word: bool = True
) -> Explained:
    weights = np.full((3, 4), 0.25, dtype=np.float32)
    attention = Attention(
        weights,
        np.full((3, 3), 1 / 3, dtype=np.float32),
        np.full(3, 0.5, dtype=np.float32),
        per_word=per_word,
    )
    tagged = Tagged(
        TaggedPost("1", ("saw", "Rome", "today"), entities=(ENTITY,), picture="p"),
        attention,
        PictureState.PRESENT,
        words,
        pictures=() if words else (SeenPicture("p", PictureState.PRESENT, 4),),
    )
    return Explained(tagged, (Reason(ENTITY, weights[1], (2,), 0.9, 0.4, 0.6),))


def written(one: Explained, tmp_path: Path, style: str) -> str:
    path = tmp_path / "out"
    write_explained([one], path, style=style, colour=False, picture=lambda _: None)
    return path.read_text(encoding="utf-8")


def test_json_lines_hold_all_numbers(tmp_path: Path) -> None:
    record = json.loads(written(explained(), tmp_path, "jsonl"))
    assert record["entities"][0]["label"] == "LOC"
    assert record["explanation"]["picture"] == "present"
    assert record["explanation"]["attention"] == "per word"
    assert record["explanation"]["regions"] == ["a", "man", "city", "sky"]
    (reason,) = record["explanation"]["entities"]
    assert (
        reason["with_picture"],
        reason["without_picture"],
        reason["without_masked"],
        reason["masked"],
    ) == (0.9, 0.4, 0.6, [2])
    assert reason["attention"] == [0.25] * 4


def test_text_says_what_the_picture_did(tmp_path: Path) -> None:
    text = written(explained(), tmp_path, "text")
    reason = (
        "Rome LOC: 0.90 with the caption, 0.40 without it, 0.60 without what was looked at most"
    )
    assert f"{reason} ('city')" in text
    assert "not per word" not in text
    assert "without what was looked at most (1 region masked)" in written(
        explained(words=()), tmp_path, "text"
    )
    assert "attention is not per word" in written(explained(per_word=False), tmp_path, "text")


def test_a_page_shows_heat_map_and_reason(tmp_path: Path) -> None:
    page = written(explained(words=()), tmp_path, "html")
    assert "Rome LOC: 0.90 with the picture" in page
    assert '"grid":[2,2]' in page
    assert '"captionWords":["a","man","city","sky"]' in written(explained(), tmp_path, "html")
    assert '"perWord":false' in written(explained(per_word=False), tmp_path, "html")


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match="reasons cannot be written as conll: expected jsonl, text or html"
    ):
        written(explained(), tmp_path, "conll")
    with pytest.raises(InputError, match=r"a page with reasons needs a file: name it by --output"):
        write_explained([explained()], None, style="html", colour=False, picture=lambda _: None)


def test_a_page_has_no_limit_and_begins_with_what_the_picture_changed(tmp_path: Path) -> None:
    path = tmp_path / "p.html"
    results = (explained(words=()) for _ in range(250))
    write_explained(results, path, style="html", colour=False, picture=lambda _: None)
    page = path.read_text(encoding="utf-8")
    later = re.findall(r'<script type="application/json" class="example">(.*?)</script>', page)
    assert {json.loads(post)["effect"] for post in later} == {0.5}
    assert page.count("<article") == page.count('data-effect="0.5"') == 250 - len(later) > 0
    assert page.index('value="picture-effect"') < page.index('value="input"')
    assert "agrees with gold" not in page


def test_standard_output_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    write_explained([explained()], None, style="jsonl", colour=False, picture=lambda _: None)
    assert json.load(StringIO(capsys.readouterr().out))["id"] == "1"
