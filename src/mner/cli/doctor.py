"""`mner doctor`."""

from pathlib import Path

import click

from mner.cli.echo import say
from mner.cli.options import MODEL, dumps, json_option

__all__ = ["doctor"]


@click.command()
@click.option("--model", type=MODEL, help="Model folder to load; the starter model if not given.")
@json_option
@click.pass_context
def doctor(ctx: click.Context, model: Path | None, *, as_json: bool) -> None:
    """Show what is installed, what is missing, and whether a model loads.

    Uses no network, unless --model is hf://user/name. Exits with 1 if the model cannot be loaded.
    """
    from mner.runs.doctor import diagnose

    diagnosis = diagnose(model)
    say(dumps(diagnosis.as_dict()) if as_json else diagnosis.render())
    if diagnosis.model.error is not None:
        ctx.exit(1)
