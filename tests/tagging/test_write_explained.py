import json
import re
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from mner.errors import InputError
from mner.tagging.explain import Explained, Reason
from mner.tagging.results import FoundEntity, Tagged, TaggedPost
from mner.tagging.write_explained import _example, _notes, write_explained
from mner.types import Attention, PictureEntity, PictureState, Post, SeenPicture

ENTITY = FoundEntity(1, 2, "LOC", 0.9)


def plain_post(post: TaggedPost) -> Post:
    """A post that nobody has tagged, with all else."""
    return Post(
        post.id,
        post.tokens,
        picture=post.picture,
        caption=post.caption,
        text=post.text,
        offsets=post.offsets,
    )


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


def of_pictures(*pictures: SeenPicture) -> Explained:
    """A post of two pictures, of which no words are known."""
    given = explained(words=())
    post = replace(given.tagged.post, more_pictures=("q",))
    return replace(given, tagged=replace(given.tagged, post=post, pictures=pictures))


def test_the_notes_of_several_pictures_name_each(tmp_path: Path) -> None:
    first = SeenPicture("p", PictureState.PRESENT, 3)
    second = SeenPicture("q", PictureState.PRESENT, 1)
    gone = SeenPicture("q", PictureState.ABSENT, 0)
    given = of_pictures(first, second)
    reason = replace(given.reasons[0], masked=(0, 3, 2))
    given = replace(given, reasons=(reason,))
    tagged = replace(given.tagged, written=frozenset({(1, 2, "LOC"), (0, 2, "PER")}))
    assert list(_notes(replace(given, tagged=tagged))) == [
        "Rome LOC: 0.90 with the pictures, 0.40 without them, 0.60 without what was looked at most "
        "(3 regions masked: 2 of p, 1 of q)",
        "saw Rome PER: written in a picture",
        "Rome LOC: written in a picture",
    ]
    assert list(_notes(of_pictures(first, gone)))[1:] == ["q: this picture is absent"]


def test_the_notes_of_one_picture_and_of_a_caption() -> None:
    given = explained(words=())
    tagged = replace(
        given.tagged,
        written=frozenset({(1, 2, "LOC")}),
        attention=replace(given.tagged.attention, per_word=False),
    )
    assert list(_notes(replace(given, tagged=tagged))) == [
        "Rome LOC: 0.90 with the picture, 0.40 without it, 0.60 without what was looked at most "
        "(1 region masked)",
        "Rome LOC: written in the picture",
        "attention is not per word: this model looks once for the whole post",
    ]
    two = replace(explained().reasons[0], masked=(0, 2))
    assert list(_notes(replace(explained(), reasons=(two,)))) == [
        "Rome LOC: 0.90 with the caption, 0.40 without it, 0.60 without what was looked at most "
        "('a', 'city')"
    ]
    assert list(_notes(replace(explained(per_word=False), reasons=()))) == []
    long = replace(explained().reasons[0], entity=FoundEntity(0, 2, "LOC", 0.9))
    (note,) = _notes(replace(explained(), reasons=(long,)))
    assert note.startswith("saw Rome LOC: 0.90 with the caption")


def test_an_example_of_a_page_has_all_that_is_known() -> None:
    given = explained(words=())
    post = replace(
        given.tagged.post, caption="c", text="saw Rome today", offsets=((0, 3), (4, 8), (9, 14))
    )
    seen = (PictureEntity("Roma", "LOC", 0.8, (0.0, 0.0, 1.0, 1.0), "Roma"),)
    post = replace(post, picture_entities=seen)
    given = replace(given, tagged=replace(given.tagged, post=post))
    example = _example(given, lambda name: name.encode())
    assert example.post == replace(plain_post(post), entities=None, picture_entities=seen)
    (reading,) = example.readings
    assert (reading.system, reading.entities, reading.grid) == ("mner", (ENTITY,), (2, 2))
    assert reading.attention is given.tagged.attention
    assert (reading.caption_words, reading.notes) == ((), tuple(_notes(given)))
    assert (example.state, example.pictures) == (PictureState.PRESENT, (b"p",))
    assert example.seen == given.tagged.pictures
    assert example.effect == pytest.approx(0.5)


def test_an_example_without_regions_has_no_attention_and_no_effect() -> None:
    given = explained()
    empty = replace(given.tagged.attention, regions=np.zeros((3, 0), dtype=np.float32))
    tagged = replace(given.tagged, attention=empty, picture=PictureState.ABSENT)
    example = _example(Explained(tagged, ()), lambda name: name.encode())
    (reading,) = example.readings
    assert (reading.attention, reading.grid, example.effect) == (None, None, 0.0)
    assert (example.pictures, example.state) == ((), PictureState.ABSENT)
    assert reading.caption_words == ("a", "man", "city", "sky")
    # A picture that is shown is present, also where no model looks at pictures.
    shown = _example(Explained(replace(tagged, region_words=()), ()), lambda _: b"jpeg")
    assert (shown.pictures, shown.state) == ((b"jpeg",), PictureState.PRESENT)
    hidden = _example(Explained(replace(tagged, region_words=()), ()), lambda _: None)
    assert (hidden.pictures, hidden.state) == ((None,), PictureState.ABSENT)


def test_the_effect_is_the_largest_of_all_entities_in_either_direction() -> None:
    given = explained(words=())
    less = replace(given.reasons[0], with_picture=0.1, without_picture=0.8)
    example = _example(replace(given, reasons=(*given.reasons, less)), lambda _: None)
    assert example.effect == pytest.approx(0.7)


@pytest.mark.parametrize("model", [None, "abc"])
def test_the_model_is_named_in_lines_and_pages(tmp_path: Path, model: str | None) -> None:
    for style in ("jsonl", "html"):
        path = tmp_path / style
        write_explained(
            [explained()], path, style=style, colour=False, picture=lambda _: None, model=model
        )
        text = path.read_text(encoding="utf-8")
        if style == "jsonl":
            assert json.loads(text).get("model") == model
        else:
            assert ("Tagged by the model abc." in text) == (model is not None)
            assert ("Tagged by" in text) == (model is not None)
            assert "XXXX" not in text
            assert "Entities, and what the picture did" in text


@pytest.mark.parametrize(("order", "first"), [(None, "picture-effect"), ("input", "input")])
def test_a_page_opens_in_the_order_that_was_asked_for(
    tmp_path: Path, order: Literal["input"] | None, first: str
) -> None:
    path = tmp_path / "p.html"
    write_explained(
        [explained()], path, style="html", colour=False, picture=lambda _: None, order=order
    )
    page = path.read_text(encoding="utf-8")
    places = [page.index(f'value="{name}"') for name in ("picture-effect", "input")]
    assert (places[0] < places[1]) == (first == "picture-effect")


def test_text_is_coloured_where_it_is_asked_for_and_notes_stand_below(tmp_path: Path) -> None:
    for colour in (False, True):
        path = tmp_path / "t"
        write_explained([explained()], path, style="text", colour=colour, picture=lambda _: None)
        first, note, *_ = path.read_text(encoding="utf-8").split("\n")
        assert ("\x1b[" in first) == colour
        assert note.startswith("    Rome LOC: 0.90 with the caption")
