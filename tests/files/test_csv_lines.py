import csv
import io

import pytest

from mner.files.csv_lines import CELLS_END, CsvLines


@pytest.mark.parametrize("delimiter", [",", "\t"])
@pytest.mark.parametrize(
    "cell", ["a", "a\rb", "a\nb", "a\r\nb", "a\r\n", "\r", 'a"\r', "a,\tb", ""]
)
def test_any_cell_is_read_again(cell: str, delimiter: str) -> None:
    lines = CsvLines()
    writer = csv.writer(lines, delimiter=delimiter, lineterminator=CELLS_END)
    rows = [["1", cell, "end"], ["2", "x", cell]]
    writer.writerows(rows)
    read = csv.reader(io.StringIO(lines.getvalue(), newline=""), delimiter=delimiter)
    assert list(read) == rows


def test_rows_end_in_a_line_feed() -> None:
    lines = CsvLines()
    csv.writer(lines, lineterminator=CELLS_END).writerows([["a", "b"], ["c\r", "d"]])
    assert lines.getvalue() == 'a,b\n"c\r",d\n'
