import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.pages.tones import PALETTE, tone_of

CSS = (files("mner") / "web" / "base.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--(\w+): ([^;]+);", block))
    for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
)


def channels(colour: str) -> list[float]:
    return [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]


def luminance(colour: list[float]) -> float:
    """The relative luminance of WCAG 2.2."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: list[float], other: list[float]) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def washed(tone: str, theme: dict[str, str], ground: str) -> list[float]:
    """The colour behind an entity: a share of the tone over the page."""
    share = float(theme["wash"].removesuffix("%")) / 100
    pairs = zip(channels(tone), channels(theme[ground]), strict=True)
    return [share * colour + (1 - share) * below for colour, below in pairs]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("tone", PALETTE)
def test_contrasts_are_those_of_wcag_aa(tone: str, theme: dict[str, str]) -> None:
    for ground in ("card", "paper"):
        assert contrast(channels(theme["ink"]), washed(tone, theme, ground)) >= 4.5
        assert contrast(channels(tone), channels(theme[ground])) >= 3


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_soft_text_and_the_mark_of_the_focus_can_be_seen(theme: dict[str, str]) -> None:
    for ground in ("card", "paper"):
        assert contrast(channels(theme["soft"]), channels(theme[ground])) >= 4.5
        assert contrast(channels(theme["accent"]), channels(theme[ground])) >= 3


def test_usual_labels_differ_and_have_one_colour_in_any_spelling() -> None:
    assert [tone_of(label) for label in ("PER", "LOC", "ORG", "MISC")] == [0, 1, 2, 3]
    assert tone_of("person") == tone_of("Per")
    assert tone_of("OTHER") == tone_of("misc")


def test_colours_of_other_labels_stay_what_they_are() -> None:
    assert [tone_of(label) for label in ("product", "creative-work", "游戏")] == [13, 9, 12]


@given(label=st.text())
def test_any_label_has_a_colour_that_no_usual_one_has(label: str) -> None:
    assert 0 <= tone_of(label) < len(PALETTE)
    assert tone_of(f"{label} of a kind") >= 4
