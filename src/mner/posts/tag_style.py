"""How the tags of a file in columns are written: their scheme, their case, whether they have types.

Tags are recognised by these rules, in this order, from all tags of the file:

1. All have a prefix (`B-PER`, or all `B_PER`). With E- or S- the scheme is BIOES, in which M- may
   stand for I- (BMES); with L- or U- it is BILOU. With B- and I- alone it is IOB1 if some entity
   begins with I- and at most one begins with B- for every twenty that do; a B- right after a tag of
   its own label does not count, since IOB1 needs it there. Else it is IOB2.
2. All are a prefix alone (`B`): as before, and every entity has the label `ENTITY`.
3. None has a prefix, and there is an O: they are labels (`PER`), and the scheme is IO.

A file without any of this, such as one of O alone, is read as IOB2.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from mner.bio import split_tag
from mner.formats import Scheme, SchemeChoice

__all__ = ["NO_TYPE", "TagStyle", "held_tag", "is_tag", "recognise_style"]

NO_TYPE = "ENTITY"
"""The label of entities whose tags have no type."""

_PREFIXED = re.compile(r"([BIESLUM])-(.+)", re.IGNORECASE | re.DOTALL)
_UNDERSCORED = re.compile(r"([BIESLUM])_(.+)", re.IGNORECASE | re.DOTALL)
_NAMES_OF_COLUMNS = ("e-mail", "e-mails", "e-mail address")
"""What stands in the first row of tables and looks like a tag."""
_BARE = re.compile("[BIESLUM]", re.IGNORECASE)
_LABEL = re.compile(r"[^\W\d_][\w.:/&+ -]*")
_MOST_LABELS = 100
"""Labels of a file whose tags have no prefixes; with more, its column holds something else."""
_MOST_BEGUN = 0.05
"""Entities begun by B- for each begun by I- in a file that is taken as IOB1."""
_HELD = re.compile("[,;|/&+ ](?=[BIESLU]-)")


@dataclass(frozen=True, slots=True)
class TagStyle:
    """How tags are written."""

    scheme: Scheme = "iob2"
    has_types: bool = True
    """Whether tags have labels, as `B-PER` has and `B` has not."""
    is_lower: bool = False
    """Whether prefixes are in lower case."""
    has_underscores: bool = False
    """Whether an underscore follows the prefix, as in `B_PER`."""
    has_m: bool = False
    """Whether the I- of BIOES is written M-, as in BMES."""
    is_sure: bool = True
    """False where all entities begin with I-, so that it may be IOB1, or IOB2 with orphans only."""

    def split(self, tag: str) -> tuple[str, str]:
        """Return prefix and label of a tag as it stands in the file; see `mner.bio.split_tag`.

        Raises:
            InputError: the tag is not one of the scheme.
        """
        if tag in ("O", "o"):
            return "O", ""
        if self.scheme == "io":
            return split_tag(tag, "io")
        prefix, rest = tag[:1].upper(), tag[1:]
        if self.has_m and prefix == "M":
            prefix = "I"
        if self.has_underscores and rest.startswith("_"):
            rest = "-" + rest[1:]
        if not self.has_types and _BARE.fullmatch(tag):
            rest = f"-{NO_TYPE}"
        return split_tag(prefix + rest, self.scheme)

    def __str__(self) -> str:
        """What a message says of the style; empty for types in upper-case IOB2."""
        parts = [] if self.scheme == "iob2" else [f"scheme {self.scheme.upper()}"]
        if not self.has_types:
            parts.append(f"tags without types, read as {NO_TYPE}")
        if self.is_lower:
            parts.append("tags in lower case")
        if self.has_m:
            parts.append("M as I")
        if self.has_underscores:
            parts.append("underscores after the prefixes")
        return ", ".join(parts)


def is_tag(value: str) -> bool:
    """Return whether a value is certainly a tag: O, or one with a prefix and a hyphen."""
    if value in ("O", "o"):
        return True
    return _PREFIXED.fullmatch(value) is not None and value.lower() not in _NAMES_OF_COLUMNS


def held_tag(label: str) -> bool:
    """Return whether a label holds a tag, as that of `B-a,B-b` does."""
    return _HELD.search(label) is not None


def recognise_style(pairs: Mapping[tuple[str, str], int], choice: SchemeChoice) -> TagStyle:
    """Return how the tags of a file are written.

    Args:
        pairs: how often a tag (second) follows another (first); an empty string stands for the
            begin of a post, and for a tag that is missing.
        choice: the scheme, if the user named one.
    """
    seen = {tag for _, tag in pairs if tag}
    tags = seen - {"O", "o"}
    if tags and all(map(_UNDERSCORED.fullmatch, tags)) and choice != "io":
        style = _style({(_dashed(a), _dashed(b)): count for (a, b), count in pairs.items()}, choice)
        return replace(style, has_underscores=True)
    return _style(pairs, choice)


def _dashed(tag: str) -> str:
    return tag[:1] + tag[1:].replace("_", "-", 1)


def _style(pairs: Mapping[tuple[str, str], int], choice: SchemeChoice) -> TagStyle:
    """Return how tags are written that have no underscores after their prefixes."""
    seen = {tag for _, tag in pairs if tag}
    tags = seen - {"O", "o"}
    has_types = not tags or not all(map(_BARE.fullmatch, tags))
    if choice == "io" or (choice == "auto" and has_types and _are_labels(tags, seen)):
        return TagStyle("io")
    letters = {tag[0] for tag in tags if not has_types or _PREFIXED.fullmatch(tag)}
    is_lower = bool(letters) and all(letter.islower() for letter in letters)
    letters = {letter.upper() for letter in letters}
    if choice == "auto" and letters <= set("BI"):
        return _iob(pairs, has_types=has_types, is_lower=is_lower)
    scheme: Scheme = "iob2" if choice == "auto" else choice
    if choice == "auto" and (letters <= set("BIES") or _is_bmes(letters)):
        scheme = "bioes"
    elif choice == "auto" and letters <= set("BILU"):
        scheme = "bilou"
    has_m = scheme == "bioes" and _is_bmes(letters)
    return TagStyle(scheme, has_types, is_lower, has_m=has_m)


def _is_bmes(letters: set[str]) -> bool:
    """Return whether prefixes are those of BMES, which has M- for the I- of BIOES."""
    return "M" in letters and letters <= set("BMES") and not letters.isdisjoint("BS")


def _are_labels(tags: Iterable[str], seen: set[str]) -> bool:
    """Return whether tags are labels without prefixes, and not what another column holds."""
    tags = set(tags)
    if not tags or not seen & {"O", "o"} or len(tags) > _MOST_LABELS:
        return False
    return all(
        _LABEL.fullmatch(tag) and not _PREFIXED.fullmatch(tag) and tag[1:2] not in ("_", ":")
        for tag in tags
    )


def _iob(pairs: Mapping[tuple[str, str], int], *, has_types: bool, is_lower: bool) -> TagStyle:
    """Tell IOB1 from IOB2 by the tags with which entities begin."""
    begun: Counter[str] = Counter()
    for (before, tag), count in pairs.items():
        prefix, label = _split(tag, has_types=has_types)
        if not prefix:
            continue
        follows = _split(before, has_types=has_types)[1] == label
        if prefix == "I" and not follows:
            begun["I"] += count
        elif prefix == "B":
            begun["touching" if follows else "B"] += count
    if not begun["I"] or begun["B"] > _MOST_BEGUN * begun["I"]:
        return TagStyle("iob2", has_types, is_lower)
    return TagStyle("iob1", has_types, is_lower, is_sure=begun["B"] + begun["touching"] > 0)


def _split(tag: str, *, has_types: bool) -> tuple[str, str | None]:
    """Return prefix and label of a tag; an empty prefix and None outside of entities."""
    if not has_types:
        return (tag.upper(), NO_TYPE) if _BARE.fullmatch(tag) else ("", None)
    match = _PREFIXED.fullmatch(tag)
    return (match[1].upper(), match[2]) if match else ("", None)
