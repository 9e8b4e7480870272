"""The command `mner`: its groups, and how errors end.

Exit codes: 0, 1 for bad input, 2 for wrong usage, 130 after Ctrl-C, 143 after SIGTERM.
"""

import logging
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from mner import __version__
from mner.cli.batch import batch
from mner.cli.data import data
from mner.cli.doctor import doctor
from mner.cli.echo import PlainFormatter, say
from mner.cli.features import features
from mner.cli.groups import Group
from mner.cli.hub import pull, push
from mner.cli.rank import rank
from mner.cli.report import demo, report
from mner.cli.results import results
from mner.cli.score import compare, evaluate, score
from mner.cli.serve import serve
from mner.cli.summary import summary
from mner.cli.tag import tag
from mner.cli.train import export, train
from mner.errors import DataWarning, MnerError

__all__ = ["app", "main"]

_EPILOG = """\b
Example:
  mner tag "RT @ann: landed in Lisbon at last #travel"
\b
Every command has its own --help. Start with README.md and the folder docs;
docs/recipes.md lists what a training can be told.
"""


def main() -> None:
    """Run `mner`."""
    from mner.files.interrupts import late_interrupts

    # Spinning threads collapse when another process uses the processor. The variable has to be
    # set before torch is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PlainFormatter("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("mner").setLevel(logging.INFO)
    warnings.showwarning = _show_warning
    signal.signal(signal.SIGTERM, _terminate)
    with late_interrupts():
        app()


class _Commands(Group):
    """Turns the errors of the input into one line and exit code 1."""

    def make_context(self, *given: Any, **more: Any) -> click.Context:
        with _plain_errors():
            return super().make_context(*given, **more)

    def invoke(self, ctx: click.Context) -> Any:
        with _plain_errors():
            return self._invoke(ctx)

    def _invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except MnerError as exc:
            raise click.ClickException(" ".join(str(exc).split())) from exc
        except KeyboardInterrupt:
            ctx.exit(130)
        except BrokenPipeError:
            # Whoever read our output has stopped. Python would complain again at exit, when it
            # flushes standard output.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(1)
        except OSError as exc:
            raise click.ClickException(_system_error(exc)) from exc


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.version_option(__version__, prog_name="mner")
def app() -> None:
    """Find and type the named entities of social media posts, from text and picture."""


for _command in (
    tag,
    batch,
    summary,
    rank,
    serve,
    evaluate,
    score,
    compare,
    results,
    train,
    export,
    push,
    pull,
    report,
    demo,
    data,
    features,
    doctor,
):
    app.add_command(_command)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Let errors be shown on a terminal, also those of usage, which quote what was given."""
    from mner.files.terminal import shown

    try:
        yield
    except click.ClickException as exc:
        message = exc.format_message()
        if shown(message) == message:
            raise
        if isinstance(exc, click.UsageError):
            raise click.UsageError(shown(message), exc.ctx) from exc
        raise click.ClickException(shown(message)) from exc


def _system_error(error: OSError) -> str:
    name = error.filename
    if isinstance(name, bytes):
        name = os.fsdecode(name)
    return f"{name}: {error.strerror}" if name else str(error)


def _terminate(_number: int, _frame: object) -> None:
    """End as after Ctrl-C, so that what is half written is removed."""
    raise SystemExit(143)


def _show_warning(
    message: Warning | str, category: type[Warning], *_place: object, **_more: object
) -> None:
    kind = "warning" if issubclass(category, DataWarning) else category.__name__
    say(f"mner: {kind}: {message}", err=True)
