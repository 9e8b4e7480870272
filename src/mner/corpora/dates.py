"""The day on which a post was written, from the fields that are kept with it."""

import re
from collections.abc import Mapping

__all__ = ["day_of"]

_FIELDS = ("created_at", "date", "timestamp", "time")
_ISO = re.compile(r"(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?!\d)", re.ASCII)
_TWITTER = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (0[1-9]|[12]\d|3[01]) \d\d:\d\d:\d\d [+-]\d{4} (\d{4})",
    re.ASCII,
)
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905


def day_of(extra: Mapping[str, object] | None) -> str | None:
    """Return the day as `2026-11-25`, in the time zone in which it is written; None without one.

    Args:
        extra: the other fields of a post, of which `created_at`, `date`, `timestamp` and `time` are
            looked at; ISO 8601 and the form of Twitter (`Wed Nov 25 18:00:00 +0000 2026`) are read.
    """
    for name in _FIELDS:
        text = str((extra or {}).get(name, "")).strip()
        if match := _ISO.match(text):
            return match[0]
        match = _TWITTER.fullmatch(text)
        if match and match[1] in _MONTHS:
            return f"{match[3]}-{_MONTHS.index(match[1]) + 1:02}-{match[2]}"
    return None
