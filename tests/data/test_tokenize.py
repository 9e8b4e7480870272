from hypothesis import given
from hypothesis import strategies as st

from mner.data.tokenize import tokenize


@given(text=st.text())
def test_tokens_are_what_split_gives(text: str) -> None:
    assert [text[start:end] for start, end in tokenize(text)] == text.split()
