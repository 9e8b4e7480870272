"""The one way in which commands print, so that no file of a stranger rules the terminal."""

import logging

import click

__all__ = ["PlainFormatter", "say"]


def say(text: object, *, err: bool = False) -> None:
    """Print a text for people, or JSON of `dumps`; see `mner.files.terminal`."""
    from mner.files.terminal import shown

    click.echo(shown(str(text)), err=err)


class PlainFormatter(logging.Formatter):
    """Formats messages of the log for a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of a message, with its traceback where it has one."""
        from mner.files.terminal import shown

        return shown(super().format(record))
