"""Text for people: without the characters by which a stranger's text would control a terminal.

Labels, ids, keys and file names come from files that others wrote. What is shown of them passes
through here; files for machines keep their content.
"""

import json
import re

__all__ = ["escaped", "one_line", "shown"]

_UNSAFE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters; one of them begins escape sequences
    "\u2028\u2029"  # ends of lines
    "\u202a-\u202e\u2066-\u2069"  # embeddings, overrides and isolates of bidirectional text
    "\ud800-\udfff"  # half a character, or a byte of a file's name that is no UTF-8
    "]"
)
_SPACE = re.compile(r"\s+")


def shown(text: str) -> str:
    """Return a text that can be shown on a terminal: U+FFFD stands for each unsafe character.

    Line feeds and tabs stay.
    """
    return _UNSAFE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """Return a text as `shown` does, on one line: a blank stands for all white space."""
    return shown(_SPACE.sub(" ", text))


def escaped(document: str) -> str:
    r"""Return a JSON document that can be shown, with the same content: `\u001b` for U+001B."""
    return _UNSAFE.sub(lambda character: json.dumps(character[0])[1:-1], document)
