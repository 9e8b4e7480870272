"""The command line: each command parses, calls one function, and prints. Exit codes: 0, 1 for bad input, 2 for wrong usage."""

import json
import logging
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mner import __version__
from mner.errors import DataWarning, MissingExtraError, MnerError

if TYPE_CHECKING:
    from mner.recipe.sections import PictureSection

if TYPE_CHECKING:
    pass

__all__ = ["app", "main"]

_FILE = click.Path(path_type=Path)
_RESAMPLES = click.IntRange(
    100, 1_000_000
)  # with fewer the bounds of an interval are single draws; mner.spans.bootstrap.MOST_RESAMPLES
_SCORING = click.Choice(["lenient", "strict"])
_Command = TypeVar("_Command", bound=Callable[..., Any])


def main() -> None:
    """Run `mner`."""
    # Spinning threads collapse when another process uses the processor; must be set before torch is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("mner").setLevel(logging.INFO)
    warnings.showwarning = _show_warning
    signal.signal(signal.SIGTERM, _terminate)
    app()


def _terminate(_number: int, _frame: object) -> None:
    """End as after Ctrl-C, so that what is half written is removed."""
    raise SystemExit(143)


class _Commands(click.Group):
    """Turns the errors of the input into one line and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except MnerError as exc:
            raise click.ClickException(" ".join(str(exc).split())) from exc
        except KeyboardInterrupt:
            ctx.exit(130)
        except BrokenPipeError:
            # Whoever read our output has stopped; Python would complain again when it flushes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(1)
        except OSError as exc:
            name = os.fsdecode(exc.filename) if isinstance(exc.filename, bytes) else exc.filename
            raise click.ClickException(f"{name}: {exc.strerror}" if name else str(exc)) from exc


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mner")
def app() -> None:
    """Find and type the named entities of social media posts, from text and picture."""


def _bootstrap_option(command: _Command) -> _Command:
    about = "Intervals of the scores are of N resamples of the posts."
    return click.option(
        "--bootstrap",
        type=_RESAMPLES,
        is_flag=False,
        flag_value=10_000,
        default=10_000,
        metavar="[N]",
        show_default=True,
        help=about,
    )(command)


def _json_option(command: _Command) -> _Command:
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")(command)


@app.command()
@click.option(
    "--out",
    type=_FILE,
    default=Path("demo"),
    show_default=True,
    help="Folder of the corpus, the two models and the report.",
)
def demo(out: Path) -> None:
    """Make the sample corpus, train two taggers on it, compare them, and write a report."""
    from mner.runs.demo import run_demo

    click.echo(run_demo(out))


@app.command()
@click.argument("recipe", type=_FILE)
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
    type=_FILE,
    help="The run's folder; runs/RECIPE-seedN when not given. With --seeds the folder of all runs, runs/RECIPE when not given.",
)
@click.option("--resume", is_flag=True, help="Go on with the run in --out.")
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    metavar="N",
    help="Train with seeds 0 to N-1, going on where it stopped; writes results.json into --out.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="With --seeds: how many trainings run at a time, each with one thread if more than one.",
)
@click.option(
    "--test",
    type=_FILE,
    metavar="FILE",
    help="With --seeds: tagged posts to score each model on, once all are trained; no training sees them.",
)
def train(
    recipe: Path,
    changes: tuple[str, ...],
    seeds: int | None,
    jobs: int | None,
    test: Path | None,
    **of_one_run: Any,
) -> None:
    """Train a tagger by a recipe (TOML); docs/recipes.md lists every key."""
    if seeds is None and (jobs is not None or test is not None):
        raise click.UsageError(
            "--jobs and --test go with --seeds; `mner evaluate` scores a single run"
        )
    has_seed = of_one_run["seed"] is not None or any(
        "".join(change.partition("=")[0].split()) == "training.seed" for change in changes
    )
    if seeds is not None and (has_seed or of_one_run["resume"]):
        raise click.UsageError(
            "--seed, --set training.seed and --resume do not go with --seeds, which trains seeds 0 to N-1 and always goes on where it stopped"
        )
    if seeds is None:
        _train_one(recipe, changes, **of_one_run)
    else:
        _train_several(
            recipe,
            changes,
            seeds=range(seeds),
            jobs=jobs or 1,
            test=test,
            out=of_one_run["out"] or Path("runs") / recipe.stem,
        )


def _train_one(
    recipe: Path, changes: tuple[str, ...], *, seed: int | None, out: Path | None, resume: bool
) -> None:
    from mner.recipe.read import read_recipe

    parsed = read_recipe(
        recipe, changes=[*changes, *([] if seed is None else [f"training.seed={seed}"])]
    )
    folder = out or Path("runs") / f"{recipe.stem}-seed{parsed.training.seed}"
    with _extra("Training", "train"):
        from mner.training.train import train as run
    trained = run(parsed, folder, resume=resume)
    click.echo(
        f"{trained.model}: epoch {trained.best_epoch}, dev F1 {100 * trained.dev['f1']:.2f} "
        f"({trained.dev['scoring']}, seed {parsed.training.seed}, gold {trained.dev['gold_fingerprint']})"
    )


def _train_several(
    recipe: Path, changes: tuple[str, ...], *, seeds: range, jobs: int, test: Path | None, out: Path
) -> None:
    with _extra("Training", "train"):
        from mner.runs.seeds import Plan, train_seeds
    plan = Plan(
        recipe,
        {seed: out / f"seed{seed}" for seed in seeds},
        changes=changes,
        test=test,
        name=out.name,
        out=out,
    )
    results = train_seeds(plan, out / "results.json", jobs=jobs)
    click.echo(f"{results.render()}\n{out / 'results.json'}")


@app.command()
@click.argument("model", type=_FILE)
@click.argument("file", type=_FILE)
@click.option(
    "--captions", type=_FILE, help="JSONL file of captions, for a model that looks at captions."
)
@click.option(
    "--pictures",
    type=_FILE,
    help="Folder of pictures named by id, for a model that looks at pixels.",
)
@click.option("--features", type=_FILE, help="Store of encoded pictures, instead of --pictures.")
@click.option(
    "--scoring",
    type=_SCORING,
    default="lenient",
    show_default=True,
    help="What an orphan I- tag of FILE is: the begin of an entity, or nothing.",
)
@click.option(
    "--control",
    type=click.Choice(["given", "shuffled", "none"]),
    default="given",
    show_default=True,
    help="Exchange the posts' pictures, or leave them away.",
)
@_bootstrap_option
@_json_option
def evaluate(model: Path, file: Path, as_json: bool, **options: Any) -> None:
    """Score a model on a tagged FILE."""
    from mner.evaluation.evaluate import evaluate as run

    evaluation = run(model, file, **options)
    click.echo(_dumps(evaluation.as_dict()) if as_json else evaluation.render())


class _Probability(click.FloatRange):
    """A number from 0 to 1; click's own range lets NaN through."""

    def __init__(self) -> None:
        super().__init__(0, 1)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if isnan(number):
            self.fail(f"{value} is not in the range 0<=x<=1.", param, ctx)
        return number


@app.command()
@click.argument("text", required=False)
@click.option(
    "--input",
    "source",
    help="Tag posts of a file instead of TEXT: JSONL, IMGID or CoNLL; - for standard input.",
)
@click.option(
    "--model",
    type=_FILE,
    help="Folder that `mner train` wrote; without it the starter model, which looks at text only.",
)
@click.option("--picture", metavar="FILE", help="Picture of TEXT.")
@click.option(
    "--caption", help="Words that describe the picture of TEXT, for a model that looks at captions."
)
@click.option(
    "--input-format",
    "format",
    type=click.Choice(["auto", "imgid", "conll", "jsonl", "text"]),
    help="Format of --input; text: a raw post a line.",
)
@click.option(
    "--captions",
    type=_FILE,
    help="JSONL file of captions for --input, for a model that looks at captions.",
)
@click.option(
    "--pictures",
    type=_FILE,
    help="Folder of pictures for --input, named by id with or without .jpg, .jpeg, .png, .gif, .webp, .bmp, .tif or .tiff (or .JPG and so on) behind it; "
    "without it a picture is a path that begins at the folder of the file.",
)
@click.option(
    "--features", type=_FILE, help="Store of encoded pictures for --input, instead of --pictures."
)
@click.option(
    "--allow-urls",
    is_flag=True,
    help="Fetch pictures that are http or https URLs, from public machines only.",
)
@click.option(
    "--on-error",
    type=click.Choice(["stop", "skip"]),
    help="At a post of --input that cannot be read: stop (the default), or leave it out.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(["jsonl", "conll", "brat", "html", "text"]),
    help="Format of the output; text on a terminal, else jsonl.",
)
@click.option(
    "--output",
    "path",
    type=_FILE,
    help="File to write, for brat a folder; standard output when not given.",
)
@click.option(
    "--min-probability",
    type=_Probability(),
    default=0.0,
    help="Leave out entities that are less probable.",
)
@click.option(
    "--explain",
    is_flag=True,
    help="Tell for each entity what the picture had to do with it; jsonl, text or html.",
)
def tag(
    text: str | None, source: str | None, model: Path | None, allow_urls: bool, **options: Any
) -> None:
    """Find the entities of TEXT, or of many posts."""
    if (text is None) == (source is None):
        raise click.UsageError("give either TEXT or --input")
    given = {name: value for name, value in options.items() if value is not None}
    of_text, of_file = (
        {"picture", "caption"},
        {"format", "captions", "pictures", "features", "on_error"},
    )
    if wrong := sorted(given.keys() & (of_text if text is None else of_file)):
        raise click.UsageError(
            f"--{wrong[0].replace('_', '-').replace('format', 'input-format')} does not go with {'--input' if text is None else 'TEXT'}"
        )
    _check_explained(given)
    from mner.tagging.starter import starter_model
    from mner.tagging.tag_file import Output, tag_file, tag_text

    model = model or starter_model()
    output = Output(
        **{
            name: given.pop(name)
            for name in ("path", "style", "min_probability", "explain")
            if name in given
        }
    )
    more = {"output": output, "fetch": _fetcher() if allow_urls else None, **given}
    if text is not None:
        tag_text(model, text, **more)
    elif source is not None:
        tag_file(model, source, **more)


def _check_explained(given: Mapping[str, Any]) -> None:
    if not given["explain"]:
        return
    if given.get("style") in {"conll", "brat"}:
        raise click.UsageError(
            f"--explain does not go with --format {given['style']}: expected jsonl, text or html"
        )
    if given.get("style") == "html" and "path" not in given:
        raise click.UsageError("--explain --format html writes a page: name its file by --output")


def _fetcher() -> Callable[[str], bytes]:
    from mner.pictures.remote import Fetcher

    return Fetcher()


@app.command()
@click.argument("model", type=_FILE)
@click.option(
    "--int8", is_flag=True, help="Quantise weights to eight bits: smaller, and a little less exact."
)
def export(model: Path, int8: bool) -> None:
    """Write the ONNX graphs of MODEL into its folder, so that it tags without torch."""
    with _extra("Exporting", "train"):
        from mner.tagging.export import export_model
    click.echo(export_model(model, int8=int8))


@app.command()
@click.argument("gold", type=_FILE)
@click.argument("predicted", type=_FILE)
@click.option(
    "--scoring",
    type=_SCORING,
    default="lenient",
    show_default=True,
    help="What an orphan I- tag is: the begin of an entity, or nothing.",
)
@click.option(
    "--train", type=_FILE, help="Training posts, to score seen and unseen mentions apart."
)
@_bootstrap_option
@_json_option
def score(gold: Path, predicted: Path, *, as_json: bool, **options: Any) -> None:
    """Score PREDICTED against GOLD, both tagged files of the same posts."""
    from mner.evaluation.evaluate import score_files

    scores = score_files(gold, predicted, **options)
    click.echo(_dumps(scores.as_dict()) if as_json else scores.render())


@app.command()
@click.argument("gold", type=_FILE)
@click.argument("a", type=_FILE)
@click.argument("b", type=_FILE)
@click.option(
    "--more-a",
    type=_FILE,
    multiple=True,
    help="Another file of system A, such as of another seed; may be repeated. Means over the files are compared.",
)
@click.option("--more-b", type=_FILE, multiple=True, help="The same for system B.")
@click.option(
    "--scoring",
    type=_SCORING,
    default="lenient",
    show_default=True,
    help="What an orphan I- tag is: the begin of an entity, or nothing.",
)
@click.option(
    "--train", type=_FILE, help="Training posts, to compare on seen and unseen mentions apart."
)
@click.option(
    "--captions",
    type=_FILE,
    help="JSONL file of captions: a post has a picture where it has a caption.",
)
@click.option(
    "--pictures",
    type=_FILE,
    help="Folder of pictures named by id: a post has a picture where it can be read. With neither: where it names one.",
)
@click.option(
    "--resamples",
    type=_RESAMPLES,
    default=10_000,
    show_default=True,
    help="Of the paired bootstrap.",
)
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the paired bootstrap."
)
@_json_option
def compare(
    gold: Path,
    a: Path,
    b: Path,
    *,
    more_a: tuple[Path, ...],
    more_b: tuple[Path, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Compare systems A and B, tagged files of the same posts as GOLD: what differs, where, and how surely."""
    from mner.evaluation.compare import compare_files

    comparison = compare_files(gold, [a, *more_a], [b, *more_b], **options)
    click.echo(_dumps(comparison.as_dict()) if as_json else comparison.render())


@app.command()
@click.argument("runs", type=_FILE, nargs=-1, required=True, metavar="RUN...")
@click.option(
    "--gold",
    "file",
    type=_FILE,
    help="Tagged file to evaluate the runs on; without it the report holds what the runs alone tell.",
)
@click.option(
    "--captions", type=_FILE, help="JSONL file of captions, for runs that look at captions."
)
@click.option(
    "--pictures",
    type=_FILE,
    help="Folder of pictures named by id, for runs that look at pixels; they are shown.",
)
@click.option(
    "--features",
    type=_FILE,
    help="Store of encoded pictures, which saves encoding those of --pictures.",
)
@click.option(
    "--scoring",
    type=_SCORING,
    default="lenient",
    show_default=True,
    help="What an orphan I- tag of --gold is: the begin of an entity, or nothing.",
)
@click.option(
    "--twin",
    type=_FILE,
    metavar="RUN",
    help="Text-only run, to show where the picture helped the others and where it hurt.",
)
@click.option(
    "--out",
    type=_FILE,
    default=Path("report.html"),
    show_default=True,
    help="The HTML file to write.",
)
def report(
    runs: tuple[Path, ...],
    file: Path | None,
    twin: Path | None,
    out: Path,
    scoring: Any,
    **sources: Path | None,
) -> None:
    """Write one HTML file on the runs (folders of `mner train`): learning curves, scores, mistakes, and what the picture does."""
    if file is None and (
        wrong := [name for name, value in {**sources, "twin": twin}.items() if value is not None]
    ):
        raise click.UsageError(f"--{wrong[0]} goes with --gold")
    with _extra("The report", "plots"):
        from mner.runs.report import report_runs
    from mner.runs.scores import Gold

    report_runs(runs, out, gold=None if file is None else Gold(file, scoring, **sources), twin=twin)
    click.echo(out)


@app.group()
def data() -> None:
    """Look at corpora, and make the sample corpus."""


@data.command("check")
@click.argument("files", type=_FILE, nargs=-1, required=True)
@click.option(
    "--pictures", type=_FILE, help="Folder of pictures named by id, to be opened one by one."
)
@click.option(
    "--scheme",
    type=click.Choice(["iob1", "iob2", "bioes"]),
    default="iob2",
    show_default=True,
    help="Tagging scheme of the files.",
)
@_json_option
@click.pass_context
def check(
    ctx: click.Context,
    files: tuple[Path, ...],
    *,
    pictures: Path | None,
    scheme: Any,
    as_json: bool,
) -> None:
    """Tell what is wrong with a corpus: tags, duplicates, pictures. Exits with 1 where a line cannot be read."""
    from mner.corpora.check import check_files
    from mner.pictures.read import read_picture

    findings = check_files(
        files, pictures=pictures, inspect=lambda path: read_picture(path).state, scheme=scheme
    )
    click.echo(_dumps(findings.as_dict()) if as_json else findings.render())
    if not findings.is_readable:
        ctx.exit(1)


@data.command("stats")
@click.argument("files", type=_FILE, nargs=-1, required=True)
@_json_option
def stats(files: tuple[Path, ...], as_json: bool) -> None:
    """Count posts, words, entities and what tweets are made of."""
    from mner.corpora.check import corpus_stats

    counted = [corpus_stats(file) for file in files]
    click.echo(
        _dumps([one.as_dict() for one in counted])
        if as_json
        else "\n\n".join(one.render() for one in counted)
    )


@data.command("sample")
@click.argument("folder", type=_FILE)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="The same seed gives the same corpus."
)
def sample(folder: Path, seed: int) -> None:
    """Write the sample corpus: invented posts with drawn pictures."""
    from mner.corpora.sample import write_sample

    is_new = write_sample(folder, seed=seed)
    click.echo(f"{folder}: {'written' if is_new else 'was there already, left as it is'}")


@data.command("fetch")
@click.argument("name")
@click.option(
    "--from",
    "source",
    metavar="URL|FILE",
    help="A mirror's address, or the file itself, brought by hand; the official address when not given.",
)
@click.option(
    "--out",
    "folder",
    type=_FILE,
    help="Folder it goes into; `downloads` in the cache ($MNER_CACHE) when not given.",
)
def fetch_data(name: str, source: str | None, folder: Path | None) -> None:
    """Download NAME (twitter2015, vgg16 or glove-twitter-200), going on where an earlier try broke off."""
    from mner.corpora.fetch import fetch

    fetched = fetch(name, source=source, folder=folder)
    click.echo(f"{fetched.path}: {fetched.note}")


@app.group()
def features() -> None:
    """Encode pictures once, for training and evaluation."""


def _encoder_options(command: _Command) -> _Command:
    options = (
        click.option(
            "--encoder",
            help="Picture encoder: efficientnet-lite0 (the default), vgg16, onnx or transformers; see docs/pictures.md.",
        ),
        click.option(
            "--weights",
            help="vgg16: a file of torchvision or Keras. onnx: the .onnx file. transformers: a folder, or a name on the hub.",
        ),
        click.option(
            "--size",
            type=int,
            help="onnx, transformers: side of the pictures in pixels, where the encoder leaves it open.",
        ),
        click.option(
            "--mean",
            type=float,
            nargs=3,
            help="onnx, transformers: subtracted from red, green and blue between 0 and 1.",
        ),
        click.option(
            "--deviation",
            type=float,
            nargs=3,
            help="onnx, transformers: what they are divided by then.",
        ),
        click.option(
            "--output",
            help="onnx: the graph's output, or a tensor inside it, that holds the regions; the first output when not given.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@features.command("extract")
@click.argument("file", type=_FILE)
@click.option("--pictures", type=_FILE, required=True, help="Folder of pictures named by id.")
@click.option(
    "--out",
    type=_FILE,
    required=True,
    metavar="STORE",
    help="Folder of the store; an interrupted run goes on where it stopped.",
)
@click.option(
    "--graph",
    type=_FILE,
    help="In place of an encoder: a graph that `mner features export` or `mner export` wrote; encodes without torch.",
)
@_encoder_options
def extract(file: Path, pictures: Path, out: Path, graph: Path | None, **encoder: Any) -> None:
    """Encode the pictures of the posts in FILE."""
    if graph and any(encoder.values()):
        raise click.UsageError(
            "--graph is an encoder with all that it needs: leave the other options of encoders away"
        )
    from mner.pictures.extract import extract_features
    from mner.posts.read import read_posts

    counts = extract_features(
        read_posts(file), pictures=pictures, out=out, encoder=graph or _picture(encoder)
    )
    click.echo(f"{out}: " + ", ".join(f"{count} {state}" for state, count in counts.items()))


@features.command("export")
@click.argument("graph", type=_FILE)
@_encoder_options
def export_features(graph: Path, **encoder: Any) -> None:
    """Write an encoder as one ONNX GRAPH, preprocessing and all, for `mner features extract --graph` on a machine without torch."""
    with _extra("Exporting", "train"):
        from mner.tagging.export import export_encoder
    click.echo(export_encoder(_picture(encoder), graph))


def _picture(options: Mapping[str, Any]) -> "PictureSection":
    from mner.recipe.read import recipe_from_dict

    return recipe_from_dict(
        {"picture": {name: value for name, value in options.items() if value is not None}},
        where="mner features",
    ).picture


@features.command("info")
@click.argument("store", type=_FILE)
@_json_option
def info(store: Path, as_json: bool) -> None:
    """Tell what is in a STORE, or in a feature file of the public Keras code: its encoder, and the pictures in each state."""
    from mner.pictures.store_info import store_info

    found = store_info(store)
    click.echo(_dumps(found.as_dict()) if as_json else found.render())


@features.command("convert")
@click.argument("file", type=_FILE)
@click.argument("store", type=_FILE)
def convert(file: Path, store: Path) -> None:
    """Write the feature FILE of the public Keras code (HDF5) as a STORE; an interrupted run goes on where it stopped."""
    from mner.pictures.convert import convert_features

    counts = convert_features(file, store)
    click.echo(f"{store}: " + ", ".join(f"{count} {state}" for state, count in counts.items()))


@contextmanager
def _extra(feature: str, extra: str) -> Iterator[None]:
    """Turn the import error of a package that is not installed into the install line."""
    try:
        yield
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] == "mner":
            raise
        raise MissingExtraError(feature, extra) from exc


def _dumps(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _show_warning(
    message: Warning | str, category: type[Warning], *_place: object, **_more: object
) -> None:
    click.echo(
        f"mner: {'warning' if issubclass(category, DataWarning) else category.__name__}: {message}",
        err=True,
    )
