import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mner.cli import app
from mner.recipe.read import to_toml
from mner.spans.bootstrap import RESAMPLES
from tests.tiny import imgid_text, tiny_recipe


def mner(*arguments: str | Path, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)


def fails(*arguments: str | Path, stdin: str | None = None) -> str:
    """The one line of an error of the input."""
    result = mner(*arguments, stdin=stdin)
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    lines = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(lines) == 1
    return lines[0]


@pytest.fixture(scope="module")
def model(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    (folder / "recipe.toml").write_text(to_toml(tiny_recipe(corpus)))
    result = mner("train", folder / "recipe.toml", "--out", folder / "run", "--seed", "1")
    assert result.exit_code == 0, result.output
    assert "dev F1 100.00 (lenient, seed 1, gold " in result.stdout
    return folder / "run"


def test_training_takes_changes_and_a_seed(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(to_toml(tiny_recipe(corpus)))
    result = mner(
        "train",
        tmp_path / "recipe.toml",
        "--out",
        tmp_path / "run",
        "--seed",
        "7",
        "--set",
        "training.epochs=1",
        "--set",
        "text.hidden=4",
    )
    assert result.exit_code == 0
    about = json.loads((tmp_path / "run" / "model" / "mner.json").read_text())
    assert about["seed"] == 7
    assert len((tmp_path / "run" / "log.jsonl").read_text().splitlines()) == 1
    assert "is not empty" in fails("train", tmp_path / "recipe.toml", "--out", tmp_path / "run")
    assert "unknown key training.epoch" in fails(
        "train", tmp_path / "recipe.toml", "--set", "training.epoch=1"
    )


def test_training_with_seeds_ends_with_a_summary(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(to_toml(tiny_recipe(corpus)))
    out = tmp_path / "several"
    (tmp_path / "test.txt").write_text(imgid_text(7, ending="again"))
    result = mner(
        "train",
        tmp_path / "recipe.toml",
        "--seeds",
        "1",
        "--test",
        tmp_path / "test.txt",
        "--out",
        out,
        "--set",
        "training.epochs=2",
    )
    assert result.exit_code == 0, result.output
    assert "several: text only; F1, lenient scoring" in result.stdout
    assert result.stdout.endswith(f"{out / 'results.json'}\n")
    assert (out / "seed0" / "test-given.jsonl").is_file()


def test_evaluation_prints_a_table_or_one_object(model: Path, corpus: Path) -> None:
    table = mner("evaluate", model, corpus / "dev.txt").stdout
    for fact in ("lenient scoring", "seed 1", "text only", "LOC", "PER"):
        assert fact in table
    scores = json.loads(
        mner("evaluate", model, corpus / "dev.txt", "--json", "--scoring", "strict").stdout
    )
    assert {"precision", "recall", "f1", "scoring", "gold_fingerprint", "per_type"} <= scores.keys()
    assert scores["scoring"] == "strict"


def test_each_score_has_its_interval(model: Path, corpus: Path) -> None:
    for arguments in (
        ("evaluate", model, corpus / "dev.txt"),
        ("score", corpus / "dev.txt", corpus / "dev.txt"),
    ):
        assert f"bootstrap over posts, {RESAMPLES} resamples, seed 0" in mner(*arguments).stdout
        assert (
            "bootstrap over posts, 107 resamples, seed 0"
            in mner(*arguments, "--bootstrap", "107").stdout
        )
        assert (
            json.loads(mner(*arguments, "--bootstrap", "--json").stdout)["bootstrap"]["resamples"]
            == RESAMPLES
        )


def test_systems_are_compared(corpus: Path, tmp_path: Path) -> None:
    gold, other = corpus / "dev.txt", tmp_path / "other.txt"
    other.write_text(gold.read_text().replace("Ann\tB-PER", "Ann\tO"))
    table = mner(
        "compare",
        gold,
        other,
        gold,
        "--resamples",
        "200",
        "--seed",
        "3",
        "--train",
        corpus / "train.txt",
    ).stdout
    for fact in (
        "lenient scoring, gold ",
        "200 resamples, seed 3",
        "training: unseen",
        "only by B 3",
        "McNemar p = 0.25 (exact binomial)",
    ):
        assert fact in table
    found = json.loads(mner("compare", gold, other, gold, "--more-a", gold, "--json").stdout)
    assert (len(found["predictions"]["a"]), found["mcnemar"], found["resamples"]) == (
        2,
        None,
        RESAMPLES,
    )
    assert f"{other}: the same file twice" in fails("compare", gold, other, gold, "--more-a", other)


def test_tagging_reads_and_writes_files_and_streams(
    model: Path, corpus: Path, tmp_path: Path
) -> None:
    result = mner(
        "tag",
        "--model",
        model,
        "--input",
        corpus / "dev.txt",
        "--output",
        tmp_path / "tagged.jsonl",
    )
    assert result.exit_code == 0, result.output
    posts = [json.loads(line) for line in (tmp_path / "tagged.jsonl").read_text().splitlines()]
    assert len(posts) == 12
    assert all(0 < entity["probability"] <= 1 for post in posts for entity in post["entities"])
    scores = json.loads(
        mner("score", corpus / "dev.txt", tmp_path / "tagged.jsonl", "--json").stdout
    )
    assert scores["f1"] == 1.0
    streamed = mner(
        "tag",
        "--model",
        model,
        "--input",
        "-",
        "--format",
        "conll",
        stdin='{"id": "1", "tokens": ["saw", "Rome"]}\n',
    )
    assert streamed.stdout == "saw\tO\nRome\tB-LOC\n\n"


def test_a_text_is_tagged_by_one_command(model: Path, corpus: Path) -> None:
    result = mner("tag", "saw Rome", "--model", model, "--format", "text")
    assert result.stdout.startswith("saw [Rome LOC 0.")


def test_corpora_are_checked_and_counted(corpus: Path, tmp_path: Path) -> None:
    found = json.loads(
        mner(
            "data",
            "check",
            corpus / "train.txt",
            corpus / "dev.txt",
            "--pictures",
            corpus / "images",
            "--json",
        ).stdout
    )
    assert found
    assert (
        "24 posts" in mner("data", "stats", corpus / "train.txt").stdout.replace("  ", " ")
        or "24" in mner("data", "stats", corpus / "train.txt").stdout
    )
    (tmp_path / "bad.txt").write_text("IMGID:1\na\tX\n")
    result = mner("data", "check", tmp_path / "bad.txt")
    assert result.exit_code == 1
    assert f"{tmp_path / 'bad.txt'}:2: tag 'X' is not one of" in result.stdout


def test_pictures_are_encoded_once(corpus: Path, tmp_path: Path) -> None:
    arguments = (
        "features",
        "extract",
        corpus / "train.txt",
        "--pictures",
        corpus / "images",
        "--out",
        tmp_path / "store",
    )
    assert "22 present, 1 absent, 1 unreadable" in mner(*arguments).stdout
    assert "22 present, 1 absent, 1 unreadable" in mner(*arguments).stdout
    assert (
        "22 present, 1 absent, 1 unreadable" in mner("features", "info", tmp_path / "store").stdout
    )
    assert (
        json.loads(mner("features", "info", tmp_path / "store", "--json").stdout)["encoder"]["name"]
        == "efficientnet-lite0"
    )


def test_a_model_is_exported(model: Path) -> None:
    assert mner("export", model).stdout.strip().endswith("emissions.onnx")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("evaluate", "none", "none.txt"), "none: there is no such folder: expected mner.json"),
        (
            ("tag", "--model", "none", "--input", "-"),
            "none: there is no such folder: expected mner.json",
        ),
        (("score", "none.txt", "none.txt"), "none.txt"),
        (("compare", "none.txt", "none.txt", "none.txt"), "none.txt"),
        (("train", "none.toml"), "none.toml: no such recipe: expected a file, or one of acn"),
        (("data", "stats", "none.txt"), "none.txt"),
        (("export", "none"), "none: there is no such folder"),
    ],
)
def test_errors_of_the_input_are_one_line_and_code_1(
    arguments: Sequence[str], message: str
) -> None:
    assert message in fails(*arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ("nothing",),
        ("evaluate",),
        ("score", "a", "b", "--scoring", "loose"),
        ("train", "--seed", "x", "r.toml"),
        ("train", "r.toml", "--jobs", "2"),
        ("train", "r.toml", "--test", "test.txt"),
        ("train", "r.toml", "--seeds", "0"),
        ("train", "r.toml", "--seeds", "2", "--seed", "1"),
        ("train", "r.toml", "--seeds", "2", "--set", "training.seed = 7"),
        ("train", "r.toml", "--seeds", "2", "--resume"),
        ("compare", "gold", "a"),
        ("compare", "gold", "a", "b", "--resamples", "99"),
        ("compare", "gold", "a", "b", "--resamples", "1000001"),
        ("evaluate", "m", "f", "--bootstrap", "99"),
        ("evaluate", "m", "f", "--bootstrap", "100000000000"),
        ("data", "check"),
        ("tag",),
        ("tag", "saw Rome", "--input", "-"),
        ("tag", "saw Rome", "--on-error", "skip"),
        ("tag", "--input", "-", "--picture", "p.jpg"),
        ("tag", "saw Rome", "--min-probability", "2"),
        ("tag", "saw Rome", "--min-probability", "nan"),
        ("tag", "saw Rome", "--explain", "--format", "html", "--model", "none"),
        ("tag", "saw Rome", "--explain", "--format", "conll", "--model", "none"),
        ("tag", "saw Rome", "--sort", "input", "--format", "jsonl", "--model", "none"),
        ("tag", "saw Rome", "--sort", "picture-effect", "--format", "html", "--model", "none"),
    ],
)
def test_wrong_usage_is_code_2(arguments: Sequence[str]) -> None:
    assert mner(*arguments).exit_code == 2


def test_a_reader_that_stops_is_no_error_of_ours(model: Path, corpus: Path) -> None:
    command = (
        f"{sys.executable} -m mner tag --model {model} --input {corpus / 'train.txt'} | head -n 1"
    )
    result = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert json.loads(result.stdout)["id"] == "0"
    assert "Traceback" not in result.stderr


def test_importing_and_helping_load_nothing_heavy() -> None:
    program = (
        "import sys\nfrom mner.cli import app\n"
        "try: app(['--help'])\nexcept SystemExit: pass\n"
        "assert not {'torch', 'accelerate', 'onnxruntime', 'PIL', 'jinja2'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "'saw Rome' >&-",
            "Error: standard output is closed: expected a place to write to; "
            "name a file by --output\n",
        ),
        ("--input - <&-", "Error: <stdin>: cannot be read: standard input is closed\n"),
        (
            "'saw Rome' --format text >/dev/full",
            "Error: <stdout>: cannot be written: No space left on device\n",
        ),
    ],
)
def test_standard_streams_that_are_closed_or_full(
    model: Path, arguments: str, message: str
) -> None:
    result = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m mner tag --model {model} {arguments}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (1, message)


def test_an_interrupt_while_modules_are_imported_is_quiet() -> None:
    program = (
        "import sys\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'click': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted())\n"
        "from mner.__main__ import main\n"
        "main()\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (result.returncode, result.stderr) == (130, b"")


def test_termination_leaves_no_temporary_file(model: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "mner",
        "tag",
        "--model",
        str(model),
        "--input",
        "-",
        "--output",
        str(tmp_path / "out.jsonl"),
    ]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b'{"text": "saw Rome"}\n')
        deadline = time.monotonic() + 60
        while not (tmp_path / "out.jsonl.part").is_file():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.terminate()
        assert process.wait(60) == 143
    # The post may have been tagged or not; what was tagged is kept.
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept in (set(), {"out.jsonl.part", "out.jsonl.part.json"})
