"""Vision models of Hugging Face `transformers` as picture encoders.

CLIP's vision tower, DINOv2, ViT and their kind.
"""

import hashlib
from collections.abc import Callable
from typing import Any

import torch
import transformers
from torch import Tensor, nn

from mner.errors import InputError, clipped, quoted
from mner.pictures.encoders.description import EncoderDescription
from mner.pictures.encoders.encoder import Scaling
from mner.pictures.encoders.hub_preprocessing import read_preprocessing
from mner.pictures.encoders.network_encoder import NetworkEncoder
from mner.pictures.encoders.region_layout import RegionLayout, read_layout

__all__ = ["HubVision"]


class HubVision(NetworkEncoder):
    """A vision model, whose last hidden state is read as regions.

    Tokens that are no patches (class, registers) are left out. If a model reads text and pictures,
    its vision tower is taken. Pictures are stretched to S x S as everywhere in `mner`; only the
    numbers of the model's own preprocessing are used. One black picture is encoded to see what the
    model gives.

    Args:
        weights: a folder that `save_pretrained` wrote, or a name on the hub; code that comes with
            a model is never run.
        scaling: what the model was trained on; None for what its `preprocessor_config.json` says.
        size: S; 0 for what its `preprocessor_config.json` says.

    Raises:
        InputError: the model cannot be loaded, has no vision tower, lacks weights, or cannot encode
            pictures of this size.
    """

    name = "transformers"

    def __init__(self, weights: str, scaling: Scaling | None = None, *, size: int = 0) -> None:
        model = _load(weights)
        if scaling is None or not size:
            preprocessing = read_preprocessing(weights)
            scaling = scaling or preprocessing.scaling()
            size = size or preprocessing.size()
        self.size = size
        self.preprocessing = str(scaling)
        self.architecture = str(model.config.model_type)
        self.fingerprint = _fingerprint(model)
        layout = _layout(model, weights, size=size)
        self.regions, self.width = layout.regions, layout.width
        self.network = _Regions(model, scaling, layout).eval()

    def describe(self) -> EncoderDescription:
        """See `PictureEncoder`."""
        return {**super().describe(), "architecture": self.architecture}


class _Regions(nn.Module):
    """A vision model with its preprocessing; its last hidden state is read as regions."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, model: nn.Module, scaling: Scaling, layout: RegionLayout) -> None:
        super().__init__()
        self.model = model
        self.layout = layout
        self.register_buffer("mean", torch.tensor(scaling.mean))
        self.register_buffer("deviation", torch.tensor(scaling.deviation))

    def forward(self, pixels: Tensor) -> Tensor:
        scaled = (pixels.float() / 255 - self.mean) / self.deviation  # (B, S, S, 3)
        hidden: Tensor = self.model(pixel_values=scaled.permute(0, 3, 1, 2)).last_hidden_state
        tokens = hidden.permute(self.layout.axes).flatten(1, -2)  # (B, dropped + R, V)
        return tokens[:, self.layout.dropped :]  # (B, R, V)


def _load(weights: str) -> Any:
    """Load a model of the hub, or its vision tower, in evaluation mode."""
    library: Any = transformers
    library.utils.logging.disable_progress_bar()
    # It warns of what is checked below.
    library.utils.logging.set_verbosity_error()
    try:
        model, about = library.AutoModel.from_pretrained(
            weights, trust_remote_code=False, dtype=torch.float32, output_loading_info=True
        )
    # A damaged file of weights raises what its format raises; there is no other common base.
    except Exception as exc:
        reason = " ".join(str(exc).split())
        raise InputError(
            f"picture.weights {quoted(weights)}: no vision model can be loaded ({clipped(reason)}):"
            " name a folder with config.json and model.safetensors, or a name on huggingface.co"
            " that can be reached; without a network, download the model elsewhere, copy its"
            " folder, and name it"
        ) from exc
    # A pooled vector, which older checkpoints lack, is not among the regions.
    missing = sorted(name for name in about["missing_keys"] if "pooler" not in name)
    if missing:
        raise InputError(
            f"picture.weights {quoted(weights)}: {len(missing)} weights are missing, "
            f"{missing[0]} first: expected a complete vision model"
        )
    model = getattr(model, "vision_model", model)
    if model.main_input_name != "pixel_values":
        raise InputError(
            f"picture.weights {quoted(weights)}: expected a vision model, got "
            f"{type(model).__name__}, which takes {model.main_input_name}"
        )
    return model.eval()


def _fingerprint(model: nn.Module) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        if "pooler" not in name:
            digest.update(name.encode() + tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def _layout(model: Any, weights: str, *, size: int) -> RegionLayout:
    for module in model.modules():
        if hasattr(module, "interpolate_pos_encoding"):
            module.interpolate_pos_encoding = _once(module.interpolate_pos_encoding)
    try:
        with torch.no_grad():
            hidden = model(pixel_values=torch.zeros(1, 3, size, size)).last_hidden_state
        return read_layout(tuple(hidden.shape))
    except (InputError, ValueError, RuntimeError) as exc:
        raise InputError(
            f"picture.weights {quoted(weights)}: {type(model).__name__} cannot encode pictures of"
            f" {size} x {size} as regions: {exc}"
        ) from exc


def _once(stretch: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Stretch a model's positions to the size of pictures the first time only.

    The size is always the same here, and a graph that stretches them again could not be exported.
    """
    positions: list[Tensor] = []

    def stretched(*given: Any) -> Tensor:
        if not positions:
            positions.append(stretch(*given))
        # The network may have been brought to another device since.
        return positions[0].to(given[0].device)

    return stretched
