"""`mner push` and `mner pull`."""

from pathlib import Path

import click

from mner.cli.echo import say
from mner.cli.options import FILE

__all__ = ["pull", "push"]


@click.command()
@click.argument("model", type=FILE)
@click.argument("name", metavar="USER/NAME")
@click.option(
    "--public",
    is_flag=True,
    help="Let everybody see a repository that is made; one that is there stays as it is.",
)
def push(model: Path, name: str, *, public: bool) -> None:
    """Send the model folder MODEL to the Hugging Face hub, as USER/NAME.

    A repository that is not there is made, and is private. The files are listed; docs/hub.md says
    what they tell of the posts of the training. Who you are is known by `hf auth login`, or by the
    variable HF_TOKEN.
    """
    from mner.tagging.hub.push import push as run
    from mner.tagging.hub.reference import parse_reference

    reference = parse_reference(name)
    if reference.revision is not None:
        raise click.UsageError("a model is pushed to the branch main: leave the revision out")
    pushed = run(model, reference, is_public=public)
    for file, size in pushed.files:
        say(f"{size:>12,} {file}")
    say(f"{pushed.address}: {len(pushed.files)} files, commit {pushed.commit}")


@click.command()
@click.argument("name", metavar="USER/NAME[@REVISION]")
@click.option("--out", type=FILE, help="Folder to make; NAME in this folder if not given.")
def pull(name: str, *, out: Path | None) -> None:
    """Fetch a model from the Hugging Face hub into a folder.

    The folder appears when all files are there and are those that were pushed.
    """
    from mner.tagging.hub.fetch import pull as run
    from mner.tagging.hub.reference import parse_reference

    reference = parse_reference(name)
    target = out or Path(reference.name)
    files = run(reference, target)
    say(f"{target}: {len(files)} files of {reference}")
