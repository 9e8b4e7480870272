"""`mner serve`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mner.cli.options import FILE, device_option, extra_needed

if TYPE_CHECKING:
    from mner.serve.limits import Limits

__all__ = ["serve"]

_MEGABYTE = 1_000_000


@click.command()
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="[NAME=]FOLDER",
    help="Folder that `mner train` wrote, or hf://user/name for a model on the Hugging Face hub, "
    "and the name that clients call it by (that of the folder if not given). Several are allowed; "
    "the first answers requests that name none. The starter model, which reads text only, if not "
    "given.",
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address at which the service listens."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8000,
    show_default=True,
    help="Port at which the service listens; 0 for any that is free.",
)
@click.option(
    "--token-file",
    type=FILE,
    help="File with a token that clients have to send, instead of the variable MNER_TOKEN.",
)
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    help="Further name by which clients may call the service, such as that of a proxy. A service "
    "that is given such a name, or that listens on this machine alone without a token, answers to "
    "no other names than these and its own.",
)
@click.option(
    "--allow-urls",
    is_flag=True,
    help="Fetch pictures that are http or https URLs, from public machines only.",
)
@click.option(
    "--max-body",
    type=click.IntRange(1, 200),
    default=20,
    show_default=True,
    help="Largest body of a request, in MB.",
)
@click.option(
    "--max-held",
    type=click.IntRange(1, 100_000),
    default=256,
    show_default=True,
    help="Most MB of the bodies of all requests that are being answered, and of pictures that "
    "were fetched for them.",
)
@click.option(
    "--max-requests",
    type=click.IntRange(1, 100_000),
    default=256,
    show_default=True,
    help="Most requests that are answered at the same time.",
)
@click.option(
    "--max-text",
    type=click.IntRange(1, 200_000),
    default=20_000,
    show_default=True,
    help="Most characters of a text, of a caption, or of the tokens of a post.",
)
@click.option(
    "--max-posts",
    type=click.IntRange(1, 10_000),
    default=256,
    show_default=True,
    help="Most posts of a request.",
)
@click.option(
    "--queue",
    type=click.IntRange(1, 1_000_000),
    default=1_024,
    show_default=True,
    help="Most posts that wait for a model; further requests are answered by 503.",
)
@click.option(
    "--batch",
    type=click.IntRange(1, 1_024),
    default=32,
    show_default=True,
    help="Waiting posts that are enough for tagging to begin at once.",
)
@click.option(
    "--wait",
    type=click.IntRange(0, 1_000),
    default=3,
    show_default=True,
    help="Milliseconds that a post waits for others.",
)
@click.option(
    "--timeout",
    type=click.IntRange(1, 3_600),
    default=30,
    show_default=True,
    help="Most seconds for the body of a request, for fetching its pictures, and for tagging.",
)
@click.option(
    "--log-texts", is_flag=True, help="Write the texts of posts into the log, which else has none."
)
@device_option
def serve(
    models: tuple[str, ...],
    *,
    host: str,
    port: int,
    token_file: Path | None,
    hosts: tuple[str, ...],
    allow_urls: bool,
    log_texts: bool,
    device: Any,
    **numbers: int,
) -> None:
    """Answer HTTP requests with the entities of posts, until Ctrl-C or SIGTERM.

    The address that is printed is also that of a page on which people try the models. SIGHUP loads
    the models again. docs/serving.md shows requests and what is answered.
    """
    with extra_needed("mner serve", "serve"):
        from mner.serve.app import Api
        from mner.serve.door import Access
        from mner.serve.metrics import Metrics
        from mner.serve.models import Models, ModelSource, named_model
        from mner.serve.run import Place, is_loopback, own_names, run
    from mner.pictures.remote import Fetcher
    from mner.serve.token import read_token
    from mner.tagging.starter import starter_model

    limits = _limits(**numbers)
    token = read_token(token_file, os.environ)
    is_guarded = bool(hosts) or (token is None and is_loopback(host))
    names = frozenset({*own_names(host), *map(str.lower, hosts)}) if is_guarded else None
    sources = [named_model(model) for model in models]
    metrics = Metrics()
    served = Models(
        sources or [ModelSource("starter", starter_model())],
        limits,
        on_batch=metrics.batch,
        device=device,
    )
    fetch = Fetcher() if allow_urls else None
    run(
        Api(served, limits, metrics, Access(token, names), fetch=fetch, logs_texts=log_texts),
        Place(host, port),
    )


def _limits(
    *,
    max_body: int,
    max_held: int,
    max_requests: int,
    max_text: int,
    max_posts: int,
    queue: int,
    batch: int,
    wait: int,
    timeout: int,
) -> "Limits":
    from mner.serve.limits import Limits

    return Limits(
        body_bytes=max_body * _MEGABYTE,
        held_bytes=max_held * _MEGABYTE,
        requests=max_requests,
        text=max_text,
        posts=max_posts,
        queue=queue,
        batch=batch,
        wait_seconds=wait / 1000,
        seconds=float(timeout),
    )
