"""The pages with programs: each Python block runs, and prints what the page says it prints."""

import contextlib
import io
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import mypy.api
import pytest
from accelerate.commands.launch import launch_command_parser
from click.testing import CliRunner
from PIL import Image
from torch.distributed.run import get_args_parser as torchrun_parser

from mner.cli import app
from mner.recipe.read import to_toml
from mner.serve.label_studio_config import read_interface
from mner.training.train import train
from tests.pictures.encoders.test_onnx_vision import write_graph
from tests.serve.test_process import serving
from tests.tiny import imgid_text, tiny_caption_recipe, tiny_recipe

DOCS = Path(__file__).parents[1] / "docs"
_BLOCK = re.compile(r"^```python\n(.*?)^```\n\s*^```text\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"^mner .*$", re.MULTILINE)
"""A command; those that are continued on further lines are joined before."""
_JSON = re.compile(r"^```json\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(name: str) -> list[tuple[str, str]]:
    """The Python blocks of a page, each with the output that stands below it."""
    return _BLOCK.findall(page(name))


def commands_of(name: str) -> list[str]:
    return _COMMAND.findall(page(name).replace("\\\n", ""))


def printed(code: str, name: str, variables: dict[str, Any]) -> str:
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(code, name, "exec"), variables)
    return output.getvalue()


@pytest.fixture(scope="module")
def folder(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the programs of the API's page run: its models and its `posts.jsonl` are there."""
    place = tmp_path_factory.mktemp("api")
    for name, recipe in (
        ("text-only", tiny_recipe(corpus)),
        ("acn-captions", tiny_caption_recipe(corpus)),
    ):
        model = train(recipe, place / name).model
        (place / "runs").mkdir(exist_ok=True)
        model.rename(place / "runs" / f"{name}-seed0")
    (posts,) = _JSON.findall(page("api.md"))
    (place / "posts.jsonl").write_text(posts, encoding="utf-8")
    (place / "dev.txt").write_bytes((corpus / "dev.txt").read_bytes())
    (place / "test.txt").write_text(imgid_text(9, ending="again"))
    (place / "text-only.toml").write_text(to_toml(tiny_recipe(corpus)))
    with contextlib.chdir(place):
        yield place


@pytest.fixture
def cache_folder(pytestconfig: pytest.Config) -> Path:
    """Where mypy keeps what it knows of the imported packages, so that later runs are quick."""
    assert pytestconfig.cache is not None
    return pytestconfig.cache.mkdir("mypy")


@pytest.mark.parametrize("number", [0, 1])
def test_attention_prints_what_it_says(number: int) -> None:
    code, expected = blocks("attention.md")[number]
    assert printed(code, f"attention.md, block {number}", {}) == expected


def test_the_api_does_what_its_page_says(folder: Path) -> None:
    variables: dict[str, Any] = {}
    for number, (code, expected) in enumerate(blocks("api.md")):
        assert printed(code, f"api.md, block {number}", variables) == expected, code


@pytest.mark.parametrize("name", ["api.md", "extending.md"])
def test_programs_pass_a_strict_check_of_types(
    tmp_path: Path, cache_folder: Path, name: str
) -> None:
    program = tmp_path / "program.py"
    program.write_text("\n".join(code for code, _ in blocks(name)), encoding="utf-8")
    # Packages that come without types; those of mner are checked as in a user's program.
    (tmp_path / "mypy.ini").write_text(
        f"[mypy]\nstrict = true\nmypy_path = {DOCS.parent / 'src'}\ncache_dir = {cache_folder}\n"
        "[mypy-pandas.*,polars.*,spacy.*]\nignore_missing_imports = true\n"
    )
    output, errors, _ = mypy.api.run([f"--config-file={tmp_path / 'mypy.ini'}", str(program)])
    assert output.startswith("Success: no issues found"), output + errors


def test_the_evaluation_page_does_what_it_says(folder: Path, corpus: Path) -> None:
    for source, name in (
        ("train.txt", "train.txt"),
        ("dev.txt", "test.txt"),
        ("captions.jsonl", "captions.jsonl"),
    ):
        (folder / name).write_bytes((corpus / source).read_bytes())
    for seed in (1, 2):
        for system in ("text-only", "co-attention"):
            (folder / f"{system}-{seed}.txt").write_bytes((corpus / "dev.txt").read_bytes())
    commands = commands_of("evaluation.md")
    assert len(commands) == 6
    for command in commands:
        result = CliRunner().invoke(app, shlex.split(command)[1:])
        assert result.exit_code == 0, f"{command}\n{result.output}"
    variables: dict[str, Any] = {}
    for number, (code, expected) in enumerate(blocks("evaluation.md")):
        assert printed(code, f"evaluation.md, block {number}", variables) == expected, code


def test_the_page_on_probabilities_does_what_it_says(folder: Path) -> None:
    (folder / "annotated.txt").write_text(imgid_text(30, ending="again"))
    (folder / "few.txt").write_text(imgid_text(3, ending="again"))
    commands = commands_of("probabilities.md")
    assert len(commands) == 2
    printed = ""
    for command in [*commands, commands[0].replace("annotated.txt", "few.txt")]:
        result = CliRunner().invoke(app, shlex.split(command)[1:])
        assert result.exit_code == ("few.txt" in command), f"{command}\n{result.output}"
        printed += result.output
    answers = re.findall(
        r"^```text\n(.*?)^```$", page("probabilities.md"), re.DOTALL | re.MULTILINE
    )
    assert len(answers) == 2
    for answer in answers:
        assert answer in printed


def test_the_page_on_extending_does_what_it_says(corpus: Path, tmp_path: Path) -> None:
    shutil.copytree(corpus, tmp_path, dirs_exist_ok=True)
    (tmp_path / "acn.toml").write_text(to_toml(tiny_caption_recipe(corpus)))
    variables: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.chdir(tmp_path):
        for number, (code, expected) in enumerate(blocks("extending.md")):
            assert printed(code, f"extending.md, block {number}", variables) == expected, code


def test_the_page_on_annotating_does_what_it_says(tmp_path: Path) -> None:
    (interface,) = re.findall(
        r"^```xml\n(.*?)^```$", page("annotation.md"), re.DOTALL | re.MULTILINE
    )
    assert len(read_interface(interface).texts[0].labels) == 5
    entity = {"start": 1, "end": 2, "label": "LOC"}
    post = {"id": "1", "tokens": ["in", "Rome"], "entities": [entity]}
    (tmp_path / "tagged.jsonl").write_text(json.dumps(post))
    (tmp_path / "posts.csv").write_text("id,text\n1,saw Ann\n2,rain\n")
    commands = commands_of("annotation.md")
    (served,) = (command for command in commands if command.startswith("mner serve"))
    app.commands["serve"].make_context("serve", shlex.split(served)[2:])
    commands.remove(served)
    (asking,) = (command for command in commands if "--endpoint " in command)
    app.commands["tag"].make_context("tag", shlex.split(asking)[2:])
    commands.remove(asking)
    assert len(commands) == 4
    with contextlib.chdir(tmp_path):
        for command in commands:
            result = CliRunner().invoke(app, shlex.split(command)[1:])
            assert result.exit_code == 0, f"{command}\n{result.output}"
            if "tasks.json" in command:
                shutil.copy("tasks.json", "exported.json")
    assert "Rome" in (tmp_path / "annotated.jsonl").read_text()
    assert len(json.loads((tmp_path / "ranked.json").read_text())) == 2


def test_the_page_on_training_does_what_it_says(
    corpus: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="mner")
    (tmp_path / "text-only.toml").write_text(to_toml(tiny_recipe(corpus)))
    commands = commands_of("training.md")
    assert len(commands) == 4
    with contextlib.chdir(tmp_path):
        for command in commands:
            result = CliRunner().invoke(app, shlex.split(command)[1:])
            assert result.exit_code == 0, f"{command}\n{result.output}"
    assert "the run was planned for 2 epochs and now has 4" in caplog.text
    assert list((tmp_path / "shown").rglob("events.out.tfevents.*"))


def test_launchers_accept_the_commands_of_the_page_on_training() -> None:
    launched = re.findall(r"^(?:torchrun|accelerate launch) .*$", page("training.md"), re.MULTILINE)
    parsers = (torchrun_parser(), launch_command_parser())
    for line, parser in zip(launched, parsers, strict=True):
        given = parser.parse_args(shlex.split(line.removeprefix("accelerate"))[1:])
        assert (given.module, given.training_script) == (True, "mner")
        command, *arguments = given.training_script_args
        app.commands[command].make_context(command, arguments)


def test_the_page_on_pages_does_what_it_says(folder: Path, tmp_path: Path) -> None:
    posts = '{"id": "1", "text": "saw Ann", "picture": "p.jpg"}\n{"id": "2", "text": "saw Rome"}\n'
    (tmp_path / "posts.jsonl").write_text(posts, encoding="utf-8")
    (tmp_path / "captions.jsonl").write_text(
        '{"id": "p.jpg", "short": "a man"}\n', encoding="utf-8"
    )
    (tmp_path / "images").mkdir()
    plain, explained = commands_of("pages.md")
    explained = explained.replace("runs/", f"{folder}/runs/")
    with contextlib.chdir(tmp_path):
        for command in (plain, explained):
            result = CliRunner().invoke(app, shlex.split(command)[1:])
            assert result.exit_code == 0, f"{command}\n{result.output}"
    assert "Ann" in (tmp_path / "posts.html").read_text(encoding="utf-8")
    assert "with the caption" in (tmp_path / "explained.html").read_text(encoding="utf-8")


def test_the_page_on_reports_does_what_it_says(corpus: Path, tmp_path: Path) -> None:
    captions = tiny_caption_recipe(corpus)
    again = replace(captions, training=replace(captions.training, seed=1))
    train(tiny_recipe(corpus), tmp_path / "runs" / "text-only-seed0")
    train(captions, tmp_path / "runs" / "acn-captions-seed0")
    train(again, tmp_path / "runs" / "acn-captions-seed1")
    (tmp_path / "valid.txt").write_bytes((corpus / "dev.txt").read_bytes())
    (tmp_path / "captions.jsonl").write_bytes((corpus / "captions.jsonl").read_bytes())
    (command,) = commands_of("report.md")
    with contextlib.chdir(tmp_path):
        result = CliRunner().invoke(app, shlex.split(command)[1:])
    assert result.exit_code == 0, result.output
    assert "What the caption does" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_page_on_pictures_does_what_it_says(corpus: Path, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers", reason="needs the extra `transformers`")
    shutil.copytree(corpus, tmp_path, dirs_exist_ok=True)
    write_graph(tmp_path / "tiny.onnx", shape=(1, 3, 8, 8))
    settings = transformers.Dinov2Config(
        hidden_size=24, num_hidden_layers=1, num_attention_heads=2, image_size=32, patch_size=8
    )
    transformers.Dinov2Model(settings).save_pretrained(tmp_path / "dinov2-tiny")
    said = {
        "crop_size": {"height": 32, "width": 32},
        "do_center_crop": True,
        "image_mean": [0.485, 0.456, 0.406],
        "image_std": [0.229, 0.224, 0.225],
    }
    (tmp_path / "dinov2-tiny" / "preprocessor_config.json").write_text(json.dumps(said))
    # The last two want weights that have to be downloaded.
    commands = commands_of("pictures.md")[:-2]
    assert len(commands) == 5
    variables: dict[str, Any] = {}
    with contextlib.chdir(tmp_path):
        for command in commands:
            result = CliRunner().invoke(app, shlex.split(command)[1:])
            assert result.exit_code == 0, f"{command}\n{result.output}"
        for number, (code, expected) in enumerate(blocks("pictures.md")):
            assert printed(code, f"pictures.md, block {number}", variables) == expected, code


def test_the_page_on_serving_does_what_it_says(tmp_path: Path) -> None:
    with serving(folder=tmp_path) as service:
        own = f"127.0.0.1:{service.port}"
        variables: dict[str, Any] = {}
        for number, (code, expected) in enumerate(blocks("serving.md")):
            program = code.replace("127.0.0.1:8000", own)
            assert printed(program, f"serving.md, block {number}", variables) == expected, code


def test_the_requests_of_the_page_on_serving_are_answered(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    Image.new("RGB", (20, 20)).save(tmp_path / "picture.jpg")
    commands = re.findall(r"^curl .*$", page("serving.md").replace("\\\n", ""), re.MULTILINE)
    assert len(commands) == 3
    with serving(folder=tmp_path) as service:
        for command in commands:
            words = shlex.split(command.replace("127.0.0.1:8000", f"127.0.0.1:{service.port}"))
            answer = subprocess.check_output([*words, "--silent", "--fail"], cwd=tmp_path)
            assert json.loads(answer)["entities"]


def test_the_page_on_serving_names_every_option_and_its_default() -> None:
    command = app.commands["serve"]
    rows = {
        f"| `{option.opts[0]}` | {shown_default(option)} | {option.help} |"
        for option in command.params
        if isinstance(option, click.Option)
    }
    table = page("serving.md").partition("## Options")[2]
    assert {line for line in table.splitlines() if line.startswith("| `")} == rows
    for line in [*commands_of("serving.md"), *commands_of("page.md")]:
        command.make_context("serve", shlex.split(line)[2:])


def shown_default(option: click.Option) -> str:
    is_shown = isinstance(option.default, int | str) and not option.is_flag
    return str(option.default) if is_shown else ""


@pytest.mark.parametrize(
    "name", ["attention.md", "api.md", "evaluation.md", "extending.md", "pictures.md", "serving.md"]
)
def test_every_python_block_has_its_output(name: str) -> None:
    assert len(blocks(name)) == page(name).count("```python\n") > 1


def test_an_archive_is_tagged_and_read_as_the_page_says(tmp_path: Path) -> None:
    command = commands_of("scale.md")[0]
    (program,) = re.findall(r"^```python\n(.*?)^```$", page("scale.md"), re.DOTALL | re.MULTILINE)
    with contextlib.chdir(tmp_path):
        (tmp_path / "posts.jsonl").write_text('{"text": "Ann Lee landed in Lisbon"}\n')
        result = CliRunner().invoke(app, shlex.split(command)[1:])
        assert result.exit_code == 0, result.output
        output = printed(program, "scale.md", {})
    assert output.startswith("1 [")
    assert "'text': 'Lisbon'" in output
