"""A recipe and its sections; the section of the data is in `mner.recipe.data`.

The string under a field is its documentation, and its type says which values it may have.
`docs/recipes.md` is made of both.
"""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from msgspec import Meta

from mner.recipe.data import DataSection

__all__ = [
    "CharactersSection",
    "CrfSection",
    "FusionSection",
    "NetworkSection",
    "PictureSection",
    "Recipe",
    "TextSection",
    "TrainingSection",
    "TransformerSection",
]

# The bounds above keep a slip of a finger, or a stranger's recipe, from taking all memory.
_Size = Annotated[int, Meta(ge=1, le=4_096)]
_SizeOrNone = Annotated[int, Meta(ge=0, le=4_096)]
_SmallSize = Annotated[int, Meta(ge=1, le=1_000)]
_SmallSizeOrNone = Annotated[int, Meta(ge=0, le=1_000)]
_Pixels = Annotated[int, Meta(ge=0, le=4_096)]
_Count = Annotated[int, Meta(ge=1, le=100_000)]
_CountOrNone = Annotated[int, Meta(ge=0, le=1_000_000)]
_Threads = Annotated[int, Meta(ge=0, le=1_024)]
_Amount = Annotated[float, Meta(ge=0)]
_AboveZero = Annotated[float, Meta(gt=0)]
_PartialShare = Annotated[float, Meta(ge=0, lt=1)]
_Share = Annotated[float, Meta(ge=0, le=1)]
_Seed = Annotated[int, Meta(ge=0, le=2**32 - 1)]

_SOURCES = {
    "data.captions": "captions",
    "data.caption_fields": "captions",
    "data.pictures": "pixels",
    "data.features": "pixels",
    "picture.weights": "pixels",
}
"""Keys that play a part with one `picture.source` only."""


@dataclass(frozen=True)
class NetworkSection:
    """The plan of the network."""

    kind: Literal["modular", "seed"] = "modular"
    """`seed` is the network of the paper's public Keras code, layer for layer. It takes only the
    choices that this code has; others are refused."""


@dataclass(frozen=True)
class TextSection:
    """Words and their context."""

    vectors: str = ""
    """File of pretrained word vectors (GloVe, word2vec, gensim; also .gz), or a name such as
    glove-twitter-200. When empty, vectors of words that occur twice are learned."""
    allow_pickle: bool = False
    """Open a file of gensim's own format, which is a pickle. A pickle can run any program when it
    is opened, so allow it only for a file that you made or whose maker you trust."""
    words: bool = True
    """Use word vectors; false is possible only with a transformer."""
    dimension: _Size = 100
    """Size of a word vector if `text.vectors` is empty."""
    train_vectors: bool = True
    """Fine-tune the vectors of the words in the training posts."""
    hashtag_words: bool = False
    """Give a hashtag that has no vector, such as `#KuwaitCity`, the mean of the vectors of its
    words, as its capitals and digits show them."""
    word_dropout: _PartialShare = 0.03
    """Share of words that are made unknown in training."""
    shapes: _SmallSizeOrNone = 8
    """Size of the vector of a word's shape (Xx, dd, #x); 0 for none."""
    hidden: _SizeOrNone = 200
    """Size of one direction of the BiLSTM; 0 for no BiLSTM, which is possible only with a
    transformer."""
    dropout: _PartialShare = 0.5
    """Dropout before and after the BiLSTM."""


@dataclass(frozen=True)
class TransformerSection:
    """A pretrained transformer that reads the post.

    Its vector of each word's first piece is joined with the other vectors of the word.
    """

    model: str = ""
    """Folder of a Hugging Face encoder such as BERT, or its name on the hub; none when empty."""
    learning_rate: _AboveZero = 5e-5
    """Highest learning rate of the last layer."""
    layer_decay: _AboveZero = 0.9
    """Factor by which the learning rate shrinks from each layer to the layer below."""
    frozen: _SmallSizeOrNone = 0
    """Number of lowest layers that are not trained; 1 freezes the embeddings alone."""


@dataclass(frozen=True)
class CharactersSection:
    """The convolutions over a word's characters."""

    filters: _SmallSizeOrNone = 32
    """Filters of each width; 0 for no character encoder."""
    widths: tuple[int, ...] = (2, 3, 4)
    """Widths of the parallel convolutions, in characters."""
    dimension: _SmallSize = 30
    """Size of a character's vector."""
    longest_word: _SmallSize = 25
    """Number of characters of a word that are read."""
    activation: Literal["relu", "tanh"] = "relu"
    """Function that is applied before the maximum over the word."""
    dropout: _PartialShare = 0.0
    """Dropout on the result."""


@dataclass(frozen=True)
class PictureSection:
    """What the co-attention looks at."""

    source: Literal["none", "pixels", "captions"] = "none"
    """Regions of the picture (`pixels`), words of its caption (`captions`), or nothing (`none`, the
    text-only twin)."""
    encoder: Literal["efficientnet-lite0", "vgg16", "onnx", "transformers"] = "efficientnet-lite0"
    """Encoder of pictures, for `pixels`; see docs/pictures.md."""
    weights: str = ""
    """For `vgg16` a file of torchvision or Keras, or empty for the file that is fetched. For `onnx`
    the .onnx file. For `transformers` a folder, or a name on the hub."""
    size: _Pixels = 0
    """Side of the pictures in pixels, for `onnx` and `transformers`; 0 for the size that the graph
    or the model's processor has."""
    mean: tuple[float, ...] = ()
    """What is subtracted from red, green and blue (each from 0 to 1), for `onnx` and
    `transformers`; empty for the values of the model's processor."""
    deviation: tuple[float, ...] = ()
    """What red, green and blue are divided by after `mean` is subtracted."""
    output: str = ""
    """For `onnx`, the name of the output, or of a tensor inside the graph, that holds the regions;
    the first output when empty."""
    dropout: _PartialShare = 0.0
    """Share of training posts, others in each epoch, whose picture or caption is left away."""


@dataclass(frozen=True)
class FusionSection:
    """How words and regions are joined, unless `picture.source` is `none`."""

    kind: Literal["co-attention", "gated"] = "co-attention"
    """`co-attention` is the paper's: words look at regions, the result looks back at the words, and
    two gates follow. `gated` adds what a word saw, through one gate."""
    attention: Literal["concat", "additive", "scaled-dot", "multi-head", "mean"] = "additive"
    """`concat` is the paper's; it gives all words the same weights. `mean` gives all regions the
    same weight, too."""
    size: _Size = 200
    """Attention size K; not used by `mean`."""
    heads: _SmallSize = 4
    """Heads of `multi-head`, among which the attention size is divided."""
    dropout: _PartialShare = 0.3
    """Dropout on the regions and on what is joined with the words."""


@dataclass(frozen=True)
class CrfSection:
    """The output layer."""

    constrain_loss: bool = False
    """Forbid ill-formed sequences of tags in the loss, too. Decoding always forbids them."""


@dataclass(frozen=True)
class TrainingSection:
    """How to train."""

    optimizer: Literal["adamw", "rmsprop"] = "adamw"
    """The optimiser."""
    learning_rate: _AboveZero = 1e-3
    """Highest learning rate."""
    weight_decay: _Amount = 1e-3
    """Weight decay; decoupled with AdamW, L2 with RMSprop."""
    warmup_steps: _CountOrNone = 200
    """Steps in which the learning rate rises to its highest value."""
    final_rate: _Share = 0.05
    """Share of the highest learning rate that is left after the linear decay."""
    clip_norm: _Amount = 5.0
    """Largest norm of the gradient; 0 for no clipping."""
    batch_size: _Size = 16
    """Posts in a batch, those of all processes together."""
    accumulation: _Size = 1
    """Parts that a process computes its share of a batch in, one after the other, which takes less
    memory. Losses and gradients are those of the whole batch."""
    averaging: _PartialShare = 0.0
    """Share of the running average of the weights that each step keeps, for example 0.999; 0 for no
    average. With an average, dev scores and the model are of the averaged weights."""
    epochs: _Count = 20
    """Passes over the training posts."""
    patience: _Count = 6
    """Epochs without a better F1 on dev after which training stops."""
    seed: _Seed = 0
    """Seed of the initial weights, the order of the posts, and dropout."""
    precision: Literal["no", "bf16", "fp16"] = "no"
    """Mixed precision, by Accelerate. `bf16` needs a GPU or a processor with AVX-512 and pays off
    from AMX on; `fp16` needs a GPU."""
    tracker: Literal["auto", "none", "tensorboard", "wandb", "mlflow"] = "auto"
    """Where losses and scores on dev are shown beside the log, by Accelerate; see
    docs/training.md. `auto` writes files for TensorBoard into the run's folder if it is installed.
    Only `wandb` and `mlflow` may send something."""
    balance: bool = False
    """After training, lower the score of O by the amount that gives the best F1 on dev. This is for
    posts that hold more entities than the training posts."""
    threads: _Threads = 0
    """Threads of torch; 0 for the number that torch chooses."""


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

    def uses(self, key: str) -> bool:
        """Return whether a key, such as `data.captions`, plays a part beside the other choices."""
        if key == "text.vectors":
            return self.text.words or self.picture.source == "captions"
        return _SOURCES.get(key, self.picture.source) == self.picture.source
