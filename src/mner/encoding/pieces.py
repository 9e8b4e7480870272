"""Words to the word pieces of a pretrained transformer: the first piece of each word, and posts that are too long read in windows."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mner.encoding.vocab import URL_WORD, normalise
from mner.errors import InputError, MissingExtraError
from mner.types import Ints

__all__ = ["Pieces"]

_TOKENIZER, _SPECIAL = "tokenizer.json", "pieces.json"
_LONGEST = 512
"""Pieces in a window at most; attention grows with the square of them."""
_PIECES_OF_A_WORD = 16
"""More add nothing to what the first piece says; a pasted line without blanks would have hundreds."""
_URL = "http"
"""Read in place of a URL, whose pieces are many and mean nothing."""


_PLACES = ("/", ".", "~")
"""What names of folders begin with that no name of the hub does."""


@dataclass(frozen=True)
class _Special:
    """The pieces that stand for no part of a word, and how many pieces may be read at once."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    unknown: int
    padding: int
    longest: int
    """Pieces in a window, those before and after included."""
    blank: str
    """Put before every word: a blank for a tokenizer of bytes, to which a word after one is another than at the start of a text."""


class Pieces:
    """The tokenizer of a pretrained transformer, applied word by word, so that a word always has the same pieces."""

    def __init__(self, tokenizer: Any, special: _Special) -> None:
        """Take a `tokenizers.Tokenizer`; `pretrained` and `open` make one."""
        self._tokenizer = tokenizer
        self._special = special
        tokenizer.no_padding()
        tokenizer.no_truncation()

    @classmethod
    def pretrained(cls, name: str) -> "Pieces":
        """The tokenizer of a local folder or of a name on the Hugging Face hub.

        Raises:
            InputError: there is no such tokenizer, or it has no `tokenizer.json` and cannot be converted to one.
            MissingExtraError: transformers is not installed.
        """
        try:
            from transformers import AutoConfig, AutoTokenizer
        except ImportError as exc:
            raise MissingExtraError("A pretrained transformer", "transformers") from exc
        if name.startswith(_PLACES) and not Path(name).is_dir():
            raise InputError(
                f"transformer.model {name!r}: no such folder: expected one with config.json, tokenizer.json and model.safetensors, or a hub's name"
            )
        try:
            tokenizer = AutoTokenizer.from_pretrained(name, use_fast=True)
            positions = (
                getattr(AutoConfig.from_pretrained(name), "max_position_embeddings", None) or 0
            )
        except (OSError, ValueError, ImportError) as exc:
            raise InputError(
                f"transformer.model {name!r}: no tokenizer can be loaded ({' '.join(str(exc).split())})"
            ) from exc
        if not tokenizer.is_fast:
            raise InputError(
                f"transformer.model {name!r}: expected a tokenizer with a tokenizer.json (a `fast` one), got {type(tokenizer).__name__}"
            )
        ids = tokenizer("a", add_special_tokens=True, return_special_tokens_mask=True)
        first, last = (
            ids["special_tokens_mask"].index(0),
            len(ids["input_ids"]) - ids["special_tokens_mask"][::-1].index(0),
        )
        alone, after_blank = (
            tokenizer(text, add_special_tokens=False)["input_ids"] for text in ("a", " a")
        )
        padding = tokenizer.pad_token_id or 0
        special = _Special(
            before=tuple(ids["input_ids"][:first]),
            after=tuple(ids["input_ids"][last:]),
            unknown=padding if tokenizer.unk_token_id is None else tokenizer.unk_token_id,
            padding=padding,
            # RoBERTa counts positions from 2 and says that it has 514; encoders with relative positions have none, or -1.
            longest=min(
                tokenizer.model_max_length, positions - 2 if positions > 0 else _LONGEST, _LONGEST
            ),
            blank=" " if after_blank != alone and len(after_blank) == len(alone) else "",
        )
        return cls(tokenizer.backend_tokenizer, special)

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
        values = json.loads((folder / _SPECIAL).read_text(encoding="utf-8"))
        special = _Special(
            **{**values, "before": tuple(values["before"]), "after": tuple(values["after"])}
        )
        text = (folder / _TOKENIZER).read_text(encoding="utf-8")
        try:
            return cls(Tokenizer.from_str(text), special)
        except Exception as exc:  # tokenizers raises nothing more exact
            raise InputError(f"{folder / _TOKENIZER}: no tokenizer ({exc})") from exc

    def save(self, folder: Path) -> None:
        """Write all that is needed to make the same pieces, without the package transformers."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _TOKENIZER).write_text(self._tokenizer.to_str(), encoding="utf-8")
        (folder / _SPECIAL).write_text(
            json.dumps(asdict(self._special), indent=1) + "\n", encoding="utf-8"
        )

    @property
    def padding(self) -> int:
        """What fills windows up."""
        return self._special.padding

    def of_words(self, words: Sequence[str]) -> list[tuple[int, ...]]:
        """The pieces of each word, at least one: the unknown piece for a word of which the tokenizer leaves nothing."""
        read = [
            self._special.blank + (_URL if normalise(word) == URL_WORD else word) for word in words
        ]
        encoded = self._tokenizer.encode_batch(read, add_special_tokens=False)
        return [tuple(one.ids[:_PIECES_OF_A_WORD]) or (self._special.unknown,) for one in encoded]

    def windows(self, words: Sequence[Sequence[int]]) -> tuple[list[Ints], Ints]:
        """Lay the pieces of a post's words in windows, one in nearly every case.

        Args:
            words: the pieces of each of T words.

        Returns:
            The windows, with the special pieces around; and (T, 2), for each word the window and the place in it of its first piece.
            Windows overlap by half, and a word is taken from the one in whose middle it is nearest.
        """
        flat = [piece for word in words for piece in word]
        firsts = np.cumsum([0, *(len(word) for word in words[:-1])])  # (T,)
        before, after = self._special.before, self._special.after
        room = self._special.longest - len(before) - len(after)
        starts = np.array(
            [*range(0, max(len(flat) - room, 0), room // 2), max(len(flat) - room, 0)]
        )
        window = np.abs(firsts[:, None] - (starts + room / 2)).argmin(axis=1)
        windows = [
            np.array([*before, *flat[start : start + room], *after], dtype=np.int64)
            for start in starts.tolist()
        ]
        return windows, np.stack([window, firsts - starts[window] + len(before)], axis=1)
