"""Training: a recipe in, a model folder out.

Dev chooses the epoch, and no test file can be named here.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import torch
from accelerate import Accelerator
from tqdm import tqdm

from mner.bio import allowed_transitions
from mner.corpora.corpus import sources_of
from mner.errors import ConfigError
from mner.files.apart import check_apart
from mner.files.locks import RESERVED, reserved
from mner.graphs.devices import Device
from mner.model.build import Build, build_network, name_of
from mner.model.network import Network
from mner.model.transformer import Transformer
from mner.recipe.advice import by_change
from mner.recipe.sections import Recipe, TrainingSection
from mner.spans.score import score
from mner.spans.scores import ScoreRecord
from mner.tagging.save_model import save_model
from mner.training.batches import Share, TrainingPosts
from mner.training.devices import check_device, open_device
from mner.training.environment import peak_memory
from mner.training.extend import planned, resume_run
from mner.training.finish import fit_model, known_posts, make_tagger
from mner.training.identity import identity
from mner.training.learner import Learner
from mner.training.log import LOG_NAME, Epoch, append_epoch, write_log
from mner.training.material import Material, read_material
from mner.training.processes import Processes
from mner.training.state import STATE_NAME, Progress
from mner.training.trackers import check_tracker, start_tracker
from mner.training.trained import Trained

__all__ = ["train"]

_LOG = logging.getLogger(__name__)
_SEED_STRIDE = 100_003
"""Far above any number of epochs, so that no two epochs of any runs share a seed of torch."""

_PROCESS_STRIDE = 2**50
"""Far above the seeds of all epochs, so that no two processes draw the same dropout."""

_OF_A_FAILED_START = {RESERVED, "tensorboard", "wandb", "features"}
"""All that a start that failed can have left in the folder of a run."""


def train(
    recipe: Recipe,
    out: Path,
    *,
    resume: bool = False,
    device: Device = "auto",
    build: Build | None = None,
) -> Trained:
    """Train a tagger, in this process or together with others that a launcher started.

    Args:
        recipe: what to train, and how.
        out: the run's folder: `model/`, `log.jsonl`, and the state from which a killed run is
            resumed.
        resume: continue the run that is in `out`. Given the same number of threads, the weights
            end up bit for bit as if it had never stopped. Without it, `out` must not hold a run.
            The recipe may have more epochs than the run was planned for, and another patience:
            the learning rates then decay to the new end, from another share than they had.
        device: `auto` takes the device that Accelerate finds.
        build: makes the network in place of `build_network`; see docs/extending.md.

    Raises:
        ConfigError: the recipe names no training or dev file, this machine does not have its
            precision or tracker, `out` holds a run and `resume` is not given, the run that is to
            be resumed is another one, or another process trains in `out`.
        InputError: a file or the device cannot be used.
        MnerError: training diverged.
    """
    _check_files(recipe, out)
    check_device(recipe.training.precision, device)
    check_tracker(recipe)
    with ExitStack() as until_the_end:
        accelerator = open_device(recipe, out, device)
        until_the_end.callback(accelerator.end_training)
        processes = Processes(accelerator)
        with processes.main_first():
            if processes.is_main:
                _check_folder(out, resume=resume)
                out.mkdir(parents=True, exist_ok=True)
                until_the_end.enter_context(reserved(out))
        return _train(recipe, out, accelerator, resume=resume, build=build)


def _train(
    recipe: Recipe, out: Path, accelerator: Accelerator, *, resume: bool, build: Build | None
) -> Trained:
    training = recipe.training
    if training.threads:
        torch.set_num_threads(training.threads)
    processes = Processes(accelerator)
    with processes.main_first():
        material = read_material(recipe, out)
    start_tracker(accelerator, recipe, out)
    torch.manual_seed(training.seed)
    network = _fresh_network(recipe, material, build or build_network)
    posts = TrainingPosts(
        material,
        batch_size=training.batch_size,
        seed=training.seed,
        picture_dropout=recipe.picture.dropout,
        parts=training.accumulation,
        process=processes.number,
        processes=processes.count,
    )
    steps = sum(map(posts.steps, range(1, training.epochs + 1)))
    _warn_of_long_warmup(training, steps)
    learner = Learner(network, recipe, accelerator=accelerator, steps=steps)
    name = None if build is None else name_of(build)

    def fingerprint(of_recipe: Recipe) -> str:
        return identity(of_recipe, material, build=name)

    progress = Progress(fingerprint(recipe), planned=planned(training))
    if resume and (out / STATE_NAME).is_file():
        progress = resume_run(
            out / STATE_NAME, learner, fingerprint=fingerprint, recipe=recipe, posts=posts
        )

    def score_dev() -> ScoreRecord:
        tagger = make_tagger(learner.scored, material, recipe=recipe, device=accelerator.device)
        predicted = [tagged.post for tagged in tagger.explain(material.dev)]
        return score(material.dev, predicted, scoring=recipe.data.scoring).record

    progress = _run_epochs(
        learner, posts, training=training, score_dev=score_dev, progress=progress, out=out
    )
    best = progress.best
    with processes.main_first():
        if processes.is_main:
            learner.scored.load_state_dict(progress.best_weights)
            tagger = make_tagger(learner.scored, material, recipe=recipe, device=accelerator.device)
            model = fit_model(recipe, material, tagger, best=best, folder=out / "model", build=name)
            save_model(model, learner.scored, known=known_posts(material))
    return Trained(out / "model", best.epoch, best.dev, progress.history)


def _run_epochs(
    learner: Learner,
    posts: TrainingPosts,
    *,
    training: TrainingSection,
    score_dev: Callable[[], ScoreRecord],
    progress: Progress,
    out: Path,
) -> Progress:
    """Train until the last epoch, or until dev has not improved for the recipe's patience."""
    processes = learner.processes
    if processes.is_main:
        write_log(out / LOG_NAME, progress.history)
    for number in range(progress.epochs + 1, training.epochs + 1):
        if progress.is_stale(training.patience):
            break
        # Every epoch draws numbers of its own, so that a resumed run draws the same.
        seed = training.seed * _SEED_STRIDE + number
        torch.manual_seed(seed + processes.number * _PROCESS_STRIDE)
        started = time.perf_counter()

        # Steps: one for each batch of this epoch's posts.
        loss = 0.0
        shares = posts.shares(number)
        for share in _bar(shares, number, total=posts.steps(number), processes=processes):
            loss += learner.step(share) * share.posts
        trained = time.perf_counter()

        # Dev: its scores decide which epoch is the best, and when to stop.
        scores = processes.from_main(score_dev, ScoreRecord)
        epoch = Epoch(
            epoch=number,
            posts=posts.count(number),
            loss=round(loss / posts.count(number), 6),
            dev=scores,
            train_seconds=round(trained - started, 2),
            dev_seconds=round(time.perf_counter() - trained, 2),
            peak_memory=peak_memory(),
        )
        weights = learner.scored.state_dict()
        progress = progress.after(epoch, steps=learner.steps, weights=weights)

        # State: a run that is killed from here on is resumed after this epoch.
        if processes.is_main:
            learner.save(out / STATE_NAME, progress)
            append_epoch(out / LOG_NAME, epoch)
            _report(epoch, learner.accelerator)
    return progress


def _bar(
    shares: Iterator[Share], epoch: int, *, total: int, processes: Processes
) -> Iterable[Share]:
    """Show on a terminal how many batches of an epoch are done; the main process does."""
    if not processes.is_main:
        return shares
    name = f"epoch {epoch}"
    return tqdm(shares, desc=name, unit="batch", total=total, leave=False, disable=None)


def _report(epoch: Epoch, accelerator: Accelerator) -> None:
    """Log an epoch for people and for TensorBoard."""
    dev = epoch.dev
    rates = {"dev/f1": dev.f1, "dev/precision": dev.precision, "dev/recall": dev.recall}
    accelerator.log({"loss": epoch.loss, **rates}, step=epoch.epoch)
    _LOG.info(
        "epoch %d: loss %.3f, dev F1 %.2f (%s), %.0f s",
        epoch.epoch,
        epoch.loss,
        100 * dev.f1,
        dev.scoring,
        epoch.train_seconds,
    )


def _warn_of_long_warmup(training: TrainingSection, steps: int) -> None:
    if training.warmup_steps >= steps:
        _LOG.warning(
            "training.warmup_steps = %d, but the whole training has %d steps: the learning rate "
            "never reaches its full value; set a smaller number, such as %d, or more epochs",
            training.warmup_steps,
            steps,
            max(1, steps // 10),
        )


def _fresh_network(recipe: Recipe, material: Material, build: Build) -> Network:
    """Build the network, with fresh weights from torch's global generator."""
    transformer = None
    if recipe.transformer.model:
        transformer = Transformer.pretrained(recipe.transformer.model)
    transitions = allowed_transitions(material.vocabulary.tags)
    return build(recipe, material.sizes, transitions=transitions, transformer=transformer)


def _check_files(recipe: Recipe, out: Path) -> None:
    for corpus in sources_of(recipe.data):
        posts = {"data.train": corpus.train or None, "data.dev": corpus.dev or None}
        check_apart(out / LOG_NAME, posts)
    for name, file in (("train", recipe.data.train), ("dev", recipe.data.dev)):
        if not (file or recipe.data.corpora):
            advice = by_change(f"data.{name}=FILE")
            raise ConfigError(f"data.{name}: the recipe names no file; give one by {advice}")


def _check_folder(out: Path, *, resume: bool) -> None:
    """Make sure that the folder does not hold a run which would be written over."""
    if resume or not out.exists():
        return
    if {path.name for path in out.iterdir()} - _OF_A_FAILED_START:
        raise ConfigError(
            f"{out} is not empty: resume its run by --resume, or choose another folder by --out"
        )
