"""Training: a recipe in, a model folder out. Dev chooses the epoch; no test file can be named here."""

import hashlib
import json
import logging
import math
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

import mner
from mner.bio import allowed_transitions
from mner.encoding.caption_regions import caption_words
from mner.encoding.indexer import IndexedPost, buckets
from mner.errors import ConfigError, MnerError
from mner.files.locks import RESERVED, reserved
from mner.model.build import build_network
from mner.model.network import Network, emit, to_tensors
from mner.model.transformer import Transformer
from mner.recipe.read import to_toml
from mner.recipe.sections import Recipe, TrainingSection
from mner.spans.entities import EntityDecoder
from mner.spans.gold import fingerprint, mentions
from mner.spans.score import score
from mner.spans.scores import Scores
from mner.tagging.about import About
from mner.tagging.model_folder import Model, crf_parameters, save_model
from mner.tagging.tagger import Tagger
from mner.training.environment import environment, peak_memory
from mner.training.log import LOG_NAME, Epoch, append_epoch, write_log
from mner.training.material import Material, read_material
from mner.training.state import Progress, load_state, save_state
from mner.types import Regions

__all__ = ["Trained", "train"]

_LOG = logging.getLogger(__name__)
_STATE = "state.safetensors"

_WITHOUT_BFLOAT16 = ("DEFAULT", "AVX2")
"""What torch calls processors on which it has no bfloat16 LSTM, and takes twenty times as long for other layers."""


@dataclass(frozen=True)
class Trained:
    """A finished run."""

    model: Path
    """The model folder."""
    best_epoch: int
    """Counted from 1."""
    dev: Mapping[str, Any]
    """The scores of that epoch on dev, as `Scores.as_dict` gives them."""
    history: tuple[Epoch, ...]


def train(recipe: Recipe, out: Path, *, resume: bool = False) -> Trained:
    """Train a tagger.

    Args:
        recipe: what to train, and how.
        out: the run's folder: `model/`, `log.jsonl`, and the state from which a killed run goes on.
        resume: go on with the run that is in `out`; weights end up bit for bit as if it had never stopped, given the same
            number of threads. Without it, `out` must not hold a run.

    Raises:
        ConfigError: the recipe names no training or dev file, this machine does not have its precision, `out` holds a run and `resume` is not given, or
            another process trains in `out`.
        InputError: a file cannot be used.
        MnerError: training diverged.
    """
    _check(recipe, out, resume=resume)
    with reserved(out):
        return _train(recipe, out, resume=resume)


def _train(recipe: Recipe, out: Path, *, resume: bool) -> Trained:
    if recipe.training.threads:
        torch.set_num_threads(recipe.training.threads)
    material = read_material(recipe, out)
    accelerator = _accelerator(recipe.training, out)
    torch.manual_seed(recipe.training.seed)
    transitions = allowed_transitions(material.vocabulary.tags)
    transformer = (
        Transformer.pretrained(recipe.transformer.model) if recipe.transformer.model else None
    )
    network = build_network(
        recipe,
        material.sizes,
        transformer,
        start=transitions.start,
        step=transitions.step,
        end=transitions.end,
    )
    loop = _Loop(recipe, material, accelerator, network=network, out=out)
    if resume and (out / _STATE).is_file():
        loop.resume()
    progress = loop.run()
    best = progress.history[progress.best_epoch - 1]
    loop.scored.load_state_dict(loop.best)
    tagger = loop.tagger().balanced(material.dev) if recipe.training.balance else loop.tagger()
    model = Model(
        folder=out / "model",
        recipe=recipe,
        vocabulary=material.vocabulary,
        vectors=material.vectors,
        pieces=material.pieces,
        mentions=mentions(material.train),
        about=_about(recipe, material, best),
        crf=tagger.crf,
        temperature=tagger.fit_temperature(material.dev),
    )
    save_model(model, loop.scored)
    return Trained(model.folder, progress.best_epoch, best.dev, progress.history)


class _Loop:
    """Epochs over encoded posts, with the state of the optimisation."""

    def __init__(
        self,
        recipe: Recipe,
        material: Material,
        accelerator: Accelerator,
        *,
        network: Network,
        out: Path,
    ) -> None:
        self._recipe = recipe.training
        self._scoring = recipe.data.scoring
        self._material = material
        self._accelerator = accelerator
        self._out = out
        self._plain = network
        self._network, self._optimizer = accelerator.prepare(network, _optimizer(recipe, network))
        self._posts: list[IndexedPost] = [
            material.indexer.index(post, with_tags=True) for post in material.train
        ]
        self._lengths = material.indexer.lengths(material.train)
        self._regions: list[Regions] | None = None
        if material.regions:
            self._regions = material.regions(material.train)
            material.regions(
                material.dev
            )  # one that cannot be had is said now, not after the first epoch
            states = Counter(regions.state for regions in self._regions)
            _LOG.info(
                "training posts by the state of picture or caption: %s",
                ", ".join(f"{count} {state}" for state, count in states.items()),
            )
        self._average = _running_average(network, recipe.training.averaging)
        self._all_steps = sum(
            math.ceil(len(self._places(number)) / recipe.training.batch_size)
            for number in range(1, recipe.training.epochs + 1)
        )
        self._progress = Progress(
            _identity(recipe, material), epochs=0, steps=0, best_f1=-1.0, best_epoch=0, history=()
        )
        self.best: dict[str, Tensor] = {}

    def resume(self) -> None:
        """Go back to the end of the last epoch that was finished."""
        path = self._out / _STATE
        self._progress, self.best = load_state(
            path,
            self._trained(),
            optimizer=self._optimizer,
            fingerprint=self._progress.fingerprint,
            scaler=self._accelerator.scaler,
        )
        _LOG.info("resumed after epoch %d", self._progress.epochs)

    def run(self) -> Progress:
        """Train until the last epoch, or until dev has not improved for the recipe's patience."""
        write_log(self._out / LOG_NAME, self._progress.history)
        while self._progress.epochs < self._recipe.epochs and not self._is_stale():
            self._epoch(self._progress.epochs + 1)
        self._accelerator.end_training()
        return self._progress

    def _is_stale(self) -> bool:
        return self._progress.epochs - self._progress.best_epoch >= self._recipe.patience

    def _epoch(self, number: int) -> None:
        started = time.perf_counter()
        torch.manual_seed(self._recipe.seed * 100_003 + number)
        loss = self._train(number)
        trained = time.perf_counter()
        scores = self._score_dev()
        entry = Epoch(
            epoch=number,
            posts=len(self._places(number)),
            loss=round(loss, 6),
            dev=scores.as_dict(),
            train_seconds=round(trained - started, 2),
            dev_seconds=round(time.perf_counter() - trained, 2),
            peak_memory=peak_memory(),
        )
        if scores.f1 > self._progress.best_f1:
            self._progress = replace(self._progress, best_f1=scores.f1, best_epoch=number)
            self.best = {
                name: tensor.detach().cpu().clone()
                for name, tensor in self.scored.state_dict().items()
            }
        self._progress = replace(
            self._progress, epochs=number, history=(*self._progress.history, entry)
        )
        save_state(
            self._out / _STATE,
            self._progress,
            self._trained(),
            best=self.best,
            optimizer=self._optimizer,
            scaler=self._accelerator.scaler,
        )
        append_epoch(self._out / LOG_NAME, entry)
        self._accelerator.log(
            {
                "loss": loss,
                "dev/f1": scores.f1,
                "dev/precision": scores.precision,
                "dev/recall": scores.recall,
            },
            step=number,
        )
        _LOG.info(
            "epoch %d: loss %.3f, dev F1 %.2f (%s), %.0f s",
            number,
            loss,
            100 * scores.f1,
            scores.scoring,
            entry.train_seconds,
        )

    def _train(self, number: int) -> float:
        """One pass over the posts; the mean loss of a post."""
        self._network.train()
        total, posts = 0.0, len(self._places(number))
        batches = math.ceil(posts / self._recipe.batch_size)
        for places in tqdm(
            self._batches(number),
            desc=f"epoch {number}",
            unit="batch",
            total=batches,
            leave=False,
            disable=None,
        ):
            regions = [self._regions[place] for place in places] if self._regions else None
            batch = self._material.indexer.batch([self._posts[place] for place in places], regions)
            assert batch.tags is not None
            inputs = to_tensors(batch, self._accelerator.device)
            allowed = (
                None
                if batch.allowed is None
                else torch.from_numpy(batch.allowed).to(self._accelerator.device)
            )
            loss = self._network.loss(
                inputs, torch.from_numpy(batch.tags).to(self._accelerator.device), allowed=allowed
            )
            total += self._step(loss) * len(places)
        return total / posts

    def _batches(self, number: int) -> Iterator[list[int]]:
        rng = np.random.default_rng([self._recipe.seed, number])
        posts = self._places(number)
        for places in buckets(
            [self._lengths[place] for place in posts], self._recipe.batch_size, rng=rng
        ):
            yield [posts[place] for place in places]

    def _places(self, number: int) -> list[int]:
        """The posts of an epoch."""
        return [
            place for place, last in enumerate(self._material.passes) if not last or number <= last
        ]

    def _step(self, loss: Tensor) -> float:
        value = float(loss.detach())
        if not math.isfinite(value):
            raise MnerError(
                f"training diverged: the loss is {value} at step {self._progress.steps + 1}; lower training.learning_rate (now {self._recipe.learning_rate})"
            )
        for group in self._optimizer.param_groups:
            group["lr"] = group["highest"] * _rate(
                self._progress.steps, self._all_steps, self._recipe
            )
        self._optimizer.zero_grad(set_to_none=True)
        self._accelerator.backward(loss)
        if self._recipe.clip_norm:
            self._accelerator.clip_grad_norm_(self._network.parameters(), self._recipe.clip_norm)
        self._optimizer.step()
        if self._average is not None:
            self._average.update_parameters(self._plain)
        self._progress = replace(self._progress, steps=self._progress.steps + 1)
        return value

    def _score_dev(self) -> Scores:
        tagged = self.tagger().explain(self._material.dev)
        return score(self._material.dev, [one.post for one in tagged], scoring=self._scoring)

    def tagger(self) -> Tagger:
        """What is scored, as it stands, without a temperature."""
        material = self._material
        return Tagger(
            material.indexer,
            partial(emit, self.scored, device=self._accelerator.device),
            EntityDecoder(
                material.vocabulary.tags, crf_parameters(self.scored, material.vocabulary)
            ),
            regions=material.regions,
            per_word=self.scored.fusion.per_word,
        )

    @property
    def scored(self) -> Network:
        """What is scored and kept: the average of the weights where there is one."""
        return self._plain if self._average is None else cast("Network", self._average.module)

    def _trained(self) -> nn.ModuleDict:
        """All weights that the next epoch depends on."""
        return nn.ModuleDict(
            {"network": self._plain} | ({} if self._average is None else {"average": self._average})
        )


def _identity(recipe: Recipe, material: Material) -> str:
    """A digest of what a run depends on: the recipe, the posts with their pictures and captions, the encoder of pictures, and the vectors of all words."""
    posts = [*material.train, *material.dev]
    beside = [(post.picture, post.caption, post.annotated) for post in posts]
    parts = [
        to_toml(recipe),
        fingerprint(material.train),
        fingerprint(material.dev),
        material.picture_encoder,
        beside,
    ]
    words = sorted(
        {word for post in posts for word in (*post.tokens, *caption_words(post.caption))}
    )
    digest = hashlib.sha256(json.dumps(parts).encode())
    digest.update(material.vectors.vectors(material.vectors.rows(words)).tobytes())
    return digest.hexdigest()


def _check(recipe: Recipe, out: Path, *, resume: bool) -> None:
    for name in ("train", "dev"):
        if not (getattr(recipe.data, name) or recipe.data.corpora):
            raise ConfigError(
                f"data.{name}: the recipe names no file; give one with --set data.{name}=FILE"
            )
    # A start that failed has left no more than these.
    if (
        out.exists()
        and {path.name for path in out.iterdir()} - {RESERVED, "tensorboard", "features"}
        and not resume
    ):
        raise ConfigError(
            f"{out} is not empty: go on with its run by --resume, or choose another folder by --out"
        )
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ConfigError(
            "training runs in one process: start it with `mner train`, not with a launcher of several"
        )
    _check_precision(recipe.training.precision)
    out.mkdir(parents=True, exist_ok=True)


def _check_precision(precision: str) -> None:
    if torch.accelerator.is_available():
        return
    instead = "train in single precision by --set training.precision=no"
    if precision == "fp16":
        raise ConfigError(
            f'training.precision = "fp16": needs a GPU, and torch finds none: {instead}'
        )
    if precision == "bf16" and torch.backends.cpu.get_cpu_capability() in _WITHOUT_BFLOAT16:
        raise ConfigError(
            f'training.precision = "bf16": needs a GPU or a processor with AVX-512, and torch finds neither: {instead}'
        )


def _accelerator(training: TrainingSection, out: Path) -> Accelerator:
    AcceleratorState._reset_state()  # else a second run in one process could not have another precision
    has_tensorboard = find_spec("tensorboard") is not None
    accelerator = Accelerator(
        mixed_precision=training.precision,
        log_with="tensorboard" if has_tensorboard else None,
        project_dir=out,
    )
    accelerator.init_trackers("tensorboard")
    return accelerator


def _running_average(network: Network, share: float) -> AveragedModel | None:
    return AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(share)) if share else None  # type: ignore[no-untyped-call]


def _optimizer(recipe: Recipe, network: Network) -> torch.optim.Optimizer:
    groups, decay = _rates(recipe, network), recipe.training.weight_decay
    if recipe.training.optimizer == "rmsprop":
        return torch.optim.RMSprop(
            groups, weight_decay=decay, alpha=0.9
        )  # Keras's average, as in the public codes
    return torch.optim.AdamW(groups, weight_decay=decay, fused=True)


def _rates(recipe: Recipe, network: Network) -> list[dict[str, Any]]:
    """The parameters in groups, each with its highest learning rate; a transformer's lower layers have lower ones, the frozen ones none."""
    distances = list(network.transformer.distances()) if network.transformer is not None else []
    chosen = recipe.transformer
    groups: dict[float, list[nn.Parameter]] = {}
    for parameter, distance in distances:
        if parameter.requires_grad:
            groups.setdefault(chosen.learning_rate * chosen.layer_decay**distance, []).append(
                parameter
            )
    of_transformer = {id(parameter) for parameter, _ in distances}
    rest = [parameter for parameter in network.parameters() if id(parameter) not in of_transformer]
    return [
        {"params": some, "lr": rate, "highest": rate}
        for rate, some in [(recipe.training.learning_rate, rest), *groups.items()]
    ]


def _rate(step: int, steps: int, training: TrainingSection) -> float:
    """The share of the highest learning rate at a step: a linear rise, then a linear decay."""
    if step < training.warmup_steps:
        return (step + 1) / training.warmup_steps
    remaining = (steps - step) / max(1, steps - training.warmup_steps)
    return training.final_rate + (1 - training.final_rate) * remaining


def _about(recipe: Recipe, material: Material, best: Epoch) -> About:
    return About(
        mner=mner.__version__,
        labels=material.vocabulary.labels,
        sizes=material.sizes.as_dict(),
        encoder=material.picture_encoder,
        seed=recipe.training.seed,
        train_posts=len(material.train),
        train_fingerprint=fingerprint(material.train),
        dev_fingerprint=fingerprint(material.dev),
        best_epoch=best.epoch,
        dev_f1=best.dev["f1"],
        dev_scoring=best.dev["scoring"],
        environment=environment(),
    )
