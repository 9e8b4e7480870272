"""Words to the word pieces of a pretrained transformer, and posts to spans of pieces."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mner.encoding.vocab import URL_WORD, normalise
from mner.errors import InputError, MissingExtraError, clipped, quoted
from mner.files.load import read_json, read_text
from mner.types import Ints

__all__ = ["PIECES_FILES", "PieceSpans", "Pieces"]

_TOKENIZER, _SPECIAL = "tokenizer.json", "pieces.json"
PIECES_FILES = (_TOKENIZER, _SPECIAL)
"""The files that `Pieces.save` writes."""
_ADVICE = "expected what `Pieces.save` wrote"
_LONGEST = 512
"""The most pieces in a span; the cost of attention grows with their square."""
_PIECES_OF_A_WORD = 16
"""The most pieces of a word that are read. More add nothing to what the first piece says; a pasted
line without blanks has hundreds."""
_URL = "http"
"""Read in place of a URL, whose pieces are many and mean nothing."""
_FOLDER_SIGNS = ("/", ".", "~")
"""Names of folders may begin with these; names of the hub never do."""


class PieceSpans(NamedTuple):
    """The word pieces of a post of T words, in spans that the transformer can read at once."""

    spans: tuple[Ints, ...]
    """The pieces of each span, special pieces included; nearly always a single span."""
    first_pieces: Ints
    """(T, 2): for each word, the span and the position in it of the word's first piece."""


@dataclass(frozen=True)
class _Special:
    """The pieces beside those of words, and how many pieces may be read at once."""

    before: tuple[int, ...]
    """Pieces at the start of every span."""
    after: tuple[int, ...]
    """Pieces at the end of every span."""
    unknown: int
    padding: int
    longest: int
    """Pieces in a span at most, those before and after included."""
    blank: str
    """Put before every word: a blank for a tokenizer of bytes, for which a word after a blank
    differs from a word at the start of a text."""


class Pieces:
    """The tokenizer of a pretrained transformer.

    It is applied word by word, so that a word always has the same pieces.

    Args:
        tokenizer: a `tokenizers.Tokenizer`; `pretrained` and `open` make one.
        special: the pieces beside those of words.
    """

    def __init__(self, tokenizer: Any, special: _Special) -> None:
        self._tokenizer = tokenizer
        self._special = special
        tokenizer.no_padding()
        tokenizer.no_truncation()

    @classmethod
    def pretrained(cls, name: str) -> "Pieces":
        """Load the tokenizer of a local folder, or of a name on the Hugging Face hub.

        Raises:
            InputError: there is no such tokenizer, or it has no `tokenizer.json` and cannot be
                converted to one.
            MissingExtraError: transformers is not installed.
        """
        try:
            from transformers import AutoConfig, AutoTokenizer
        except ImportError as exc:
            raise MissingExtraError("A pretrained transformer", "transformers") from exc
        if name.startswith(_FOLDER_SIGNS) and not Path(name).is_dir():
            raise InputError(
                f"transformer.model {quoted(name)}: no such folder: expected one with config.json, "
                "tokenizer.json and model.safetensors, or a name of the Hugging Face hub"
            )
        try:
            tokenizer = AutoTokenizer.from_pretrained(name, use_fast=True)
            config = AutoConfig.from_pretrained(name)
        except (OSError, ValueError, ImportError) as exc:
            reason = " ".join(str(exc).split())
            raise InputError(
                f"transformer.model {quoted(name)}: no tokenizer can be loaded ({clipped(reason)})"
            ) from exc
        if not tokenizer.is_fast:
            raise InputError(
                f"transformer.model {quoted(name)}: expected a tokenizer with a tokenizer.json "
                f"(a `fast` one), got {type(tokenizer).__name__}"
            )
        return cls(tokenizer.backend_tokenizer, _special_pieces(tokenizer, config))

    @classmethod
    def open(cls, folder: Path) -> "Pieces":
        """Read what `save` wrote.

        Raises:
            InputError: the tokenizer is damaged.
            MissingExtraError: the package tokenizers is not installed.
        """
        try:
            from tokenizers import Tokenizer
        except ImportError as exc:
            raise MissingExtraError(
                "A model with a pretrained transformer", "transformers"
            ) from exc
        special = read_json(folder / _SPECIAL, _Special, advice=_ADVICE)
        text = read_text(folder / _TOKENIZER, advice=_ADVICE)
        try:
            tokenizer = Tokenizer.from_str(text)
        except Exception as exc:  # tokenizers raises nothing more exact
            raise InputError(f"{folder / _TOKENIZER}: no tokenizer ({clipped(exc)})") from exc
        pieces = (*special.before, *special.after, special.unknown, special.padding)
        count = tokenizer.get_vocab_size()
        room = special.longest - len(special.before) - len(special.after)
        if not all(0 <= piece < count for piece in pieces) or not 2 <= room <= _LONGEST:
            raise InputError(
                f"{folder / _SPECIAL}: expected pieces among the {count} of the tokenizer, and "
                f"room for others in a span, got {special}"
            )
        return cls(tokenizer, special)

    def save(self, folder: Path) -> None:
        """Write all that is needed to make the same pieces without the package transformers."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _TOKENIZER).write_text(self._tokenizer.to_str(), encoding="utf-8")
        special = json.dumps(asdict(self._special), indent=1) + "\n"
        (folder / _SPECIAL).write_text(special, encoding="utf-8")

    @property
    def padding(self) -> int:
        """The piece that fills up short spans."""
        return self._special.padding

    def of_words(self, words: Sequence[str]) -> list[tuple[int, ...]]:
        """Return the pieces of each word, at least one.

        A word of which the tokenizer leaves nothing has the unknown piece.
        """
        texts = [self._special.blank + _as_read(word) for word in words]
        encodings = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        unknown = (self._special.unknown,)
        return [tuple(encoding.ids[:_PIECES_OF_A_WORD]) or unknown for encoding in encodings]

    def lay_out(self, words: Sequence[Sequence[int]]) -> PieceSpans:
        """Put the pieces of a post's words into spans.

        Spans overlap by half. A word is taken from the span whose middle is nearest to it.

        Args:
            words: the pieces of each of T words.
        """
        pieces = list(chain.from_iterable(words))
        firsts = np.cumsum([0, *map(len, words[:-1])])  # (T,)
        before, after = self._special.before, self._special.after
        room = self._special.longest - len(before) - len(after)

        # A start at every half of a span, and the last span ends with the post.
        last_start = max(len(pieces) - room, 0)
        starts = np.array([*range(0, last_start, room // 2), last_start])  # (W,)
        nearest = np.abs(firsts[:, None] - (starts + room / 2)).argmin(axis=1)  # (T,)

        spans = []
        for start in starts.tolist():
            span = [*before, *pieces[start : start + room], *after]
            spans.append(np.array(span, dtype=np.int64))
        positions = firsts - starts[nearest] + len(before)  # (T,)
        return PieceSpans(tuple(spans), np.stack([nearest, positions], axis=1))


def _special_pieces(tokenizer: Any, config: Any) -> _Special:
    """Find out what a tokenizer of transformers puts around words.

    It is asked for the pieces of the text "a", with special pieces and without.
    """
    encoded = tokenizer("a", add_special_tokens=True, return_special_tokens_mask=True)
    ids, is_special = encoded["input_ids"], encoded["special_tokens_mask"]
    first = is_special.index(0)
    end = len(ids) - is_special[::-1].index(0)
    alone = tokenizer("a", add_special_tokens=False)["input_ids"]
    after_blank = tokenizer(" a", add_special_tokens=False)["input_ids"]
    blank_matters = after_blank != alone and len(after_blank) == len(alone)
    padding = tokenizer.pad_token_id or 0
    unknown = tokenizer.unk_token_id
    return _Special(
        before=tuple(ids[:first]),
        after=tuple(ids[end:]),
        unknown=padding if unknown is None else unknown,
        padding=padding,
        longest=min(tokenizer.model_max_length, _position_count(config), _LONGEST),
        blank=" " if blank_matters else "",
    )


def _position_count(config: Any) -> int:
    """Return how many pieces a transformer has positions for, or the bound where it says nothing.

    RoBERTa counts positions from 2 and says that it has 514. Encoders with relative positions
    have no such number, or -1.
    """
    positions = getattr(config, "max_position_embeddings", None) or 0
    return positions - 2 if positions > 0 else _LONGEST


def _as_read(word: str) -> str:
    return _URL if normalise(word) == URL_WORD else word
