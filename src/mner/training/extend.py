"""A run that is resumed, with more epochs or another patience than it was planned for."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mner.errors import ConfigError
from mner.recipe.advice import by_change
from mner.recipe.sections import Recipe, TrainingSection
from mner.training.batches import TrainingPosts
from mner.training.learner import Learner
from mner.training.optimizer import rate_share
from mner.training.state import Planned, Progress, read_planned

__all__ = ["planned", "resume_run"]

_LOG = logging.getLogger(__name__)


def planned(training: TrainingSection) -> Planned:
    """Return what of a recipe may change when its run is resumed."""
    return Planned(epochs=training.epochs, patience=training.patience)


def resume_run(
    state: Path,
    learner: Learner,
    *,
    fingerprint: Callable[[Recipe], str],
    recipe: Recipe,
    posts: TrainingPosts,
) -> Progress:
    """Go back to the state of a run, which may have been planned for fewer epochs.

    Args:
        state: the file of the state.
        learner: made for all epochs of the recipe; it gets the weights of the state.
        fingerprint: gives the identity of a training by a recipe.
        recipe: of the run, apart from its epochs and its patience.
        posts: the training posts.

    Raises:
        ConfigError: the run was started with another recipe, was planned for more epochs, or would
            stop at once because of its patience.
        ModelError: the file is damaged.
    """
    training = recipe.training
    before = read_planned(state) or planned(training)
    as_it_was = replace(training, epochs=before.epochs, patience=before.patience)
    same = fingerprint(replace(recipe, training=as_it_was))
    progress = learner.resume(state, fingerprint=same)
    if training.epochs < before.epochs:
        raise ConfigError(
            f"{state}: the run was planned for {before.epochs} epochs, and its learning rates "
            f"with it: expected training.epochs of at least {before.epochs}, got "
            f"{training.epochs}; train a shorter run in another --out"
        )
    _LOG.info("resumed after epoch %d", progress.epochs)
    if training.epochs > before.epochs:
        _check_patience(state, progress, training)
        _say_rates(progress, before, training=training, posts=posts)
    return replace(progress, fingerprint=fingerprint(recipe), planned=planned(training))


def _check_patience(state: Path, progress: Progress, training: TrainingSection) -> None:
    if progress.is_stale(training.patience):
        raise ConfigError(
            f"{state}: epoch {progress.best.epoch} of {progress.epochs} is the best on dev, so "
            f"with training.patience = {training.patience} no further epoch would be trained: "
            f"raise it too, such as by {by_change(f'training.patience={training.patience + 6}')}"
        )


def _say_rates(
    progress: Progress, before: Planned, *, training: TrainingSection, posts: TrainingPosts
) -> None:
    """Log what becomes of the learning rates, which decay towards another end from now on."""
    shares = []
    for epochs in (before.epochs, training.epochs):
        steps = sum(map(posts.steps, range(1, epochs + 1)))
        shares.append(100 * rate_share(progress.steps, training, steps=steps))
    _LOG.info(
        "the run was planned for %d epochs and now has %d: the learning rates go from %.0f%% to "
        "%.0f%% of the highest and decay to the new end; a run of %d epochs from the start would "
        "have had other rates",
        before.epochs,
        training.epochs,
        *shares,
        training.epochs,
    )
