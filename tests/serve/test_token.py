from pathlib import Path

import pytest

from mner.errors import InputError
from mner.serve.token import VARIABLE, is_allowed, read_token

TOKEN = "0123456789abcdef"


def test_a_token_comes_from_a_file_or_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    assert read_token(file, {VARIABLE: "x" * 20}) == TOKEN
    assert read_token(None, {VARIABLE: TOKEN}) == TOKEN
    assert read_token(None, {}) is None


@pytest.mark.parametrize(
    "token", ["", "short", "with a blank in it", "ümlaute-im-token-x", "a\tb" * 9]
)
def test_a_token_that_protects_nothing_is_refused(tmp_path: Path, token: str) -> None:
    file = tmp_path / "token"
    file.write_text(token)
    with pytest.raises(InputError, match="expected a token of at least 16 printable ASCII"):
        read_token(file, {})
    with pytest.raises(InputError, match="MNER_TOKEN: expected a token"):
        read_token(None, {VARIABLE: token})


def test_a_file_without_end_is_not_read() -> None:
    with pytest.raises(OSError, match="it is a device"):
        read_token(Path("/dev/zero"), {})


def test_the_scheme_may_be_written_in_any_case() -> None:
    assert is_allowed(f"bearer {TOKEN}", TOKEN)
    assert not is_allowed(None, TOKEN)
    assert not is_allowed(f"Bearer {TOKEN[:-1]}", TOKEN)
