"""What a recipe cannot be, although each of its values is fine: choices that do not go together."""

from collections.abc import Iterator

from mner.errors import quoted
from mner.recipe.data import DataSection
from mner.recipe.sections import CharactersSection, FusionSection, PictureSection, Recipe

__all__ = ["contradictions"]

_WIDEST, _WIDTHS_TOGETHER = 25, 1_000
"""Bounds of the convolutions over characters."""
_ENCODER_KEYS = ("deviation", "mean", "output", "size", "weights")
_TAKEN = {
    "vgg16": {"weights"},
    "onnx": set(_ENCODER_KEYS),
    "transformers": set(_ENCODER_KEYS) - {"output"},
}
"""The keys of `[picture]` that each encoder takes; other encoders take none."""
_NEEDED = {"onnx": ("weights", "mean", "deviation"), "transformers": ("weights",)}
"""The keys of `[picture]` that an encoder cannot do without."""


def contradictions(recipe: Recipe) -> Iterator[str]:
    """Yield what does not go together in a recipe; one line each, with the key first."""
    yield from _in_words(recipe)
    yield from _in_characters(recipe.characters)
    yield from _in_fusion(recipe.fusion)
    if recipe.network.kind == "seed":
        yield from _in_the_seed_network(recipe)
    if recipe.data.corpora:
        yield from _in_corpora(recipe.data, epochs=recipe.training.epochs)
    yield from _in_sources(recipe)
    yield from _in_encoder(recipe.picture)
    yield from _in_scaling(recipe.picture)


def _in_words(recipe: Recipe) -> Iterator[str]:
    text, has_transformer = recipe.text, bool(recipe.transformer.model)
    if text.hidden < 1 and not has_transformer:
        yield (
            "text.hidden: expected at least 1, or 0 with a transformer.model, "
            f"got {text.hidden} without one"
        )
    if not text.words and not has_transformer:
        yield "text.words: expected true without a transformer.model, got false"
    if text.words and not text.vectors and not text.train_vectors:
        yield (
            "text.train_vectors: expected true without text.vectors, got false: "
            "all words would be the same"
        )


def _in_characters(characters: CharactersSection) -> Iterator[str]:
    widths = characters.widths
    if characters.filters > 0 and (not widths or min(widths) < 1):
        yield f"characters.widths: expected at least one width of at least 1, got {list(widths)}"
    if max(widths, default=0) > _WIDEST or sum(widths) > _WIDTHS_TOGETHER:
        yield (
            f"characters.widths: expected widths of at most {_WIDEST}, and {_WIDTHS_TOGETHER}"
            f" together, got {quoted(list(widths))}"
        )


def _in_fusion(fusion: FusionSection) -> Iterator[str]:
    if fusion.attention == "multi-head" and fusion.heads > 0 and fusion.size % fusion.heads:
        yield (
            f"fusion.heads: expected a number that divides fusion.size = {fusion.size}, "
            f"got {fusion.heads}"
        )


def _in_the_seed_network(recipe: Recipe) -> Iterator[str]:
    """Yield the choices that the network of the public Keras code does not have."""
    given_and_expected: dict[str, tuple[object, object]] = {
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
    for key, (given, expected) in given_and_expected.items():
        if given != expected:
            yield f"{key}: expected {expected} with network.kind = seed, got {given}"
    if recipe.picture.source == "none":
        yield "picture.source: expected pixels or captions with network.kind = seed, got none"
    characters = recipe.characters
    if characters.filters < 1:
        yield (
            "characters.filters: expected at least 1 with network.kind = seed, "
            f"got {characters.filters}"
        )
    shortest = 2 ** len(characters.widths)
    if characters.longest_word < shortest:
        yield (
            f"characters.longest_word: expected at least {shortest} with network.kind = seed, "
            f"which halves a word once for each width, got {characters.longest_word}"
        )


def _in_corpora(data: DataSection, *, epochs: int) -> Iterator[str]:
    corpora = data.corpora
    if data.train or data.dev:
        yield "data.corpora: data.train and data.dev name files too: keep one or the other"
    has_all_train = all(corpus.train for corpus in corpora)
    if not has_all_train or not any(corpus.dev for corpus in corpora):
        yield "data.corpora: expected a train file in each, and a dev file in at least one"
    if all(0 < corpus.epochs < epochs for corpus in corpora):
        yield (
            "data.corpora: expected one whose epochs are 0 (all) or at least "
            f"training.epochs = {epochs}: the last epochs have no posts"
        )
    for number, corpus in enumerate(corpora):
        for label in sorted({"", "O"}.intersection(corpus.labels.values())):
            yield (
                f"data.corpora[{number}].labels: expected names of types, got {quoted(label)}; "
                "to ignore a type, list the others in annotated"
            )


def _in_sources(recipe: Recipe) -> Iterator[str]:
    """Yield what the regions of pictures, or captions, cannot be made without."""
    data = recipe.data
    if recipe.picture.source == "captions" and not data.captions:
        yield "data.captions: picture.source is captions, so a captions file is needed"
    if recipe.picture.source == "captions" and not recipe.text.vectors:
        yield (
            "text.vectors: picture.source is captions, "
            "so word vectors are needed for the caption's words"
        )
    if recipe.picture.source == "pixels" and not data.pictures and not data.features:
        yield (
            "data.pictures: picture.source is pixels, "
            "so a folder of pictures or a feature store is needed"
        )


def _in_encoder(picture: PictureSection) -> Iterator[str]:
    """Yield the keys of `[picture]` that its encoder does not take, or lacks."""
    encoder = picture.encoder
    for name in _ENCODER_KEYS:
        if getattr(picture, name) and name not in _TAKEN.get(encoder, ()):
            yield f"picture.{name}: does not go with picture.encoder = {encoder}"
    for name in _NEEDED.get(encoder, ()):
        if not getattr(picture, name):
            yield f"picture.{name}: needed with picture.encoder = {encoder}"


def _in_scaling(picture: PictureSection) -> Iterator[str]:
    """Yield what is wrong with the mean and the deviation of pixels."""
    mean, deviation = picture.mean, picture.deviation
    advice = "divide numbers from 0 to 255 by 255"
    if mean and not (len(mean) == 3 and all(0 <= value <= 1 for value in mean)):
        yield f"picture.mean: expected three numbers from 0 to 1 ({advice}), got {list(mean)}"
    if deviation and not (len(deviation) == 3 and all(0 < value <= 1 for value in deviation)):
        yield (
            f"picture.deviation: expected three numbers above 0, up to 1 ({advice}), "
            f"got {list(deviation)}"
        )
    if bool(mean) != bool(deviation) and "mean" not in _NEEDED.get(picture.encoder, ()):
        yield (
            "picture.deviation: picture.mean and picture.deviation go together: "
            "give both or neither"
        )
