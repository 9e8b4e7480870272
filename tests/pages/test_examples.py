import base64
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mner.errors import InputError
from mner.pages.example import Example, Reading
from mner.pages.examples import ExamplesPage, System, write_examples
from mner.pages.tones import tone_of
from mner.spans.estimates import Interval
from mner.spans.gold import mentions
from mner.spans.score import score
from mner.types import Attention, Entity, PictureEntity, PictureState, Post

POST = Post(
    id="17",
    tokens=("Jordan", "plays", "in", "New", "York"),
    entities=(Entity(0, 1, "PER"), Entity(3, 5, "LOC")),
)
PREDICTED = (Entity(0, 1, "LOC"), Entity(3, 5, "LOC", probability=0.875))
CAPTION = ("a", "tall", "man")
HOSTILE = "</script><script>alert(1)</script><!-- \" ' & {{ 7*7 }}"


def jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (16, 12), (200, 80, 40)).save(file, "JPEG")
    return file.getvalue()


def attention(regions: int, *, words: int = 5, per_word: bool = True) -> Attention:
    weights = np.random.default_rng(1).dirichlet(np.ones(regions), size=words).astype(np.float32)
    return Attention(
        regions=weights,
        words=np.full((words, words), 1 / words, np.float32),
        gate=np.linspace(0, 1, words, dtype=np.float32),
        per_word=per_word,
    )


def example(**changes: Any) -> Example:
    readings = (
        Reading("words alone", ()),
        Reading("with picture", PREDICTED, attention(6), grid=(2, 3)),
    )
    return replace(Example(POST, readings, PictureState.PRESENT, (jpeg(),)), **changes)


def system(name: str = "with picture") -> System:
    scores = score([POST], [replace(POST, entities=PREDICTED)], seen=mentions([POST]))
    return System(
        name,
        "text and pixels",
        scores,
        seeds=(3, 4),
        pictures={"present": 1, "absent": 2},
        interval=Interval(0.5, 0.25, 0.75),
    )


class Page(HTMLParser):
    """The elements, the visible text and the data of a written report."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)
        self.text = " ".join(" ".join(self.texts).split())
        self.data = [json.loads(script) for script in self.scripts]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.elements[-1] if self.elements else ("", {})
        if tag == "script" and data.strip():
            if attributes.get("type") == "application/json":
                self.scripts.append(data)
        elif tag != "style":
            self.texts.append(data)

    def with_class(self, name: str) -> list[tuple[str, dict[str, str | None]]]:
        return [
            element for element in self.elements if name in (element[1].get("class") or "").split()
        ]


def written(folder: Path, *examples: Example, systems: tuple[System, ...] = ()) -> Page:
    write_examples(folder / "report.html", ExamplesPage("A title", systems, examples))
    return Page(folder / "report.html")


def test_scores_stand_side_by_side_with_their_origin(tmp_path: Path) -> None:
    page = written(tmp_path, systems=(system("one"), system("two")))
    assert [attributes.get("scope") for tag, attributes in page.elements if tag == "th"][:3] == [
        "col"
    ] * 3
    for expected in (
        "one text and pixels two text and pixels",
        "All 50.0 P 50.0 R 50.0 1 of 2 found",
        "LOC 66.7",
        "PER 0.0",
        "Seen in training 66.7",
    ):
        assert expected in page.text
    for expected in (
        "Scoring lenient lenient",
        f"Gold {system().scores.gold_fingerprint}",
        "Seeds 3, 4 3, 4",
        "Posts 1 1",
        "1 present, 2 absent",
        "95% interval of F1 25.00 to 75.00 25.00 to 75.00",
    ):
        assert expected in page.text


def test_a_label_that_one_system_never_met_is_none_there(tmp_path: Path) -> None:
    other = replace(
        system("two"), scores=score([replace(POST, entities=())], [replace(POST, entities=())])
    )
    assert (
        "PER 0.0 P 0.0 R 0.0 0 of 1 found none"
        in written(tmp_path, systems=(system("one"), other)).text
    )


def test_entities_carry_label_verdict_and_probability(tmp_path: Path) -> None:
    page = written(tmp_path, example())
    assert "Jordan PER plays in New York LOC" in page.text
    assert "Jordan ✗ wrong LOC plays in New York ✓ correct LOC 0.88" in page.text
    assert "missed: Jordan (PER), New York (LOC)" in page.text
    assert len(page.with_class("wrong")) == 1


def test_without_gold_nothing_is_right_or_wrong(tmp_path: Path) -> None:
    page = written(tmp_path, example(post=replace(POST, entities=None)))
    assert not page.with_class("verdict")
    assert "missed" not in page.text
    assert "Jordan LOC plays" in page.text


def test_a_label_has_one_colour_in_the_whole_report(tmp_path: Path) -> None:
    page = written(tmp_path, example(), systems=(system(),))
    assert [attributes["class"] for _, attributes in page.with_class("key")] == [
        "key tone1",
        "key tone0",
    ]
    classes = [attributes["class"] for _, attributes in page.with_class("entity")]
    assert classes == ["entity tone0", "entity tone1", "entity tone1 wrong", "entity tone1"]


def test_words_can_be_chosen_where_there_is_attention(tmp_path: Path) -> None:
    page = written(tmp_path, example())
    buttons = [attributes for tag, attributes in page.elements if tag == "button"]
    assert [button["data-word"] for button in buttons] == list("01234")
    given = attention(6)
    nothing, shown = page.data[0]
    assert nothing is None
    assert (shown["grid"], shown["perWord"], shown["system"]) == ([2, 3], True, "with picture")
    np.testing.assert_allclose(np.array(shown["weights"]) / 10_000, given.regions, atol=1e-4)
    np.testing.assert_allclose(np.array(shown["gate"]) / 10_000, given.gate, atol=1e-4)


def test_attention_that_is_one_for_all_words_says_so(tmp_path: Path) -> None:
    reading = Reading("concat", (), attention(6, per_word=False), grid=(2, 3))
    assert written(tmp_path, example(readings=(reading,))).data[0][0]["perWord"] is False


def test_regions_may_be_words_of_a_caption(tmp_path: Path) -> None:
    reading = Reading("captions", (), attention(3), caption_words=CAPTION)
    page = written(tmp_path, example(readings=(reading,), pictures=()))
    assert page.data[0][0]["captionWords"] == list(CAPTION)
    assert page.data[0][0]["grid"] is None
    assert not page.with_class("missing")


def test_the_picture_is_inside_the_file(tmp_path: Path) -> None:
    page = written(tmp_path, example())
    source = next(attributes["src"] for tag, attributes in page.elements if tag == "img")
    assert source is not None
    assert base64.b64decode(source.removeprefix("data:image/jpeg;base64,")) == jpeg()


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (PictureState.ABSENT, "No picture"),
        (PictureState.UNREADABLE, "Picture unreadable"),
        (PictureState.PRESENT, "Picture not shown"),
    ],
)
def test_a_picture_that_is_not_there_has_a_label(
    tmp_path: Path, state: PictureState, text: str
) -> None:
    page = written(tmp_path, example(state=state, pictures=()))
    assert text in page.text
    assert not [tag for tag, _ in page.elements if tag == "img"]


@pytest.mark.parametrize(
    "regions", [np.zeros((5, 0), np.float32), np.zeros((5, 6), np.float32)], ids=["none", "masked"]
)
def test_without_regions_there_is_nothing_to_choose(
    tmp_path: Path, regions: np.ndarray[Any, Any]
) -> None:
    reading = Reading(
        "with picture", PREDICTED, replace(attention(6), regions=regions), grid=(2, 3)
    )
    page = written(tmp_path, example(readings=(reading,), state=PictureState.ABSENT, pictures=()))
    assert page.data == [[None]]
    assert "nothing to look at" in page.text
    assert not [tag for tag, _ in page.elements if tag == "button"]


def test_nothing_from_a_post_or_a_model_becomes_markup(tmp_path: Path) -> None:
    hostile, harmless = (everywhere(text, tmp_path) for text in (HOSTILE, "harmless"))
    assert [tag for tag, _ in hostile.elements] == [tag for tag, _ in harmless.elements]
    assert hostile.data[0][1]["captionWords"] == [HOSTILE]
    assert hostile.text.count(HOSTILE) == harmless.text.count("harmless") > 10
    assert HOSTILE not in hostile.source


def everywhere(text: str, folder: Path) -> Page:
    """A report in which every string is the given one."""
    entities = (Entity(0, 1, text),)
    post = Post(id=text, tokens=(text,), entities=entities, caption=text)
    readings = (
        Reading(text, entities, attention(6, words=1), grid=(2, 3)),
        Reading(text, (), attention(1, words=1), caption_words=(text,)),
    )
    scores = replace(score([post], [post]), scoring=text)  # type: ignore[arg-type]
    column = System(text, text, scores, pictures={text: 1})
    write_examples(
        folder / "report.html",
        ExamplesPage(
            text, (column,), (Example(post, readings, PictureState.PRESENT, (jpeg(),)),), about=text
        ),
    )
    return Page(folder / "report.html")


def test_the_page_asks_for_nothing_outside(tmp_path: Path) -> None:
    page = written(tmp_path, example(), systems=(system(),))
    assert not re.search(r"(?:https?:)?//[a-z]", page.source)
    assert not [
        tag
        for tag, attributes in page.elements
        if tag in {"link", "iframe"} or (tag == "script" and "src" in attributes)
    ]
    policy = next(
        attributes["content"]
        for tag, attributes in page.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_a_report_without_systems_or_examples_is_a_page(tmp_path: Path) -> None:
    assert "A title" in written(tmp_path).text


def test_a_broken_character_does_not_stop_the_report(tmp_path: Path) -> None:
    assert (
        "? b"
        in written(
            tmp_path,
            Example(
                Post(id="1", tokens=("\ud83d", "b")), (Reading("one", ()),), PictureState.ABSENT
            ),
        ).text
    )


def test_an_older_report_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("old", encoding="utf-8")
    written(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_report_that_fails_leaves_the_older_one(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("old", encoding="utf-8")
    with pytest.raises(InputError, match="overlaps"):
        written(
            tmp_path,
            example(readings=(Reading("one", (Entity(0, 2, "PER"), Entity(1, 3, "LOC"))),)),
        )
    assert [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()] == ["old"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere.report\.html: the report cannot be written"):
        write_examples(tmp_path / "nowhere" / "report.html", ExamplesPage("A title", (), ()))


@pytest.mark.parametrize(
    ("state", "picture"),
    [(PictureState.PRESENT, b"\x89PNG\r\n"), (PictureState.ABSENT, jpeg())],
    ids=["png", "absent"],
)
def test_a_picture_must_be_a_jpeg_that_is_present(
    tmp_path: Path, state: PictureState, picture: bytes
) -> None:
    with pytest.raises(InputError, match="post '17': expected a JPEG of a picture that is present"):
        written(tmp_path, example(state=state, pictures=(picture,)))


@pytest.mark.parametrize(
    "reading",
    [
        Reading("one", (), attention(6), grid=(3, 3)),
        Reading("one", (), attention(6, words=4), grid=(2, 3)),
        Reading("one", (), attention(6), caption_words=CAPTION),
        Reading("one", (), replace(attention(6), gate=np.zeros(4, np.float32)), grid=(2, 3)),
    ],
    ids=["grid", "words", "caption", "gate"],
)
def test_attention_must_fit_words_and_regions(tmp_path: Path, reading: Reading) -> None:
    with pytest.raises(InputError, match="post '17', one: expected attention of 5 words over"):
        written(tmp_path, example(readings=(reading,)))


def test_attention_must_be_finite(tmp_path: Path) -> None:
    broken = replace(attention(6), gate=np.full(5, np.nan, np.float32))
    with pytest.raises(InputError, match="post '17', one: expected finite attention"):
        written(tmp_path, example(readings=(Reading("one", (), broken, grid=(2, 3)),)))


def explained(folder: Path, *examples: Example) -> Page:
    page = ExamplesPage("A title", (), iter(examples), has_gold=False, order="picture-effect")
    write_examples(folder / "report.html", page)
    return Page(folder / "report.html")


def test_a_page_without_gold_does_not_speak_of_it(tmp_path: Path) -> None:
    assert "agrees with gold" not in explained(tmp_path, example()).text
    assert "agrees with gold" in written(tmp_path, example()).text


def test_only_a_page_with_an_order_has_search_and_pages(tmp_path: Path) -> None:
    page = explained(tmp_path, example(effect=0.25))
    options = [attributes["value"] for tag, attributes in page.elements if tag == "option"]
    assert options == ["picture-effect", "entities", "probability", "input"]
    (article,) = page.with_class("example")
    assert (article[1]["data-effect"], article[1]["data-least"]) == ("0.25", "0.875")
    assert not written(tmp_path, example()).with_class("tools")


def test_posts_beyond_the_first_page_are_data(tmp_path: Path) -> None:
    later = example(post=replace(POST, id=HOSTILE), effect=0.5)
    page = explained(tmp_path, *[example()] * 20, later)
    assert [tag for tag, _ in page.elements].count("article") == 20
    record = next(data for data in page.data if "html" in data)
    assert record["labels"] == [["PER", "tone0"], ["LOC", "tone1"]]
    assert (record["effect"], record["least"]) == (0.5, 0.875)
    assert record["text"].splitlines()[1] == "jordan plays in new york"
    assert record["html"].startswith("<article")
    assert record["html"].endswith("</article>")
    assert "</script><script>alert" not in record["html"]
    without_order = written(tmp_path, *[example()] * 21)
    assert [tag for tag, _ in without_order.elements].count("article") == 21


def test_posts_without_entities_are_folded(tmp_path: Path) -> None:
    plain = example(post=replace(POST, entities=None), readings=(Reading("one", ()),))
    page = explained(tmp_path, plain, example())
    assert len(page.with_class("folded")) == 1
    assert [tag for tag, _ in page.elements].count("details") == 1
    assert "17 Jordan plays in New York" in page.text


def test_boxes_are_drawn_over_the_picture(tmp_path: Path) -> None:
    name = PictureEntity("NASA", "ORG", 0.9, (0, 0.5, 0.5, 1), "NASA")
    post = replace(POST, picture="p", picture_entities=(name,))
    page = written(tmp_path, example(post=post, readings=()))
    ((_, attributes),) = page.with_class("box")
    assert attributes["class"] == f"box tone{tone_of('ORG')}"
    assert attributes["style"] == "left: 0%;top: 50%;width: 50%;height: 50%;"
    assert "Written in the picture: NASA (ORG 0.90)" in page.text


def test_posts_are_written_as_they_are_read(tmp_path: Path) -> None:
    """A failure in the last post leaves the older page."""

    def examples() -> Iterator[Example]:
        yield example()
        raise InputError("the third line is broken")

    page = ExamplesPage("A title", (), examples())
    with pytest.raises(InputError, match="the third line is broken"):
        write_examples(tmp_path / "report.html", page)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "is_long"),
    [("co-attention, pictures exchanged", False), ("a" * 40, True)],
)
def test_only_a_word_of_many_letters_may_break_in_the_head(
    tmp_path: Path, name: str, is_long: bool
) -> None:
    page = written(tmp_path, systems=(system(name),))
    assert bool(page.with_class("long")) == is_long
