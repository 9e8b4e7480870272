from dataclasses import dataclass
from pathlib import Path

import pytest

from mner.errors import InputError, ModelError
from mner.files.load import read_json, read_toml


@dataclass(frozen=True)
class Point:
    x: int
    y: float = 0.5


def test_json_and_toml_become_values_of_a_type(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"x": 1, "y": 2, "z": "passed over"}')
    (tmp_path / "a.toml").write_text("\ufeffx = 1\n", encoding="utf-8")
    assert read_json(tmp_path / "a.json", Point, advice="copy it again") == Point(1, 2.0)
    assert read_toml(tmp_path / "a.toml", Point, advice="copy it again") == Point(1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"x": "1"}', r"Expected `int`, got `str` - at `\$\.x`: copy it again"),
        (b'{"y": 1}', "missing required field `x`: copy it again"),
        (b'{"x": 1, "y": NaN}', "JSON is malformed: .*: copy it again"),
        (b'{"x": 1e999}', "copy it again"),
        (b"\xff", "copy it again"),
        (b'{"x": 1, "z": ' + b"[" * 100_000, "nested too deeply: copy it again"),
        (b"", "Input data was truncated: copy it again"),
        (b'{"x": ' + b"1" * 5000 + b"}", "copy it again"),
        (b'{"x": 1, "y": 1e999}', "Number out of range .*: copy it again"),
        (b'{"x": 1, "y": -Infinity}', "JSON is malformed: .*: copy it again"),
        (b"[1]", "Expected `object`, got `array`: copy it again"),
        (b'{"x": 1}{', "JSON is malformed: trailing characters .*: copy it again"),
    ],
)
def test_what_is_wrong_with_json_is_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(ModelError, match=message) as caught:
        read_json(tmp_path / "a.json", Point, advice="copy it again", error=ModelError)
    assert str(caught.value).startswith(f"{tmp_path / 'a.json'}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('x = "1"', r"Expected `int`, got `str` - at `\$\.x`: copy it again"),
        ("x = ", "Invalid value .*: copy it again"),
        ("x = " + "[" * 100_000, "nested too deeply: copy it again"),
        ("x = " + "1" * 5000, "Exceeds the limit .* for integer string conversion.*: copy it"),
        ("x = 0x" + "f" * 5000, "expected integers of 64 bits, got one of 20000: copy it again"),
        ("x = [{y = 9223372036854775808}]", "expected integers of 64 bits, got one of 64: copy"),
        ("x = nan", r"Expected `int`, got `float` - at `\$\.x`: copy it again"),
        ("x = 1979-02-30", "Invalid date or datetime .*: copy it again"),
    ],
)
def test_what_is_wrong_with_toml_is_one_line(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "a.toml").write_text(content)
    with pytest.raises(InputError, match=message):
        read_toml(tmp_path / "a.toml", Point, advice="copy it again")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for read in (read_json, read_toml):
        with pytest.raises(InputError, match=r"none: cannot be read \(No such file or directory"):
            read(tmp_path / "none", Point, advice="copy it again")
