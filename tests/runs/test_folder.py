import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest

from mner.errors import InputError, ModelError
from mner.runs.folder import read_runs
from mner.tagging.model_folder import load_network, read_model
from mner.training.train import train
from tests.tiny import tiny_recipe


@pytest.fixture(scope="module")
def trained(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "first"
    train(tiny_recipe(corpus), out)
    return out


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    """A copy, to be damaged."""
    return Path(shutil.copytree(trained, tmp_path / "first"))


def test_a_run_is_its_model_and_its_log(trained: Path) -> None:
    (run,) = read_runs([trained])
    log = [json.loads(line) for line in (trained / "log.jsonl").read_text().splitlines()]
    assert (run.name, len(run.epochs)) == ("first", len(log))
    assert asdict(run.dev) == log[run.best_epoch - 1]["dev"]
    assert run.dev.f1 == max(entry["dev"]["f1"] for entry in log)
    assert run.seconds == pytest.approx(
        sum(entry["train_seconds"] + entry["dev_seconds"] for entry in log)
    )


def test_versions_and_hardware_are_told_as_far_as_the_model_knows_them(run: Path) -> None:
    (one,) = read_runs([run])
    assert one.versions.keys() >= {"mner", "torch"}
    assert " cores of " in one.hardware
    about = run / "model" / "mner.json"
    about.write_text(
        json.dumps(
            {
                name: value
                for name, value in json.loads(about.read_text()).items()
                if name != "environment"
            }
        )
    )
    (older,) = read_runs([run])
    assert (list(older.versions), older.hardware) == (["mner"], "not recorded")


def test_parameters_are_those_of_the_network(trained: Path) -> None:
    (run,) = read_runs([trained])
    assert run.parameters == sum(
        tensor.numel() for tensor in load_network(read_model(trained)).state_dict().values()
    )


def test_runs_of_one_name_go_by_their_paths(run: Path, trained: Path) -> None:
    assert [one.name for one in read_runs([run, trained])] == [str(run), str(trained)]
    with pytest.raises(InputError, match="the run is given twice"):
        read_runs([run, run.parent / "." / "first"])


def test_what_is_no_finished_run_is_an_error(run: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere: not a run's folder: expected log\.jsonl in it"):
        read_runs([tmp_path / "nowhere"])
    with pytest.raises(
        InputError,
        match=r"not a run's folder, but one that holds runs: name them, such as .*first$",
    ):
        read_runs([run.parent])
    with pytest.raises(InputError, match="model: not a run's folder"):
        read_runs([run / "model"])
    shutil.rmtree(run / "model")
    with pytest.raises(InputError, match="the run has no model yet: let its training finish"):
        read_runs([run])


NUMBERS = '"epoch": 1, "loss": 1, "train_seconds": 1, "dev_seconds": 1'


@pytest.mark.parametrize(
    "line",
    [
        "{",
        '{"epoch": 1}',
        "[]",
        f'{{{NUMBERS}, "dev": {{}}}}',
        f'{{{NUMBERS}, "dev": {{"f1": 0.5}}}}',
        f'{{{NUMBERS}, "dev": []}}',
        "3",
    ],
)
def test_a_damaged_log_is_named_with_its_line(run: Path, line: str) -> None:
    with (run / "log.jsonl").open("a") as log:
        log.write(line + "\n")
    with pytest.raises(InputError, match=r"log\.jsonl:\d+: expected an entry of a training log"):
        read_runs([run])


def test_a_log_of_another_run_is_an_error(run: Path) -> None:
    (run / "log.jsonl").write_text("")
    with pytest.raises(InputError, match="0 epochs, but the model is from epoch"):
        read_runs([run])


@pytest.mark.parametrize(
    "content", [b"", b"\x05\0\0\0\0\0\0\0[1,2]", b"\xff" * 40], ids=["empty", "list", "noise"]
)
def test_damaged_weights_are_an_error(run: Path, content: bytes) -> None:
    (run / "model" / "network.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match="the weights cannot be read"):
        read_runs([run])
