"""`mner evaluate`, `mner score` and `mner compare`."""

from pathlib import Path
from typing import Any

import click

from mner.cli.echo import say
from mner.cli.options import (
    FILE,
    RESAMPLES,
    bootstrap_option,
    device_option,
    dumps,
    json_option,
    paper_option,
    reading_options,
    refuse_two_formats,
    scoring_option,
)

__all__ = ["compare", "evaluate", "score"]


@click.command()
@click.argument("model", type=FILE)
@click.argument("file", type=FILE)
@click.option(
    "--captions", type=FILE, help="JSONL file of captions, for a model that reads captions."
)
@click.option(
    "--pictures",
    type=FILE,
    help="Folder of pictures named by id, for a model that looks at pixels.",
)
@click.option("--features", type=FILE, help="Store of encoded pictures, instead of --pictures.")
@scoring_option
@click.option(
    "--control",
    type=click.Choice(["given", "shuffled", "none"]),
    default="given",
    show_default=True,
    help="Use the pictures as given, give each post another post's picture, or remove them.",
)
@bootstrap_option
@click.option(
    "--promise",
    metavar="precision=P",
    help="Find the probability from which on entities have this precision, and keep it in the "
    "model for `mner tag --promise`; PER:precision=P,LOC:precision=P for single types.",
)
@click.option(
    "--confidence",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="How sure each promise is to be.",
)
@device_option
@reading_options
@paper_option
@json_option
def evaluate(model: Path, file: Path, style: Any, as_json: bool, **options: Any) -> None:
    """Score a model on a tagged FILE."""
    refuse_two_formats(style, as_json=as_json)
    from mner.evaluation.evaluate import evaluate as run

    evaluation = run(model, file, **options)
    if style != "text":
        from mner.evaluation.paper import evaluation_table
        from mner.spans.paper import write_paper_table

        say(write_paper_table(evaluation_table(evaluation), style))
        return
    say(dumps(evaluation.as_dict()) if as_json else evaluation.render())


@click.command()
@click.argument("gold", type=FILE)
@click.argument("predicted", type=FILE, required=False)
@scoring_option
@click.option("--train", type=FILE, help="Training posts, to score seen and unseen mentions apart.")
@bootstrap_option
@reading_options
@paper_option
@json_option
def score(gold: Path, predicted: Path | None, style: Any, as_json: bool, **options: Any) -> None:
    """Score PREDICTED against GOLD, two tagged files of the same posts.

    Without PREDICTED, GOLD is a file in columns with the gold tag in the last column but one and
    the predicted tag in the last, as the script conlleval reads it.
    """
    refuse_two_formats(style, as_json=as_json)
    from mner.evaluation.file_scores import score_files

    scores = score_files(gold, predicted, **options)
    if style != "text":
        from mner.evaluation.paper import scores_table
        from mner.spans.paper import write_paper_table

        say(write_paper_table(scores_table(scores), style))
        return
    say(dumps(scores.as_dict()) if as_json else scores.render())


@click.command()
@click.argument("gold", type=FILE)
@click.argument("a", type=FILE)
@click.argument("b", type=FILE)
@click.option(
    "--more-a",
    type=FILE,
    multiple=True,
    help="Another file of system A, such as another seed's; may be repeated. The means over the "
    "files are compared.",
)
@click.option("--more-b", type=FILE, multiple=True, help="The same for system B.")
@scoring_option
@click.option("--train", type=FILE, help="Training posts, to compare seen and unseen mentions.")
@click.option(
    "--captions",
    type=FILE,
    help="JSONL file of captions: a post has a picture where it has a caption.",
)
@click.option(
    "--pictures",
    type=FILE,
    help="Folder of pictures named by id: a post has a picture where it can be read. With neither "
    "option, a post has a picture where it names one.",
)
@click.option(
    "--resamples",
    type=RESAMPLES,
    default=10_000,
    show_default=True,
    help="Number of resamples of the paired bootstrap.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Seed of the paired bootstrap.",
)
@reading_options
@paper_option
@json_option
def compare(
    gold: Path,
    a: Path,
    b: Path,
    *,
    more_a: tuple[Path, ...],
    more_b: tuple[Path, ...],
    style: Any,
    as_json: bool,
    **options: Any,
) -> None:
    """Compare systems A and B, tagged files of the same posts as GOLD.

    Prints what differs, where, and how sure that is.
    """
    refuse_two_formats(style, as_json=as_json)
    from mner.evaluation.compare import compare_files

    comparison = compare_files(gold, [a, *more_a], [b, *more_b], **options)
    if style != "text":
        from mner.evaluation.paper import comparison_table
        from mner.spans.paper import write_paper_table

        say(write_paper_table(comparison_table(comparison), style))
        return
    say(dumps(comparison.as_dict()) if as_json else comparison.render())
