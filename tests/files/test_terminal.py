import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.files.terminal import escaped, one_line, shown

RULING = [
    chr(code)
    for code in range(0x110000)
    if unicodedata.category(chr(code)) in {"Cc", "Cs", "Zl", "Zp"}
    or unicodedata.bidirectional(chr(code)) in {"LRE", "RLE", "LRO", "RLO", "PDF"}
    or unicodedata.bidirectional(chr(code)) in {"LRI", "RLI", "FSI", "PDI"}
]


@pytest.mark.parametrize("character", [c for c in RULING if unicodedata.category(c) != "Cs"])
def test_no_character_that_rules_a_terminal_is_shown(character: str) -> None:
    expected = character if character in "\n\t" else "\ufffd"
    assert shown(f"a{character}b") == f"a{expected}b"
    assert len(one_line(f"a{character}b").splitlines()) == 1


def test_half_a_character_is_not_shown() -> None:
    assert shown("".join(c for c in RULING if unicodedata.category(c) == "Cs")) == "\ufffd" * 2048


@given(st.text(st.characters(exclude_characters=RULING)))
def test_all_other_text_is_shown_as_it_is(text: str) -> None:
    assert shown(text) == text


@given(st.text())
def test_json_keeps_its_content(text: str) -> None:
    document = escaped(json.dumps({text: [text]}, ensure_ascii=False, indent=2))
    assert json.loads(document) == {text: [text]}
    assert shown(document) == document
