"""Recipes: what to train on, which parts to build, how to train them; read from TOML, checked as a whole.

The line under a field is its documentation; `docs/recipes.md` is made of these lines.
"""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Literal

from mner.errors import ConfigError
from mner.recipe_checks import contradictions
from mner.sections import build_section, describe_sections, sections_to_toml

__all__ = [
    "Characters",
    "Corpus",
    "Crf",
    "Data",
    "Fusion",
    "Network",
    "Picture",
    "Recipe",
    "Text",
    "Training",
    "Transformer",
    "read_recipe",
    "recipe_from_dict",
    "reference",
    "to_toml",
]


@dataclass(frozen=True)
class Corpus:
    """One of several corpora that are trained on together; one `[[data.corpora]]` each. Other keys of `[data]` hold for all."""

    train: str = ""
    """Tagged posts to train on."""
    dev: str = ""
    """Tagged posts that, with those of the other corpora, choose the epoch."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """The corpus's own labels and what they are called here, `{ person = "PER" }`; a label that is not listed keeps its name."""
    annotated: tuple[str, ...] = ()
    """The labels, as called here, that its annotators looked for; when empty those of a post's own `annotated` (JSONL), else all. Others are left open."""
    epochs: int = 0
    """In how many of the first passes it is trained on; 0 for all."""
    conventions: tuple[Literal["join-signs", "plain-mentions", "plain-urls", "split-clitics"], ...] = ()
    """How its tokens are rewritten: `@` and `#` joined with their names, usernames no entities, `URL1` a URL, `'s` parted."""


@dataclass(frozen=True)
class Data:
    """The corpus. Paths are relative to the current folder; `$NAME` stands for an environment variable."""

    train: str = ""
    """Tagged posts to train on."""
    dev: str = ""
    """Tagged posts that choose the epoch. The test file has no place in a recipe: `mner evaluate` scores it."""
    corpora: tuple[Corpus, ...] = ()
    """Several corpora, in place of `train` and `dev`; see `[[data.corpora]]`."""
    exclude: tuple[str, ...] = ()
    """Files whose texts are kept out: posts of train or dev that say the same (case, punctuation, URLs and mentions apart) are dropped."""
    format: Literal["auto", "imgid", "conll", "jsonl"] = "auto"
    """Format of the files."""
    scheme: Literal["iob1", "iob2", "bioes"] = "iob2"
    """Tagging scheme of the files."""
    orphans: Literal["begin", "drop"] = "begin"
    """What an I- tag that continues nothing means: the begin of an entity, or nothing."""
    captions: str = ""
    """JSONL file of captions (`id` and caption fields), for `picture.source = "captions"`."""
    caption_fields: tuple[str, ...] = ()
    """Which fields of the captions file are read; all when empty."""
    pictures: str = ""
    """Folder of pictures named by id, for `picture.source = "pixels"`."""
    features: str = ""
    """Store of encoded pictures, made from `data.pictures` where it is not there, in the run's folder when empty; or a feature file of the public code."""

    @property
    def scoring(self) -> Literal["lenient", "strict"]:
        """What scores against these files are called: `strict` where orphan tags are dropped."""
        return "lenient" if self.orphans == "begin" else "strict"


@dataclass(frozen=True)
class Network:
    """The plan of the network."""

    kind: Literal["modular", "seed"] = "modular"
    """`seed` is the network of the paper's public Keras code, layer for layer; it takes only what that code has, and other choices are refused."""


@dataclass(frozen=True)
class Text:
    """Words and their context."""

    vectors: str = ""
    """File of pretrained word vectors (GloVe, word2vec, gensim; also .gz), or a name such as glove-twitter-200; without, words seen twice are learned."""
    words: bool = True
    """Word vectors as a part of a word; false only with a transformer."""
    dimension: int = 100
    """Numbers in a word vector where `text.vectors` is empty."""
    train_vectors: bool = True
    """Fine-tune the vectors of the training posts' words."""
    word_dropout: float = 0.03
    """Share of words made unknown in training."""
    shapes: int = 8
    """Size of the vector of a word's shape (Xx, dd, #x); 0 for none."""
    hidden: int = 200
    """Size of one direction of the BiLSTM; 0, only with a transformer, for none."""
    dropout: float = 0.5
    """Dropout before and after the BiLSTM."""


@dataclass(frozen=True)
class Transformer:
    """A pretrained transformer that reads the post; its vectors of the words' first pieces are joined with the other parts of a word."""

    model: str = ""
    """Folder of a Hugging Face encoder such as BERT, or its name on the hub; none when empty."""
    learning_rate: float = 5e-5
    """The highest learning rate of its last layer."""
    layer_decay: float = 0.9
    """What the rate is multiplied by with each layer further down."""
    frozen: int = 0
    """How many of the lowest layers are not trained; 1 freezes the embeddings alone."""


@dataclass(frozen=True)
class Characters:
    """The convolutions over a word's characters."""

    filters: int = 32
    """Filters of each width; 0 for no character encoder."""
    widths: tuple[int, ...] = (2, 3, 4)
    """Widths of the parallel convolutions, in characters."""
    dimension: int = 30
    """Size of a character's vector."""
    longest_word: int = 25
    """Characters of a word that are read."""
    activation: Literal["relu", "tanh"] = "relu"
    """Applied before the maximum over the word."""
    dropout: float = 0.0
    """Dropout on the result."""


@dataclass(frozen=True)
class Picture:
    """What the co-attention looks at."""

    source: Literal["none", "pixels", "captions"] = "none"
    """Regions of the picture, words of its caption, or nothing (the text-only twin)."""
    encoder: Literal["efficientnet-lite0", "vgg16", "onnx", "transformers"] = "efficientnet-lite0"
    """Encoder of pictures, for `pixels`; see docs/pictures.md."""
    weights: str = ""
    """`vgg16`: file of torchvision or Keras; empty for the one that is fetched. `onnx`: the .onnx file. `transformers`: folder, or name on the hub."""
    size: int = 0
    """`onnx` and `transformers`: side of the pictures in pixels; 0 for that of the graph or of the model's processor."""
    mean: tuple[float, ...] = ()
    """`onnx` and `transformers`: what is subtracted from red, green and blue between 0 and 1; empty for that of the model's processor."""
    deviation: tuple[float, ...] = ()
    """What they are divided by then."""
    output: str = ""
    """`onnx`: name of the output, or of a tensor inside the graph, that holds the regions; the first output when empty."""


@dataclass(frozen=True)
class Fusion:
    """How words and regions are joined, where `picture.source` is not `none`."""

    kind: Literal["co-attention", "gated"] = "co-attention"
    """`co-attention` is the paper's: words look at regions, what they saw looks back at the words, two gates. `gated` adds what a word saw, by one gate."""
    attention: Literal["concat", "additive", "scaled-dot", "multi-head", "mean"] = "additive"
    """`concat` is the paper's, whose weights are the same for every word, as those of `mean` are for every region too."""
    size: int = 200
    """Attention size K; `mean` has none."""
    heads: int = 4
    """Heads of `multi-head`, which share the attention size."""
    dropout: float = 0.3
    """Dropout on the regions and on what is joined with the words."""

    @property
    def per_word(self) -> bool:
        """Whether the words of a post may attend differently."""
        return self.attention not in {"concat", "mean"}


@dataclass(frozen=True)
class Crf:
    """The output layer."""

    constrain_loss: bool = False
    """Forbid ill-formed sequences in the loss too; decoding always does."""


@dataclass(frozen=True)
class Training:
    """How to train."""

    optimizer: Literal["adamw", "rmsprop"] = "adamw"
    """The optimiser."""
    learning_rate: float = 1e-3
    """The highest learning rate."""
    weight_decay: float = 1e-3
    """Decoupled with AdamW, L2 with RMSprop."""
    warmup_steps: int = 200
    """Steps over which the rate rises to its highest."""
    final_rate: float = 0.05
    """Share of the highest rate that is left at the end of a linear decay."""
    clip_norm: float = 5.0
    """Largest norm of the gradient; 0 for no clipping."""
    batch_size: int = 16
    """Posts in a batch."""
    averaging: float = 0.0
    """Share that a step leaves of the running average of the weights, 0.999 say; dev scores and the model are then of the average. 0 for none."""
    epochs: int = 20
    """Passes over the training posts."""
    patience: int = 6
    """Epochs without a better F1 on dev after which training stops."""
    seed: int = 0
    """Of initial weights, order, and dropout."""
    precision: Literal["no", "bf16", "fp16"] = "no"
    """Mixed precision of Accelerate; `bf16` needs a GPU or a processor with AVX-512 and pays off from AMX on, `fp16` needs a GPU."""
    balance: bool = False
    """At the end, lower the score of O by what gives the best F1 on dev, for posts that hold more entities than the training posts do."""
    threads: int = 0
    """Threads of torch; 0 leaves its own choice."""


@dataclass(frozen=True)
class Recipe:
    """One experiment."""

    data: Data = field(default_factory=Data)
    network: Network = field(default_factory=Network)
    text: Text = field(default_factory=Text)
    transformer: Transformer = field(default_factory=Transformer)
    characters: Characters = field(default_factory=Characters)
    picture: Picture = field(default_factory=Picture)
    fusion: Fusion = field(default_factory=Fusion)
    crf: Crf = field(default_factory=Crf)
    training: Training = field(default_factory=Training)


def read_recipe(path: Path, *, changes: Sequence[str] = ()) -> Recipe:
    """Read a recipe and apply changes of the form `section.key=value` (a TOML value, or a bare string).

    Raises:
        ConfigError: the file is missing or no TOML, an environment variable is not set, or keys or values are wrong; all problems at once.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as exc:
        raise ConfigError(f"{path}: cannot read the recipe ({exc.strerror})") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{path}: not TOML: {exc}") from exc
    for change in changes:
        _apply(values, change)
    return recipe_from_dict({name: _expand(section, str(path)) for name, section in values.items()}, where=str(path))


def recipe_from_dict(values: Mapping[str, Any], *, where: str = "recipe") -> Recipe:
    """Make a recipe of nested dictionaries.

    Raises:
        ConfigError: unknown keys, wrong types or values out of range; all of them in one message.
    """
    problems: list[str] = []
    recipe: Recipe = build_section(Recipe, values, problems=problems)
    if not problems:
        problems = list(contradictions(recipe))
    if problems:
        raise ConfigError(f"{where}: " + "; ".join(problems))
    return recipe


def to_toml(recipe: Recipe) -> str:
    """The whole recipe as TOML that `read_recipe` reads back."""
    return sections_to_toml(recipe)


def reference() -> str:
    """Every section and key with its meaning and default, as Markdown."""
    about = "A recipe is a TOML file; every key has a default. Unknown keys are errors. `mner train RECIPE --set section.key=value` changes one."
    return f"# Recipes\n\n{about}\n\n{describe_sections(Recipe)}"


def _apply(values: dict[str, Any], change: str) -> None:
    key, equals, text = change.partition("=")
    section, dot, name = key.strip().partition(".")
    if not (equals and dot and section and name):
        raise ConfigError(f"--set {change}: expected section.key=value, as in training.epochs=3")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    if isinstance(getattr(getattr(Recipe(), section, None), name, None), str) and type(value) in (int, float, date, datetime, time):
        value = text.strip()  # a file of such a name
    target = values.setdefault(section, {})
    if not isinstance(target, dict):
        raise ConfigError(f"--set {change}: {section} is not a section")
    target[name] = value


def _expand(value: Any, where: str) -> Any:
    """Put the values of environment variables for their names, in all strings of a TOML value; `where` names it in errors."""
    if isinstance(value, dict):
        return {key: _expand(one, f"{where}: {key}") for key, one in value.items()}
    if isinstance(value, list):
        return [_expand(one, where) for one in value]
    if not isinstance(value, str):
        return value
    names = (name.strip("{}") for name in re.findall(r"\$(\w+|\{[^}]*\})", value, re.ASCII))  # as expandvars finds them
    if unset := [name for name in names if name not in os.environ]:
        raise ConfigError(f"{where} = {value!r}: the environment variable {unset[0]} is not set; set it, or name the path by --set")
    return os.path.expandvars(value)
