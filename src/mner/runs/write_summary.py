"""A summary of tagged posts as a file: a table, JSON, or a page."""

import json
from pathlib import Path

from mner.corpora.summary import Summary
from mner.errors import InputError, quoted
from mner.files.apart import check_apart
from mner.files.output import write_pieces
from mner.pages.page import write_page

__all__ = ["write_summary"]


def write_summary(summary: Summary, path: Path, *, file: str, top: int) -> None:
    """Write a summary in the format that the ending of the file stands for.

    Args:
        summary: of the posts of `file`.
        path: ends in `.csv` (a row for each entity), `.json`, or `.html`.
        file: the tagged posts.
        top: how many entities of each label the page shows.

    Raises:
        InputError: the ending is another one, or the file cannot be written.
    """
    check_apart(path, {"the input": file})
    ending = path.suffix.lower()
    if ending == ".csv":
        write_pieces([("the table", summary.as_csv())], path)
    elif ending == ".json":
        text = json.dumps(summary.as_dict(), indent=2, ensure_ascii=False) + "\n"
        write_pieces([("the summary", text)], path)
    elif ending == ".html":
        view = {"summary": summary, "file": Path(file).name, "top": top}
        write_page(path, "summary.html.j2", view)
    else:
        raise InputError(
            f"--output {quoted(str(path))}: the name does not say the format: expected one of the "
            "endings .csv, .json, .html"
        )
