"""What a recipe cannot be: numbers out of range, and choices that do not go together."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mner.recipe.sections import PictureSection, Recipe

__all__ = ["contradictions"]

_LARGEST_SEED = 2**32 - 1
_ENCODER_KEYS = frozenset({"weights", "size", "mean", "deviation", "output"})


def contradictions(recipe: "Recipe") -> Iterator[str]:
    """What is wrong with a recipe whose keys and types are right; one line each, with the key first."""
    yield from _numbers(recipe)
    yield from _parts_of_a_word(recipe)
    if (
        recipe.fusion.attention == "multi-head"
        and recipe.fusion.heads > 0
        and recipe.fusion.size % recipe.fusion.heads
    ):
        yield f"fusion.heads: expected a number that divides fusion.size = {recipe.fusion.size}, got {recipe.fusion.heads}"
    if recipe.network.kind == "seed":
        yield from _not_in_the_seed(recipe)
    if recipe.data.corpora and (recipe.data.train or recipe.data.dev):
        yield "data.corpora: data.train and data.dev name files too: keep one or the other"
    if recipe.data.corpora and not (
        all(corpus.train for corpus in recipe.data.corpora)
        and any(corpus.dev for corpus in recipe.data.corpora)
    ):
        yield "data.corpora: expected a train file in each, and a dev file in at least one"
    if recipe.data.corpora and all(
        0 < corpus.epochs < recipe.training.epochs for corpus in recipe.data.corpora
    ):
        yield f"data.corpora: expected one whose epochs are 0 (all) or at least training.epochs = {recipe.training.epochs}: the last epochs have no posts"
    for place, corpus in enumerate(recipe.data.corpora):
        for label in sorted({label for label in corpus.labels.values() if label in {"", "O"}}):
            yield f"data.corpora[{place}].labels: expected names of types, got {label!r}; to leave a type out, list the others in annotated"
    yield from _without_a_source(recipe)
    yield from _not_of_the_encoder(recipe.picture)


def _numbers(recipe: "Recipe") -> Iterator[str]:
    """Numbers out of range."""
    shares = {
        "text.word_dropout": recipe.text.word_dropout,
        "text.dropout": recipe.text.dropout,
        "characters.dropout": recipe.characters.dropout,
        "fusion.dropout": recipe.fusion.dropout,
        "training.averaging": recipe.training.averaging,
    }
    yield from (
        f"{name}: expected 0 <= value < 1, got {value}"
        for name, value in shares.items()
        if not 0 <= value < 1
    )
    if not 0 <= recipe.training.final_rate <= 1:
        yield f"training.final_rate: expected 0 <= value <= 1, got {recipe.training.final_rate}"
    if not 0 <= recipe.training.seed <= _LARGEST_SEED:
        yield f"training.seed: expected 0 to {_LARGEST_SEED}, got {recipe.training.seed}"
    at_least_one = {
        "text.dimension": recipe.text.dimension,
        "characters.dimension": recipe.characters.dimension,
        "characters.longest_word": recipe.characters.longest_word,
        "fusion.size": recipe.fusion.size,
        "fusion.heads": recipe.fusion.heads,
        "training.batch_size": recipe.training.batch_size,
        "training.epochs": recipe.training.epochs,
        "training.patience": recipe.training.patience,
    }
    yield from (
        f"{name}: expected at least 1, got {value}"
        for name, value in at_least_one.items()
        if value < 1
    )
    not_below_zero = {
        "text.shapes": recipe.text.shapes,
        "transformer.frozen": recipe.transformer.frozen,
        "characters.filters": recipe.characters.filters,
        "training.weight_decay": recipe.training.weight_decay,
        "training.warmup_steps": recipe.training.warmup_steps,
        "training.clip_norm": recipe.training.clip_norm,
        "training.threads": recipe.training.threads,
        **{
            f"data.corpora[{place}].epochs": corpus.epochs
            for place, corpus in enumerate(recipe.data.corpora)
        },
    }
    yield from (
        f"{name}: expected at least 0, got {value}"
        for name, value in not_below_zero.items()
        if not 0 <= value < math.inf
    )
    rates = {
        "training.learning_rate": recipe.training.learning_rate,
        "transformer.learning_rate": recipe.transformer.learning_rate,
        "transformer.layer_decay": recipe.transformer.layer_decay,
    }
    yield from (
        f"{name}: expected a number above 0, got {value}"
        for name, value in rates.items()
        if not 0 < value < math.inf
    )


def _parts_of_a_word(recipe: "Recipe") -> Iterator[str]:
    """What a word cannot be made of."""
    if recipe.text.hidden < 0 or not (recipe.text.hidden or recipe.transformer.model):
        yield f"text.hidden: expected at least 1, or 0 with a transformer.model, got {recipe.text.hidden}"
    if not (recipe.text.words or recipe.transformer.model):
        yield "text.words: expected true without a transformer.model, got false"
    if recipe.text.words and not (recipe.text.vectors or recipe.text.train_vectors):
        yield "text.train_vectors: expected true without text.vectors, got false: all words would be the same"
    if recipe.characters.filters > 0 and (
        not recipe.characters.widths or min(recipe.characters.widths) < 1
    ):
        yield f"characters.widths: expected at least one width of at least 1, got {list(recipe.characters.widths)}"


def _without_a_source(recipe: "Recipe") -> Iterator[str]:
    """What the regions of pictures or captions cannot be made without."""
    if recipe.picture.source == "captions" and not recipe.data.captions:
        yield "data.captions: picture.source is captions, so a captions file is needed"
    if recipe.picture.source == "captions" and not recipe.text.vectors:
        yield "text.vectors: picture.source is captions, so word vectors are needed for the caption's words"
    if recipe.picture.source == "pixels" and not (recipe.data.pictures or recipe.data.features):
        yield "data.pictures: picture.source is pixels, so a folder of pictures or a feature store is needed"


def _not_of_the_encoder(picture: "PictureSection") -> Iterator[str]:
    """Keys of `[picture]` that its encoder does not take, lacks, or takes in another form."""
    takes = {
        "vgg16": {"weights"},
        "onnx": _ENCODER_KEYS,
        "transformers": _ENCODER_KEYS - {"output"},
    }.get(picture.encoder, frozenset())
    needs = {"onnx": ("weights", "mean", "deviation"), "transformers": ("weights",)}.get(
        picture.encoder, ()
    )
    unwanted = sorted(name for name in _ENCODER_KEYS - takes if getattr(picture, name))
    yield from (
        f"picture.{name}: does not go with picture.encoder = {picture.encoder}" for name in unwanted
    )
    yield from (
        f"picture.{name}: needed with picture.encoder = {picture.encoder}"
        for name in needs
        if not getattr(picture, name)
    )
    if picture.size < 0:
        yield f"picture.size: expected at least 1, or 0 for the encoder's own, got {picture.size}"
    if picture.mean and not (
        len(picture.mean) == 3 and all(0 <= value <= 1 for value in picture.mean)
    ):
        yield f"picture.mean: expected three numbers from 0 to 1 (divide those of a scale to 255 by 255), got {list(picture.mean)}"
    if picture.deviation and not (
        len(picture.deviation) == 3 and all(0 < value <= 1 for value in picture.deviation)
    ):
        yield f"picture.deviation: expected three numbers above 0, up to 1 (divide those of a scale to 255 by 255), got {list(picture.deviation)}"
    if bool(picture.mean) != bool(picture.deviation) and "mean" not in needs:
        yield "picture.deviation: picture.mean and picture.deviation go together: give both or neither"


def _not_in_the_seed(recipe: "Recipe") -> Iterator[str]:
    """Choices that the network of the public Keras code does not leave."""
    found_and_expected: dict[str, tuple[object, object]] = {
        "text.shapes": (recipe.text.shapes, 0),
        "text.words": (recipe.text.words, True),
        "transformer.model": (recipe.transformer.model, ""),
        "text.dropout": (recipe.text.dropout, 0.0),
        "characters.activation": (recipe.characters.activation, "relu"),
        "fusion.kind": (recipe.fusion.kind, "co-attention"),
        "fusion.attention": (recipe.fusion.attention, "concat"),
        "fusion.dropout": (recipe.fusion.dropout, 0.0),
        "training.precision": (recipe.training.precision, "no"),
    }
    yield from (
        f"{name}: expected {wanted} with network.kind = seed, got {found}"
        for name, (found, wanted) in found_and_expected.items()
        if found != wanted
    )
    if recipe.picture.source == "none":
        yield "picture.source: expected pixels or captions with network.kind = seed, got none"
    if recipe.characters.filters < 1:
        yield f"characters.filters: expected at least 1 with network.kind = seed, got {recipe.characters.filters}"
    shortest = 2 ** len(recipe.characters.widths)
    if recipe.characters.longest_word < shortest:
        longest = recipe.characters.longest_word
        yield f"characters.longest_word: expected at least {shortest} with network.kind = seed, which halves a word once a width, got {longest}"
