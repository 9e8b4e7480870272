import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from mner.cli import app
from mner.errors import DataWarning, InputError
from mner.runs.folder import read_runs
from mner.runs.report import report_runs
from mner.runs.scores import Gold
from mner.training.train import train
from tests.tiny import tiny_caption_recipe, tiny_pixel_recipe, tiny_recipe, write_corpus

HOSTILE = "<img/src=x>&\"'{{7*7}}"
VOID = {"meta", "img", "br"}


@pytest.fixture(scope="module")
def folders(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run that looks at captions, one that looks at pixels, and their twin."""
    out = tmp_path_factory.mktemp("runs")
    recipes = {
        "captions": tiny_caption_recipe(corpus),
        "pixels": tiny_pixel_recipe(corpus),
        "text": tiny_recipe(corpus),
    }
    for name, recipe in recipes.items():
        train(recipe, out / name)
    return {name: out / name for name in recipes}


@pytest.fixture(scope="module")
def gold(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Gold:
    """The dev posts with a word that would be dangerous in a page."""
    file = tmp_path_factory.mktemp("gold") / "dev.txt"
    file.write_text((corpus / "dev.txt").read_text().replace("today\tO", f"{HOSTILE}\tB-LOC"))
    return Gold(file, captions=corpus / "captions.jsonl", pictures=corpus / "images")


class Page(HTMLParser):
    """Headings, texts and elements of a written report.

    Elements that are not closed in their order are an error.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.source = path.read_text(encoding="utf-8")
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.headings: list[str] = []
        self.texts: list[str] = []
        self.feed(self.source)
        assert not self.open
        self.text = " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.open += [] if tag in VOID else [tag]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)
        if "style" not in self.open:
            self.texts.append(data)

    def count(self, tag: str, **wanted: str) -> int:
        return sum(
            name == tag
            and all(attributes.get(key.rstrip("_")) == value for key, value in wanted.items())
            for name, attributes in self.elements
        )


def reported(folder: Path, *runs: Path, gold: Gold | None = None, twin: Path | None = None) -> Page:
    report_runs(runs, folder / "report.html", gold=gold, twin=twin)
    assert [path.name for path in folder.iterdir()] == ["report.html"]
    return Page(folder / "report.html")


@pytest.fixture(scope="module")
def page(folders: dict[str, Path], gold: Gold, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """Of a run that looks at captions, with its twin."""
    return reported(
        tmp_path_factory.mktemp("page"), folders["captions"], gold=gold, twin=folders["text"]
    )


def test_a_run_alone_tells_how_it_was_trained(folders: dict[str, Path], tmp_path: Path) -> None:
    (run,) = read_runs([folders["text"]])
    page = reported(tmp_path, folders["text"])
    assert page.headings == ["Training"]
    assert page.count("svg", class_="plot") == 2
    for fact in (
        "No gold file was given",
        f"{run.best_epoch} of {len(run.epochs)}",
        f"{run.parameters:,}",
        run.dev.gold_fingerprint,
        "lenient scoring",
        "text only",
        "dimension = ",
    ):
        assert fact in page.text


def test_captions_are_reported_on_with_twin_and_examples(page: Page) -> None:
    assert page.headings == [
        "Scores",
        "Training",
        "Can the probabilities be believed?",
        "Mistakes",
        "What the caption does",
        "Where captions looked",
    ]
    assert page.count("svg", class_="plot") == 3 + 2 + 2
    assert page.count("table", class_="matrix") == 6
    assert page.count("p", class_="caption") > 0
    assert page.count("img") == 0
    for fact in (
        "left over when the others have been paired",
        "12 posts",
        "lenient scoring",
        "95% intervals",
        "the text-only twin",
        "itself with captions exchanged",
        "no pixel",
        "Seen in training",
    ):
        assert fact in page.text


@pytest.fixture(scope="module")
def pixel_page(
    folders: dict[str, Path], gold: Gold, tmp_path_factory: pytest.TempPathFactory
) -> Page:
    """Of a run that looks at pixels."""
    return reported(tmp_path_factory.mktemp("pixel page"), folders["pixels"], gold=gold)


def test_pixels_are_shown_where_entities_looked(pixel_page: Page) -> None:
    page = pixel_page
    assert "What the picture does" in page.headings
    assert page.count("img", alt="Picture of the post") == page.count("figure", class_="look") > 0
    assert page.count("rect") >= 49 * page.count("figure", class_="look")
    assert "10 present, 1 absent, 1 unreadable" in page.text


@pytest.mark.parametrize("kind", ["captions", "pixels"])
def test_the_page_loads_nothing_and_runs_nothing(kind: str, request: pytest.FixtureRequest) -> None:
    page: Page = request.getfixturevalue("page" if kind == "captions" else "pixel_page")
    assert page.count("script") == page.count("link") == page.count("iframe") == 0
    assert not [
        value
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name.startswith("on")
    ]
    sources = [attributes["src"] or "" for _, attributes in page.elements if "src" in attributes]
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources)
    assert all(
        (attributes["href"] or "").startswith("#")
        for _, attributes in page.elements
        if "href" in attributes
    )
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    assert f"{policy}form-action 'none'\"" in page.source
    assert HOSTILE in page.text
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = [
        attributes["aria-labelledby"]
        for _, attributes in page.elements
        if "aria-labelledby" in attributes
    ]
    assert set(named) <= set(ids)


def test_the_same_runs_give_the_same_page(
    page: Page, folders: dict[str, Path], gold: Gold, tmp_path: Path
) -> None:
    assert (
        reported(tmp_path, folders["captions"], gold=gold, twin=folders["text"]).source
        == page.source
    )


def test_posts_that_chose_or_trained_the_runs_are_said_to_be_known(
    page: Page, folders: dict[str, Path], corpus: Path, tmp_path: Path
) -> None:
    assert (
        "were chosen by, so their scores are higher than on unseen posts: text."
        in reported(tmp_path, folders["text"], gold=Gold(corpus / "dev.txt")).text
    )
    assert (
        "were trained on, so"
        in reported(tmp_path, folders["text"], gold=Gold(corpus / "train.txt")).text
    )
    assert "so their scores are higher" not in page.text


def test_posts_are_known_in_the_other_mode_of_scoring_too(corpus: Path, tmp_path: Path) -> None:
    dev = tmp_path / "dev.txt"
    dev.write_text((corpus / "dev.txt").read_text().replace("B-LOC", "I-LOC"))
    recipe = tiny_recipe(corpus)
    with pytest.warns(DataWarning, match="orphan"):
        train(
            replace(
                recipe,
                data=replace(recipe.data, dev=str(dev)),
                training=replace(recipe.training, epochs=1),
            ),
            tmp_path / "run",
        )
    (tmp_path / "out").mkdir()
    for scoring in ("lenient", "strict"):
        with pytest.warns(DataWarning, match="orphan"):
            page = reported(tmp_path / "out", tmp_path / "run", gold=Gold(dev, scoring=scoring))
        assert "were chosen by, so their scores are higher than on unseen posts: run." in page.text


def test_gold_without_entities_is_reported_on(
    folders: dict[str, Path], corpus: Path, tmp_path: Path
) -> None:
    file = tmp_path / "gold.txt"
    file.write_text("IMGID:1\nwas\tO\nhere\tO\n\nIMGID:2\nsaw\tO\n")
    (tmp_path / "out").mkdir()
    page = reported(
        tmp_path / "out",
        folders["captions"],
        gold=Gold(file, captions=corpus / "captions.jsonl"),
        twin=folders["text"],
    )
    assert "2 posts, 0 entities" in page.text


def test_a_label_that_only_exchanged_captions_bring_out_is_shown(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    frames = (
        "saw\tO\nAnn\tB-LOC",
        "saw\tO\nAnn\tB-PER",
        "saw\tO\nhere\tO",
        "saw\tO\nhere\tO",
    )  # captions alone tell the types
    (tmp_path / "train.txt").write_text(
        "\n\n".join(f"IMGID:{number}\n{frames[number % 4]}" for number in range(60))
    )
    (tmp_path / "dev.txt").write_text((tmp_path / "train.txt").read_text())
    (tmp_path / "captions.jsonl").write_text(
        "".join(
            f'{{"id": "{number}", "short": "a {("city", "man")[number % 2]}"}}\n'
            for number in range(60)
        )
    )
    recipe = tiny_caption_recipe(tmp_path)
    with pytest.warns(DataWarning, match="holds the training posts"):
        train(
            replace(recipe, training=replace(recipe.training, epochs=30, learning_rate=0.05)),
            tmp_path / "run",
        )
    (tmp_path / "gold.txt").write_text(f"IMGID:1\n{frames[1]}\n\nIMGID:2\n{frames[2]}\n")
    (tmp_path / "out").mkdir()
    page = reported(
        tmp_path / "out",
        tmp_path / "run",
        gold=Gold(tmp_path / "gold.txt", captions=tmp_path / "captions.jsonl"),
    )
    assert "PER in gold; LOC by run with captions exchanged; PER by run" in page.text


def test_a_twin_must_not_look(folders: dict[str, Path], gold: Gold, tmp_path: Path) -> None:
    with pytest.raises(
        InputError,
        match=r"captions: the twin looks at captions: expected a run of a text-only model",
    ):
        report_runs(
            [folders["pixels"]], tmp_path / "report.html", gold=gold, twin=folders["captions"]
        )


def test_a_place_that_cannot_be_written_is_known_before_anything_is_evaluated(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    nothing = Gold(tmp_path / "no gold")
    with pytest.raises(
        InputError, match=r"report\.html: the report cannot be written \(there is no such folder\)"
    ):
        report_runs([folders["text"]], tmp_path / "none" / "report.html", gold=nothing)
    with pytest.raises(InputError, match=r"the report cannot be written \(it is a folder\)"):
        report_runs([folders["text"]], tmp_path, gold=nothing)


def test_a_report_that_fails_leaves_the_older_one(
    folders: dict[str, Path], gold: Gold, tmp_path: Path
) -> None:
    (tmp_path / "report.html").write_text("old")
    with pytest.raises(InputError, match="name their file with --captions"):
        report_runs(
            [folders["captions"]], tmp_path / "report.html", gold=replace(gold, captions=None)
        )
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_the_command_writes_a_report_and_names_what_is_wrong(
    folders: dict[str, Path], gold: Gold, tmp_path: Path
) -> None:
    def run(*arguments: str | Path) -> tuple[int, str]:
        result = CliRunner().invoke(
            app, ["report", *map(str, arguments), "--out", str(tmp_path / "page.html")]
        )
        return result.exit_code, result.output

    assert run(folders["text"], "--gold", gold.file) == (0, f"{tmp_path / 'page.html'}\n")
    assert "Mistakes" in Page(tmp_path / "page.html").headings
    code, output = run(folders["text"] / "model")
    assert (code, "not a run's folder" in output) == (1, True)
    code, output = run(folders["captions"], "--captions", str(gold.captions))
    assert (code, "--captions goes with --gold" in output) == (2, True)


@pytest.mark.parametrize("package", ["matplotlib", "safetensors"])
def test_a_missing_package_ends_in_the_install_line(package: str, tmp_path: Path) -> None:
    program = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from mner.__main__ import main\n"
        f"sys.argv = ['mner', 'report', {str(tmp_path)!r}]\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "The report needs packages that are not installed: pip install 'mner[plots]'" in (
        done.stderr
    )
