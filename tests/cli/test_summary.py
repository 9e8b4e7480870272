import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mner.cli import app

LINES = [
    {"id": "a", "tokens": ["Rome", "#rome"], "picture": "a.jpg"},
    {"id": "b", "tokens": ["<b>Rome</b>", "x"]},
]


def mner(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["summary", *map(str, arguments)])


@pytest.fixture
def tagged(tmp_path: Path) -> Path:
    path = tmp_path / "tagged.jsonl"
    entities = [{"start": 0, "end": 1, "label": "LOC"}, {"start": 1, "end": 2, "label": "LOC"}]
    lines = [json.dumps({**LINES[0], "entities": entities})]
    lines.append(json.dumps({**LINES[1], "entities": entities[:1]}))
    path.write_text("\n".join(lines) + "\n")
    return path


def test_text_json_table_and_page(tagged: Path, tmp_path: Path) -> None:
    text = mner(tagged)
    assert text.exit_code == 0, text.output
    assert "LOC: 3\n        2  in 1 posts  #rome\n" in text.stdout
    found = json.loads(mner(tagged, "--json").stdout)
    assert [entity["mentions"] for entity in found["entities"]] == [2, 1]
    for name in ("out.csv", "out.json", "out.html"):
        assert mner(tagged, "--output", tmp_path / name).exit_code == 0
    assert (tmp_path / "out.csv").read_text().startswith("label,entity,mentions,posts,variants\n")
    assert json.loads((tmp_path / "out.json").read_text()) == found
    page = (tmp_path / "out.html").read_text()
    assert "&lt;b&gt;Rome&lt;/b&gt;" in page
    assert "<b>Rome" not in page


def test_what_cannot_be_summarised(tmp_path: Path, tagged: Path) -> None:
    raw = tmp_path / "raw.jsonl"
    raw.write_text(json.dumps(LINES[0]) + "\n")
    result = mner(raw)
    assert result.exit_code == 1
    assert "none of its 1 posts is tagged: tag them by `mner tag` first" in result.stderr
    result = mner(tagged, "--output", tmp_path / "out.xyz")
    assert result.exit_code == 1
    assert "expected one of the endings .csv, .json, .html" in result.stderr
