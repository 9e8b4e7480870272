"""The sections of a recipe. The line under a field is its documentation; `docs/recipes.md` is made of these lines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mner.bio import SCORINGS, Scoring

__all__ = [
    "CharactersSection",
    "CorpusSection",
    "CrfSection",
    "DataSection",
    "FusionSection",
    "NetworkSection",
    "PictureSection",
    "Recipe",
    "TextSection",
    "TrainingSection",
    "TransformerSection",
]


@dataclass(frozen=True)
class CorpusSection:
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
    conventions: tuple[
        Literal["join-signs", "plain-mentions", "plain-urls", "split-clitics"], ...
    ] = ()
    """How its tokens are rewritten: `@` and `#` joined with their names, usernames no entities, `URL1` a URL, `'s` parted."""


@dataclass(frozen=True)
class DataSection:
    """The corpus. Paths are relative to the current folder; `$NAME` stands for an environment variable."""

    train: str = ""
    """Tagged posts to train on."""
    dev: str = ""
    """Tagged posts that choose the epoch. The test file has no place in a recipe: `mner evaluate` scores it."""
    corpora: tuple[CorpusSection, ...] = ()
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
    def scoring(self) -> Scoring:
        """What scores against these files are called: `strict` where orphan tags are dropped."""
        return SCORINGS[self.orphans]


@dataclass(frozen=True)
class NetworkSection:
    """The plan of the network."""

    kind: Literal["modular", "seed"] = "modular"
    """`seed` is the network of the paper's public Keras code, layer for layer; it takes only what that code has, and other choices are refused."""


@dataclass(frozen=True)
class TextSection:
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
class TransformerSection:
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
class CharactersSection:
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
class PictureSection:
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
class FusionSection:
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


@dataclass(frozen=True)
class CrfSection:
    """The output layer."""

    constrain_loss: bool = False
    """Forbid ill-formed sequences in the loss too; decoding always does."""


@dataclass(frozen=True)
class TrainingSection:
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

    data: DataSection = field(default_factory=DataSection)
    network: NetworkSection = field(default_factory=NetworkSection)
    text: TextSection = field(default_factory=TextSection)
    transformer: TransformerSection = field(default_factory=TransformerSection)
    characters: CharactersSection = field(default_factory=CharactersSection)
    picture: PictureSection = field(default_factory=PictureSection)
    fusion: FusionSection = field(default_factory=FusionSection)
    crf: CrfSection = field(default_factory=CrfSection)
    training: TrainingSection = field(default_factory=TrainingSection)

    @property
    def attends_per_word(self) -> bool:
        """Whether the words of a post may attend differently; True for a text-only model."""
        return self.picture.source == "none" or self.fusion.attention not in {"concat", "mean"}
