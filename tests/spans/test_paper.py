import csv
import io
import re

import pytest

from mner.spans.estimates import Interval
from mner.spans.paper import NOTHING, PaperFormat, PaperTable, Rate, write_paper_table

HOSTILE = '\\input{x} & 5% $a_b$ #1 ~ ^ {<|>} [*] \x1b[31m " ±\nend'
TABLE = PaperTable(
    columns=("", "F1", "change", "gold"),
    rows=(
        ("a_1", Rate(0.7231, 0.0025, Interval(0.7231, 0.7, 0.75)), Rate(-0.01, signed=True), 12),
        ("[b]", Rate(0.5), NOTHING, 3),
        (HOSTILE, Rate(1.0), Rate(0.02, interval=Interval(0.02, -0.1, 0.3), signed=True), 0),
    ),
    about={"scoring": "lenient", "gold fingerprint": "abc123", "seeds": "0, 1"},
    notes=("p = 0.05.",),
)


def latex_rows(text: str) -> list[list[str]]:
    """The cells of the rows of a table, parted where LaTeX parts them."""
    lines = [line for line in text.splitlines() if line.endswith("\\\\")]
    return [re.split(r"(?<!\\) & ", line.removesuffix("\\\\").rstrip()) for line in lines]


def test_latex_has_the_rows_and_a_caption_that_says_what_they_are() -> None:
    text = write_paper_table(TABLE, "latex")
    rows = latex_rows(text)
    assert [len(row) for row in rows] == [4, 4, 4, 4]
    assert rows[1] == [r"a\_1", r"72.31 $\pm$ 0.25 {[}70.00, 75.00{]}", "$-$1.00", "12"]
    assert rows[2] == ["{[}b{]}", "50.00", "-", "3"]
    assert rows[3][2] == "$+$2.00 {[}$-$10.00, $+$30.00{]}"
    assert r"\begin{tabular}{lrrr}" in text
    assert (
        r"\caption{Rates in percent; scoring: lenient; gold fingerprint: abc123; seeds: 0, 1. "
        r"$\pm$: sample standard deviation over the seeds. In brackets: 95\% interval. p = 0.05.}"
        in text
    )


def test_nothing_of_a_label_is_latex() -> None:
    cell = latex_rows(write_paper_table(TABLE, "latex"))[3][0]
    plain = re.sub(r"\\(textbackslash|textasciitilde|textasciicircum)\{\}", "", cell)
    plain = re.sub(r"\$(<|>|\||\\pm)\$|\{[\[\]*]\}|\\[{}&%$#_]", "", plain)
    assert not set(plain) & set('\\{}&%$#_~^<>|[]*"\x1b\n')
    assert cell.startswith(r"\textbackslash{}input\{x\} \& 5\% \$a\_b\$ \#1 ")


def test_environments_and_braces_are_closed() -> None:
    text = write_paper_table(TABLE, "latex")
    for name in ("table", "tabular"):
        assert text.count(rf"\begin{{{name}}}") == text.count(rf"\end{{{name}}}") == 1
    bare = re.sub(r"\\[{}]", "", text)
    assert bare.count("{") == bare.count("}")
    assert re.sub(r"\\\$", "", text).count("$") % 2 == 0


def test_markdown_has_the_rows_and_a_caption() -> None:
    head, line, *rows = write_paper_table(TABLE, "markdown").splitlines()
    assert head == "|  | F1 | change | gold |"
    assert line == "|---|---:|---:|---:|"
    assert rows[0] == "| a\\_1 | 72.31 ± 0.25 [70.00, 75.00] | -1.00 | 12 |"
    assert rows[2].count("|") - rows[2].count("\\|") == 5
    assert rows[4].startswith(
        "Rates in percent; scoring: lenient; gold fingerprint: abc123; seeds: 0, 1."
    )


def test_csv_has_a_number_a_column_and_says_in_each_row_what_it_is() -> None:
    first, second, third = csv.DictReader(io.StringIO(write_paper_table(TABLE, "csv")))
    assert first == {
        "name": "a_1",
        "F1": "72.31",
        "F1 deviation": "0.25",
        "F1 low": "70.00",
        "F1 high": "75.00",
        "change": "-1.00",
        "change low": "",
        "change high": "",
        "gold": "12",
        "scoring": "lenient",
        "gold fingerprint": "abc123",
        "seeds": "0, 1",
    }
    assert second["change"] == ""
    assert (third["change low"], third["change high"]) == ("-10.00", "30.00")
    assert third["name"].startswith("\\input{x} & 5% $a_b$")


@pytest.mark.parametrize("format", ["latex", "markdown", "csv"])
def test_a_table_without_intervals_does_not_speak_of_them(format: str) -> None:
    table = PaperTable(("", "F1"), (("all", Rate(0.5)),), {"scoring": "strict"})
    text = write_paper_table(table, format)  # type: ignore[arg-type]
    assert "strict" in text
    assert "interval" not in text
    assert "deviation" not in text


@pytest.mark.parametrize("format", ["latex", "markdown", "csv"])
def test_no_line_is_empty_at_the_end(format: PaperFormat) -> None:
    text = write_paper_table(TABLE, format)
    assert text == text.rstrip("\n")
