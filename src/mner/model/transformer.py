"""A pretrained transformer as a part of the text encoder: a word's vector is its first piece's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from torch import Tensor, nn

from mner.errors import InputError, MissingExtraError, clipped, quoted

__all__ = ["Transformer"]


class Transformer(nn.Module):
    """An encoder of Hugging Face `transformers`.

    Args:
        model: gives `last_hidden_state`; `pretrained` and `from_config` make one.

    Attributes:
        width: of a word's vector.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        if getattr(model, "pooler", None) is not None:
            model.pooler = None  # not used, and its weights would be without gradients
        self.width = int(model.config.hidden_size)

    @classmethod
    def pretrained(cls, name: str) -> "Transformer":
        """Load the weights of a local folder, or of a name on the Hugging Face hub.

        Raises:
            InputError: there is no such model, or it is no encoder.
            MissingExtraError: transformers is not installed.
        """
        library = _library()
        try:
            model, report = library.AutoModel.from_pretrained(name, output_loading_info=True)
        except (OSError, ValueError, ImportError, RuntimeError, SafetensorError) as exc:
            reason = " ".join(str(exc).split())
            raise InputError(
                f"transformer.model {quoted(name)}: cannot be loaded ({clipped(reason)}): "
                "expected a folder with "
                "config.json and model.safetensors, or a name of the Hugging Face hub and a "
                "connection to it"
            ) from exc
        kind = type(model).__name__
        if model.config.is_encoder_decoder:
            raise InputError(
                f"transformer.model {quoted(name)}: expected an encoder such as BERT, got "
                f"{kind}, which has a decoder"
            )
        missing = [key for key in report["missing_keys"] if not key.startswith("pooler.")]
        if missing:
            raise InputError(
                f"transformer.model {quoted(name)}: {len(missing)} weights of a {kind} are "
                "missing, "
                f"{min(missing)} among them: expected a model.safetensors that belongs to the "
                "config.json"
            )
        return cls(model.float())

    @classmethod
    def from_config(cls, folder: Path) -> "Transformer":
        """Make a transformer of the sizes that `save_config` wrote, with random weights.

        Raises:
            MissingExtraError: transformers is not installed.
        """
        library = _library()
        config = library.AutoConfig.from_pretrained(folder)
        return cls(library.AutoModel.from_config(config).float())

    def save_config(self, folder: Path) -> None:
        """Write what kind of model it is, and how large."""
        self.model.config.save_pretrained(folder)

    def forward(self, pieces: Tensor, piece_mask: Tensor, first_pieces: Tensor) -> Tensor:
        """Encode a batch.

        Args:
            pieces: (W, P), word pieces in W spans.
            piece_mask: (W, P), False at padding.
            first_pieces: (B, T), where in the flattened spans a word's first piece is.

        Returns:
            (B, T, width); anything at padding.
        """
        output = self.model(input_ids=pieces, attention_mask=piece_mask.long())
        hidden = output.last_hidden_state  # (W, P, width)
        vectors: Tensor = hidden.flatten(0, 1)[first_pieces]  # (B, T, width)
        return vectors

    def freeze(self, lowest: int) -> None:
        """Leave the lowest layers as they are in training; 1 means the embeddings alone.

        What all layers share, such as MPNet's scores of relative positions, belongs to none of them
        and is trained. Lower layers then still pass gradients on.
        """
        distances = list(self.distances())
        layers = max(distance for _, distance in distances)
        for parameter, distance in distances:
            parameter.requires_grad = layers - distance >= lowest

    def distances(self) -> Iterator[tuple[nn.Parameter, int]]:
        """Yield each parameter with the number of layers above its own.

        For the embeddings, this is the number of all layers.
        """
        lists = [module for module in self.model.modules() if isinstance(module, nn.ModuleList)]
        layers = max(lists, key=len)
        top = len(layers) - 1
        layer_of: dict[int, int] = {}
        for number, layer in enumerate(layers):
            layer_of.update((id(parameter), number) for parameter in layer.parameters())
        for name, parameter in self.model.named_parameters():
            outside = -1 if "embed" in name else top
            yield parameter, top - layer_of.get(id(parameter), outside)


def _library() -> Any:
    try:
        import transformers
    except ImportError as exc:
        raise MissingExtraError("A pretrained transformer", "transformers") from exc
    library: Any = transformers
    library.utils.logging.disable_progress_bar()
    library.utils.logging.set_verbosity_error()
    return library
