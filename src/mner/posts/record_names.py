"""The keys of a post's JSON object under the names that other programs, or the user, give them."""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from mner.errors import InputError, quoted
from mner.posts.reading import Fields
from mner.posts.table_fields import KNOWN_NAMES

__all__ = ["KeyNames"]

_LOG = logging.getLogger(__name__)

_OWN_NAMES = {"text": ("text", "tokens"), "picture": ("picture", "pictures")}
"""The keys that `mner` itself has where they are not the role's own name alone."""
_OTHER_NAMES = {
    role: tuple(name for name in names if name not in _OWN_NAMES.get(role, (role,)))
    for role, names in KNOWN_NAMES.items()
}
_ALL_OTHER_NAMES = frozenset(name for names in _OTHER_NAMES.values() for name in names)


class KeyNames:
    """Gives the keys of objects the names that `mner` has for them, and says so once.

    Args:
        fields: how the user names them. Without a name of the user, `mner`'s own name comes before
            the usual ones of other programs.
        name: of the file, for what is said.
    """

    def __init__(self, fields: Fields | None, name: str) -> None:
        given = asdict(fields) if fields is not None else {}
        self._given: dict[str, str] = {role: key for role, key in given.items() if key is not None}
        self._name = name
        self._is_said = False

    def __call__(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return an object under `mner`'s names.

        Raises:
            InputError: a key that the user names is not there, or several may be the text.
        """
        if not self._given and _ALL_OTHER_NAMES.isdisjoint(record):
            return record
        keys: dict[str, str] = {}
        for role in KNOWN_NAMES:
            key = self._key(record, role)
            if key is not None and key != role:
                keys[role] = key
        if not keys:
            return record
        self._say(keys)
        taken = set(keys.values()) | set(keys)
        others = {key: value for key, value in record.items() if key not in taken}
        return {role: record[key] for role, key in keys.items()} | others

    def _key(self, record: Mapping[str, Any], role: str) -> str | None:
        """Return the key that holds the text, the id, the picture or the caption of a post."""
        given = self._given.get(role)
        if given is not None:
            if given not in record and role == "text":
                raise InputError(f"the object has no key {quoted(given)}, named by --text-field")
            return given if given in record else None
        if any(name in record for name in _OWN_NAMES.get(role, (role,))):
            return None
        kinds = (str, int, list) if role == "picture" else (str, int)
        known = [key for key in _OTHER_NAMES[role] if isinstance(record.get(key), kinds)]
        if role == "text" and len(known) > 1:
            listed = ", ".join(map(quoted, known))
            raise InputError(f"several keys may hold the text ({listed}): name one by --text-field")
        return known[0] if known else None

    def _say(self, keys: Mapping[str, str]) -> None:
        if self._is_said:
            return
        self._is_said = True
        listed = ", ".join(f"{role} in key {quoted(key)}" for role, key in keys.items())
        _LOG.info("%s: read as: JSONL, %s", self._name, listed)
