import pytest

from mner.errors import clipped, quoted

ODD = "\x1b[31m \x07 \x9b2J \u202e \u2066 \r\n \x00 \u200b"


@pytest.mark.parametrize("length", [0, 1, 190, 198, 199, 200, 201, 1000])
def test_a_message_shows_at_most_200_characters(length: int) -> None:
    text = "x" * length
    assert clipped(text) == (text if length <= 200 else text[:197] + "...")
    assert quoted(text) == (repr(text) if length <= 198 else repr(text)[:197] + "...")
    for value in (text.encode(), [text], {text: text}, 10**length):
        assert len(quoted(value)) <= 200
    assert len(clipped("\x00" * length)) <= 200


def test_a_large_value_is_not_written_out_to_be_cut() -> None:
    class Text(str):
        def __getitem__(self, part: object) -> str:
            return "begin"

        def __repr__(self) -> str:
            raise AssertionError("the whole text was written out")

    assert quoted(Text("x")) == "'begin'"


def test_nothing_in_a_message_has_power_over_a_terminal() -> None:
    assert quoted(ODD).isprintable()
    assert clipped(ODD).isprintable()
    assert clipped("caf\u00e9 \U0001f600") == "caf\u00e9 \U0001f600"
    assert clipped("\x1b[0m") == "\\x1b[0m"
    assert clipped(ValueError("a\nb")) == "a\\nb"
