import subprocess
import sys
from pathlib import Path

import pytest

from mner.errors import InputError
from mner.serve.models import named_model
from mner.tagging.hub.local import local_folder
from mner.tagging.hub.reference import HubReference, is_hub_address, parse_reference
from mner.tagging.starter import starter_model


@pytest.mark.parametrize(
    ("text", "repository", "revision"),
    [
        ("ann/tweets", "ann/tweets", None),
        ("hf://ann/tweets", "ann/tweets", None),
        ("hf://ann/tweets@v1.0", "ann/tweets", "v1.0"),
        ("ann/a.b-c_d@refs/pr/1", "ann/a.b-c_d", "refs/pr/1"),
    ],
)
def test_references_are_read(text: str, repository: str, revision: str | None) -> None:
    reference = parse_reference(text)
    assert reference == HubReference(repository, revision)
    assert str(reference) == text.removeprefix("hf://")
    assert reference.name == repository.partition("/")[2]


@pytest.mark.parametrize(
    "text", ["", "ann", "ann/", "/tweets", "a/b/c", "a/b@", "a/b@x y", "a/b@..", "../b", "-a/b"]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="expected the name of a model on the hub"):
        parse_reference(text)


def test_a_path_is_an_address_only_with_the_prefix() -> None:
    assert is_hub_address("hf://ann/tweets")
    assert is_hub_address(Path("hf://ann/tweets"))
    assert not is_hub_address("ann/tweets")
    assert local_folder("ann/tweets") == Path("ann/tweets")
    assert local_folder(Path("runs")) == Path("runs")


def test_a_served_model_has_the_name_of_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mner.serve.models.local_folder", lambda text: Path("fetched", text))
    assert named_model("hf://ann/tweets@v1").name == "tweets"
    assert named_model("new=hf://ann/tweets").name == "new"
    assert named_model("new=runs/a").folder == Path("fetched/runs/a")


def test_the_client_is_imported_for_addresses_only() -> None:
    program = (
        f"import sys, mner; mner.load({str(starter_model())!r})\n"
        "assert 'huggingface_hub' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
