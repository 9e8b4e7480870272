"""`mner train` and `mner export`."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mner.cli.echo import say
from mner.cli.options import FILE, device_option, extra_needed
from mner.errors import MnerError

if TYPE_CHECKING:
    from mner.graphs.devices import Device

__all__ = ["export", "train"]


@click.command()
@click.argument("recipe")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="SECTION.KEY=VALUE",
    help="Change a value of the recipe; may be repeated.",
)
@click.option("--seed", type=int, help="The same as --set training.seed=N.")
@click.option(
    "--out",
    type=FILE,
    help="The run's folder, runs/RECIPE-seedN if not given. With --seeds: the folder of all runs, "
    "runs/RECIPE if not given.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Resume the run in --out; with more epochs than it had, by --set training.epochs=N.",
)
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    metavar="N",
    help="Train with seeds 0 to N-1, resuming where it stopped; writes results.json into --out.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="With --seeds: number of trainings at a time. With more than one, each has one thread.",
)
@click.option(
    "--test",
    type=FILE,
    metavar="FILE",
    help="With --seeds: tagged posts to score each model on after all are trained. No training "
    "sees them.",
)
@device_option
def train(
    recipe: str,
    changes: tuple[str, ...],
    *,
    seed: int | None,
    out: Path | None,
    resume: bool,
    seeds: int | None,
    jobs: int | None,
    test: Path | None,
    device: Any,
) -> None:
    """Train a tagger by RECIPE, the name of a recipe of mner or a TOML file.

    docs/recipes.md lists every key.
    """
    if seeds is None:
        if jobs is not None or test is not None:
            raise click.UsageError(
                "--jobs and --test go with --seeds; `mner evaluate` scores a single run"
            )
        _train_one(recipe, changes, seed=seed, out=out, resume=resume, device=device or "auto")
        return
    if resume or seed is not None or any(map(_sets_the_seed, changes)):
        raise click.UsageError(
            "--seed, --set training.seed and --resume do not go with --seeds, which trains seeds "
            "0 to N-1 and always resumes where it stopped"
        )
    _train_several(
        recipe,
        changes,
        seeds=range(seeds),
        jobs=jobs or 1,
        test=test,
        out=out,
        device=device or "auto",
    )


@click.command()
@click.argument("model", type=FILE)
@click.option(
    "--int8", is_flag=True, help="Quantise the weights to eight bits: smaller, a little less exact."
)
def export(model: Path, int8: bool) -> None:
    """Write the ONNX graphs of MODEL into its folder, so that it tags without torch."""
    with extra_needed("Exporting", "train"):
        from mner.tagging.export import export_model
    say(export_model(model, int8=int8))


def _sets_the_seed(change: str) -> bool:
    key, _, _ = change.partition("=")
    return "".join(key.split()) == "training.seed"


def _train_one(
    recipe: str,
    changes: tuple[str, ...],
    *,
    seed: int | None,
    out: Path | None,
    resume: bool,
    device: "Device",
) -> None:
    from mner.recipe.read import read_recipe
    from mner.training.launched import launched

    process = launched()
    with _only_errors_of(process.number):
        if seed is not None:
            changes = (*changes, f"training.seed={seed}")
        parsed = read_recipe(recipe, changes=changes)
        folder = out or Path("runs") / f"{Path(recipe).stem}-seed{parsed.training.seed}"
        with extra_needed("Training", "train"):
            from mner.training.train import train as run
        trained = run(parsed, folder, resume=resume, device=device)
    if not process.is_main:
        return
    say(
        f"{trained.model}: epoch {trained.best_epoch}, dev F1 {100 * trained.dev.f1:.2f} "
        f"({trained.dev.scoring}, seed {parsed.training.seed}, "
        f"gold {trained.dev.gold_fingerprint})"
    )


@contextmanager
def _only_errors_of(number: int) -> Iterator[None]:
    """Let only the main process print; the others print their errors, with their number."""
    if number == 0:
        yield
        return
    log = logging.getLogger("mner")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except MnerError as exc:
        raise MnerError(f"process {number}: {exc}") from exc
    finally:
        log.setLevel(level)


def _train_several(
    recipe: str,
    changes: tuple[str, ...],
    *,
    seeds: range,
    jobs: int,
    test: Path | None,
    out: Path | None,
    device: "Device",
) -> None:
    from mner.training.launched import launched

    if launched().count > 1:
        raise click.UsageError(
            "--seeds starts a process for each run: give it --jobs, not a launcher of processes"
        )
    with extra_needed("Training", "train"):
        from mner.runs.plan import Plan
        from mner.runs.seeds import train_seeds
    out = out or Path("runs") / Path(recipe).stem
    runs = {seed: out / f"seed{seed}" for seed in seeds}
    plan = Plan(
        Path(recipe), runs, changes=changes, test=test, name=out.name, device=device, out=out
    )
    results = train_seeds(plan, out / "results.json", jobs=jobs)
    say(f"{results.render()}\n{out / 'results.json'}")
