import re
from html.parser import HTMLParser

import pytest

from mner.pages.plots import Curve, learning_curves, rates_by_type, reliability_diagram
from mner.spans.calibrate import Bin
from mner.spans.estimates import Interval

HOSTILE = "a --> </text><script>1</script>&\"' $x$ 人 😀"
CURVES = (Curve("one", (0.1, 0.3, 0.2), 2), Curve(HOSTILE, (0.2, 0.4), 1))
BINS = [
    Bin(place / 10, (place + 1) / 10, place, place / 10 + 0.05, place / 12) for place in range(10)
]


def plots() -> dict[str, str]:
    rates: dict[str, list[Interval | None]] = {
        "one": [Interval(0.5, 0.4, 0.6), None],
        HOSTILE: [Interval(0.0, 0.0, 0.0), Interval(1.0, 1.0, 1.0)],
    }
    return {
        "curves": learning_curves(CURVES, title="F1 & co"),
        "rates": rates_by_type(["All (9)", HOSTILE], rates, title="Recall", least=0.2),
        "reliability": reliability_diagram(
            BINS, [*BINS[:9], Bin(0.9, 1.0, 0, 0.0, 0.0)], title=HOSTILE
        ),
    }


class Texts(HTMLParser):
    """The texts of a plot, and its elements."""

    def __init__(self, svg: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.elements: list[str] = []
        self.feed(svg)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())


@pytest.mark.parametrize("name", ["curves", "rates", "reliability"])
def test_a_plot_is_one_element_that_loads_nothing_and_is_the_same_each_time(name: str) -> None:
    svg = plots()[name]
    assert svg == plots()[name]
    assert svg.startswith('<svg class="plot" viewBox="0 0 266.4 ')
    assert svg.endswith("</svg>")
    assert "//" not in svg
    assert not {"script", "style", "image", "metadata"} & set(Texts(svg).elements)


def test_names_are_texts_whatever_they_hold() -> None:
    assert {"one", "F1 & co", "epoch (large mark: chosen by dev)"} < set(
        Texts(plots()["curves"]).texts
    )
    for svg in plots().values():
        assert HOSTILE in Texts(svg).texts


def test_plots_of_one_page_share_no_ids() -> None:
    ids = [found for svg in plots().values() for found in re.findall(r' id="([^"]+)"', svg)]
    assert len(ids) == len(set(ids)) > 10
    for svg in plots().values():
        assert set(re.findall(r"#([mp][0-9a-f]{10,})", svg)) <= set(
            re.findall(r' id="([^"]+)"', svg)
        )


def test_colours_of_the_page_stand_for_ink_and_lines() -> None:
    for svg in plots().values():
        assert {"var(--ink)", "var(--soft)", "var(--line)"} <= set(
            re.findall(r": (var\([^)]+\))", svg)
        )
        assert not re.search("#01020|#04050|#07080", svg)


def test_series_differ_by_more_than_colour() -> None:
    drawn = learning_curves(
        [Curve(str(number), (1.0, 2.0), 2) for number in range(7)], title="Seven"
    )
    marks = set(re.findall(r'<path id="m[0-9a-f]+" d="([^"]+)" style="stroke: #', drawn))
    assert len(marks) >= 7


def test_a_single_run_needs_no_legend() -> None:
    assert "one" not in Texts(learning_curves(CURVES[:1], title="Loss")).texts
    assert "one" in Texts(learning_curves(CURVES, title="Loss")).texts


def test_a_long_name_is_cut_at_its_front() -> None:
    curves = [Curve(f"{'x' * 80}/seed{number}", (1.0,), 1) for number in (0, 1)]
    texts = Texts(learning_curves(curves, title="Loss")).texts
    assert {f"…{'x' * 37}/seed{number}" for number in (0, 1)} <= set(texts)


def test_names_that_begin_with_a_low_line_stand_in_the_legend() -> None:
    interval = Interval(0.5, 0.4, 0.6)
    curves = learning_curves([Curve("_old", (1.0,), 1), CURVES[0]], title="Loss")
    rates = rates_by_type(
        ["All"], {"_old": [interval], "one": [interval]}, title="Recall", least=0.0
    )
    for svg in (curves, rates):
        assert {"_old", "one"} <= set(Texts(svg).texts)


def test_empty_bins_are_no_points() -> None:
    full, gap = (
        reliability_diagram(bins, bins, title="Trust")
        for bins in (BINS[1:], [*BINS[1:9], Bin(0.9, 1.0, 0, 0.0, 0.0)])
    )
    assert full.count("<use") == gap.count("<use") + 2


def test_without_predictions_a_reliability_diagram_is_empty() -> None:
    nothing = [Bin(place / 10, (place + 1) / 10, 0, 0.0, 0.0) for place in range(10)]
    assert "entities" in Texts(reliability_diagram(nothing, nothing, title="Trust")).texts


def test_the_users_own_settings_of_matplotlib_change_nothing() -> None:
    import matplotlib as mpl

    expected = plots()
    with mpl.rc_context({"font.size": 30, "axes.grid": False, "lines.linewidth": 9}):
        assert plots() == expected
        assert mpl.rcParams["font.size"] == 30
