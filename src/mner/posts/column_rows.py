"""The lines of one post in columns, read into tokens and entities."""

import re
from collections.abc import Sequence

from mner.bio import entities_of_tags
from mner.errors import InputError, quoted
from mner.posts.characters import BLANKS
from mner.posts.column_survey import Survey
from mner.posts.reading import Reading
from mner.posts.tag_style import held_tag
from mner.types import Entity

__all__ = ["RowReader"]

_O = ("O", "")
_LONGEST_QUOTE = 40
_NO_NUMBER = re.compile(r"#|\d+[-.]\d+(\t| |$)")
"""How lines begin that are no tokens although the first column counts tokens: comments, and the
tokens of several words and the left-out words of CoNLL-U."""
_OTHER_FORMATS = (
    "a file with a raw post per line is read as text (`mner tag --input-format text`), "
    "and JSON with one object per line"
)
_OTHER_SCHEMES = (
    "--scheme, `data.scheme` of a recipe, or `scheme` of read_posts (and --columns if the tags are "
    "in another column)"
)


class RowReader:
    """Reads the lines of posts.

    Args:
        survey: the columns of the file, and how its tags are written.
        reading: says what ill-formed entities mean, and what is done about problems.
    """

    def __init__(self, survey: Survey, reading: Reading) -> None:
        self._layout = survey.layout
        self._style = survey.style
        self._log = reading.log
        self._orphans = reading.options.orphans
        self._tags: dict[str, tuple[str, str] | None] = {"": None}
        """Prefix and label of each tag that was met; None for a tag that is missing."""

    def read(
        self, lines: Sequence[tuple[int, str]]
    ) -> tuple[tuple[str, ...], tuple[Entity, ...] | None]:
        """Return the tokens of a post and its entities; None if no token has a tag.

        Raises:
            InputError: a line does not have the columns of the file, or a tag is not of its scheme.
        """
        tokens: list[str] = []
        tags: list[tuple[str, str] | None] = []
        numbers: list[int] = []
        layout, known = self._layout, self._tags
        width, token_at, tag_at = layout.width, layout.token, layout.tag
        by_tab = layout.separator == "\t"
        for number, line in lines:
            cells = line.split("\t") if by_tab else layout.split(line)
            if layout.is_numbered and _NO_NUMBER.match(line):
                continue
            if len(cells) != width or tag_at is None:
                token, raw = self._odd(number, line, cells), ""
            else:
                token, raw = cells[token_at], cells[tag_at]
            if raw not in known:
                known[raw] = self._tag(number, raw)
            if not token or token[0] in BLANKS or token[-1] in BLANKS:
                token = self._trimmed(number, token)
                if not token:
                    continue
            tokens.append(token)
            tags.append(known[raw])
            numbers.append(number)
        return tuple(tokens), self._entities(tokens, tags, numbers)

    def _odd(self, number: int, line: str, cells: Sequence[str]) -> str:
        """Return the token of a line that has no tag.

        Raises:
            InputError: the line is no token.
        """
        layout = self._layout
        if len(cells) == 1 and " " in cells[0].strip():
            quote = line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]}..."
            raise self._log.located(
                number,
                f"{quoted(quote)} has blanks but no TAB: expected {layout.expected()}; "
                f"{_OTHER_FORMATS}",
            )
        if len(cells) == 1 or (layout.separator == "\t" and len(cells) == layout.width - 1):
            return cells[min(layout.token, len(cells) - 1)]
        raise self._log.located(
            number,
            f"{len(cells)} columns: expected {layout.expected()}, as in the first lines; correct "
            "the line",
        )

    def _tag(self, number: int, raw: str) -> tuple[str, str] | None:
        """Return prefix and label of a tag that was not met before."""
        tag = raw.strip(BLANKS)
        if not tag:
            return None
        try:
            prefix, label = self._style.split(tag)
        except InputError as exc:
            advice = f"correct the line, or say by which scheme to read the file: {_OTHER_SCHEMES}"
            raise self._log.located(number, f"{exc}; {advice}") from exc
        if held_tag(label):
            message = (
                f"the label of tag {quoted(tag)} holds a tag: read as the label {quoted(label)}; "
                "keep one of them"
            )
            self._log.report("label-holds-tag", number, message)
        return _O if prefix == "O" else (prefix, label)

    def _trimmed(self, number: int, token: str) -> str:
        trimmed = token.strip(BLANKS)
        if trimmed:
            message = f"token {quoted(token)} has blanks at its edges: read as {quoted(trimmed)}"
            self._log.report("padded-token", number, message)
        else:
            self._log.report("empty-token", number, "no token: the line is left out")
        return trimmed

    def _entities(
        self, tokens: Sequence[str], tags: list[tuple[str, str] | None], numbers: Sequence[int]
    ) -> tuple[Entity, ...] | None:
        if tags.count(_O) == len(tags):
            return ()
        if tags.count(None) == len(tags):
            return None
        pairs = [
            tag or self._read_as_o(token, number)
            for tag, token, number in zip(tags, tokens, numbers, strict=True)
        ]
        entities = []
        for span, is_well_formed in entities_of_tags(pairs, self._style.scheme):
            if not is_well_formed:
                start = span[0]
                self._report_orphan(pairs[start], tokens[start], numbers[start])
            if is_well_formed or self._orphans == "begin":
                entities.append(Entity(*span))
        return tuple(entities)

    def _read_as_o(self, token: str, number: int) -> tuple[str, str]:
        message = (
            f"token {quoted(token)} has no tag: read as O (expected {self._layout.expected()})"
        )
        self._log.report("missing-tag", number, message)
        return _O

    def _report_orphan(self, tag: tuple[str, str], token: str, number: int) -> None:
        fault = "begins an entity that is never ended" if tag[0] == "B" else "continues no entity"
        outcome = "taken as an entity" if self._orphans == "begin" else "left out"
        message = f"tag {'-'.join(tag)} of token {quoted(token)} {fault}: {outcome}"
        self._log.report("orphan-tag", number, message)
