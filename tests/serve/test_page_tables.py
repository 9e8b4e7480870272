"""Tables on the page of the service."""

import csv
from pathlib import Path
from time import monotonic, sleep

import pytest

from mner.errors import DataWarning
from tests.browser import Browser, needs_chromium
from tests.cli.test_commands import mner as command
from tests.serve.page import READY, choose_model, drop, problem

pytestmark = needs_chromium


def until_written(file: Path) -> str:
    """Wait for a download, and return its text."""
    deadline = monotonic() + 60
    while not file.exists():
        assert monotonic() < deadline
        sleep(0.05)
    return file.read_bytes().decode("utf-8")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id,text\n1,a,b\n", "Row 2 of the table has 3 cells: expected 2, as many as the first"),
        (b'id,text\n1,"a\n', "Row 2 of the table has a quote that is not closed."),
        (b"id,text\n", "The table has no rows"),
        ("id,text\n1,caf\xe9\n".encode("latin-1"), "is not UTF-8: save it as “CSV UTF-8”."),
    ],
    ids=["cells", "quote", "empty", "latin-1"],
)
def test_what_is_wrong_with_a_table_is_said_in_words(
    browser: Browser, tmp_path: Path, content: bytes, message: str
) -> None:
    table = tmp_path / "posts.csv"
    table.write_bytes(content)
    drop(browser, table)
    assert message in problem(browser)


def test_a_table_is_tagged_as_the_command_tags_it(browser: Browser, tmp_path: Path) -> None:
    table = tmp_path / "posts.csv"
    rows = [["likes", "Text", "id"]]
    rows += [[str(n), f'Ann Roe, "number {n}",\nlands in Lisbon 😀', f"p{n}"] for n in range(90)]
    rows += [["1", "nobody is here", ""], ["2", "in Rome", ""]]
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    expected = tmp_path / "entities.csv"
    with pytest.warns(DataWarning, match="missing-id: 2 in this file"):
        result = command("tag", "--input", table, "--output", expected)
    assert result.exit_code == 0, result.output
    choose_model(browser, "starter")
    drop(browser, table)
    assert "posts.csv: 92 posts" in browser.run("document.querySelector('#many').textContent")
    browser.run("document.querySelector('#tag-table').click()")
    browser.wait_for(f"{READY} && !document.querySelector('#found').hidden")
    state = browser.run("document.querySelector('#table-state').textContent")
    assert state == "92 posts tagged, 181 entities found."
    assert browser.run("document.querySelectorAll('#rows tr').length") == 50
    name = browser.run("document.querySelector('#download').download")
    assert name == "posts-entities.csv"
    browser.send("Page.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    browser.run("document.querySelector('#download').click()")
    written = until_written(tmp_path / "posts-entities.csv")
    got, wanted = (
        list(csv.DictReader(text.splitlines(keepends=True)))
        for text in (written, expected.read_text(encoding="utf-8"))
    )
    # Batches of other posts differ in the last digits.
    sure, known = ([float(row.pop("probability") or 0) for row in each] for each in (got, wanted))
    assert sure == pytest.approx(known, abs=1e-3)
    assert got == wanted
    assert browser.complaints() == []


def test_the_row_that_the_service_refuses_is_named(browser: Browser, tmp_path: Path) -> None:
    table = tmp_path / "posts.csv"
    table.write_text("text\n" + "in Rome\n" * 70 + "x" * 20_001 + "\n")
    drop(browser, table)
    browser.run("document.querySelector('#tag-table').click()")
    assert problem(browser).startswith(
        "Row 72 of the table: `text` has 20001 characters: expected at most 20000"
    )
    state = browser.run("document.querySelector('#table-state').textContent")
    assert state.startswith("64 of 71 posts tagged")
