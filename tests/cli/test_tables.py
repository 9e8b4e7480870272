"""Tables in and out by the command line."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mner.cli import app


def mner(*words: str | Path) -> Result:
    return CliRunner().invoke(app, list(map(str, words)))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def real_posts(real_data: Path, tmp_path: Path) -> tuple[Path, list[dict[str, str]]]:
    """A CSV of the real posts with columns of its own, and its rows."""
    path = tmp_path / "posts.csv"
    lines = (real_data / "posts" / "posts.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [
        {**json.loads(line), "likes": str(number * 7), "note": f'"{number}";\nx'}
        for number, line in enumerate(lines)
    ]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, ["likes", "id", "image", "text", "note"])
        writer.writeheader()
        writer.writerows(rows)
    return path, rows


def test_real_posts_go_from_a_table_to_a_table_and_a_page(
    real_posts: tuple[Path, list[dict[str, str]]], tmp_path: Path
) -> None:
    path, rows = real_posts
    out, page = tmp_path / "entities.csv", tmp_path / "page.html"
    for target in (out, page):
        result = mner("tag", path, "--output", target)
        assert result.exit_code == 0, result.output

    written = rows_of(out)
    by_id = {row["id"]: row for row in written}
    assert list(dict.fromkeys(row["id"] for row in written)) == [row["id"] for row in rows]
    for row in rows:
        kept = by_id[row["id"]]
        assert (kept["likes"], kept["note"], kept["text"]) == (
            row["likes"],
            row["note"],
            row["text"],
        )
        assert kept["picture"] == row["image"]
    assert sum(bool(row["label"]) for row in written) > len(rows) // 4
    html = page.read_text(encoding="utf-8")
    assert [row["id"] for row in rows if row["id"] not in html] == []

    result = mner("summary", out, "--json")
    assert result.exit_code == 0, result.output
    summary = json.loads(result.output[result.output.index("{") :])
    assert summary["posts"] == len(rows)
    assert summary["mentions"] == sum(bool(row["label"]) for row in written)


@pytest.mark.parametrize("ending", ["xlsx", "parquet"])
def test_a_table_out_is_a_table_in(ending: str, tmp_path: Path) -> None:
    path, out = tmp_path / "posts.csv", tmp_path / f"tagged.{ending}"
    path.write_text("id,tweet,likes\n1,Ann Roe in Lisbon,3\n2,ok,\n", encoding="utf-8")
    for words in (("--output", out), ("--format", "csv")):
        result = mner("tag", out if words[1] == "csv" else path, *words)
        assert result.exit_code == 0, result.output
    header, *rows = result.stdout.splitlines()
    assert header.endswith(",likes")
    assert [row.split(",")[0] for row in rows] == ["1", "1", "2"]
    assert rows[0].endswith(",3")


@pytest.mark.parametrize("picture", ["plain.png", "sub/plain.png", "sub/plain"])
def test_pictures_are_named_with_or_without_their_folder(picture: str, tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "all" / "sub").mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(tmp_path / "all" / "sub" / "plain.png")
    path = tmp_path / "posts.csv"
    path.write_text(f"text,IMG\nAnn Roe,{picture}\n", encoding="utf-8")
    folder = tmp_path / "all" if "/" in picture else tmp_path / "all" / "sub"
    result = mner("data", "check", path, "--pictures", folder)
    assert "nothing wrong" in result.output
