"""A group of commands whose help shows them in their order, each with a whole sentence."""

import click

__all__ = ["Group"]


class Group(click.Group):
    """A group that lists its commands as they were added, and does not cut what they do."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands in the order in which they were added."""
        del ctx
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with the first sentence of its help."""
        del ctx
        rows = [(name, _first_sentence(command)) for name, command in self.commands.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _first_sentence(command: click.Command) -> str:
    sentence, _, _ = (command.help or "").partition(".")
    return " ".join(sentence.split()) + "."
