import socket
from pathlib import Path

import pytest

from tests.cli.test_commands import fails, mner


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = fails("serve", "--port", port)
    assert f"cannot listen at 127.0.0.1, port {port}: " in line
    assert line.endswith("give another --host or --port")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--max-posts", "9", "--queue", "8"), "--max-posts 9 do not fit into --queue 8"),
        (("--max-body", "9", "--max-held", "8"), "--max-body 9000000 is more than --max-held"),
        (("--model", "=x"), "expected NAME=FOLDER or FOLDER"),
        (("--model", "nowhere"), "nowhere"),
        (("--token-file", "/dev/null"), "it is a device"),
        (("--host", "nowhere.invalid"), "cannot listen at nowhere.invalid"),
    ],
    ids=str,
)
def test_what_cannot_be_served_is_one_line(options: tuple[str, ...], message: str) -> None:
    assert message in fails("serve", "--port", "0", *options)


def test_a_token_that_is_too_short_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNER_TOKEN", "secret")
    line = fails("serve", "--port", "0")
    assert "MNER_TOKEN: expected a token of at least 16" in line
    assert "secret" not in line


def test_a_token_is_no_option(tmp_path: Path) -> None:
    assert mner("serve", "--token", "x" * 20).exit_code == 2
