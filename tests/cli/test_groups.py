from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from mner.cli import app


def help_of(*names: str) -> str:
    result = CliRunner().invoke(app, [*names, "--help"])
    assert result.exit_code == 0
    return result.stdout


def commands_of(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands_of(command, *path, name)


def test_tag_stands_first() -> None:
    listed = help_of().partition("Commands:\n")[2].split()
    assert listed[0] == "tag"


@pytest.mark.parametrize("path", [(), ("data",), ("features",)], ids=str)
def test_the_help_shows_whole_sentences(path: tuple[str, ...]) -> None:
    shown = help_of(*path)
    assert "..." not in shown.partition("Commands:")[2]
    words = " ".join(shown.split())
    group: click.Group = app
    for name in path:
        command = group.commands[name]
        assert isinstance(command, click.Group)
        group = command
    for name, command in group.commands.items():
        assert command.help is not None
        sentence = " ".join(command.help.split(".")[0].split()) + "."
        assert f"{name} {sentence}" in words


def test_the_help_has_an_example_and_names_the_docs() -> None:
    assert 'mner tag "RT @ann: landed in Lisbon at last #travel"' in help_of()
    assert "docs/recipes.md" in help_of()


@pytest.mark.parametrize(("path", "command"), list(commands_of(app)), ids=str)
def test_every_option_says_what_it_does(path: tuple[str, ...], command: click.Command) -> None:
    options = [param for param in command.params if isinstance(param, click.Option)]
    assert [option.name for option in options if not (option.help or "").endswith((".", ")"))] == []
