"""Vision models of Hugging Face `transformers` as picture encoders: CLIP's vision tower, DINOv2, ViT and their kind."""

import hashlib
import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
import transformers
from torch import Tensor, nn
from transformers.image_processing_utils import BaseImageProcessor

from mner.errors import InputError
from mner.pictures.encoders.encoder import Scaling
from mner.pictures.encoders.network_encoder import NetworkEncoder
from mner.pictures.encoders.region_layout import RegionLayout, read_layout

__all__ = ["HubVision"]


class HubVision(NetworkEncoder):
    """A vision model's last hidden state, without the tokens that are no patches (class, registers); of a model of text and pictures, its vision tower.

    Pictures are stretched to S x S as everywhere in `mner`; only the numbers of the model's own preprocessing are used.
    """

    name = "transformers"

    def __init__(self, weights: str, scaling: Scaling | None = None, *, size: int = 0) -> None:
        """Load a model, and encode one black picture to see what it gives.

        Args:
            weights: a folder that `save_pretrained` wrote, or a name on the hub; code that comes with a model is never run.
            scaling: what the model was trained on; None for what its `preprocessor_config.json` says.
            size: S; 0 for what its `preprocessor_config.json` says.

        Raises:
            InputError: the model cannot be had, has no vision tower, lacks weights, or cannot encode pictures of this size.
        """
        model = _load(weights)
        if scaling is None or not size:
            said = _preprocessing(weights)
            scaling, size = scaling or _scaling(said, weights), size or _size(said, weights)
        self.size = size
        self.preprocessing = str(scaling)
        self.architecture = str(model.config.model_type)
        self.fingerprint = _fingerprint(model)
        layout = _layout(model, size, weights)
        self.regions, self.width = layout.regions, layout.width
        self.network = _Regions(model, scaling, layout).eval()

    def describe(self) -> dict[str, str | int]:
        """See `PictureEncoder`."""
        return {**super().describe(), "architecture": self.architecture}


class _Regions(nn.Module):
    """A vision model with its preprocessing, its last hidden state read as regions."""

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
        return hidden.permute(self.layout.axes).flatten(1, -2)[
            :, self.layout.dropped :
        ]  # (B, R, V)


def _load(weights: str) -> Any:
    library: Any = transformers
    library.utils.logging.disable_progress_bar()
    # It warns of what is checked below.
    library.utils.logging.set_verbosity_error()
    try:
        model, about = library.AutoModel.from_pretrained(
            weights, trust_remote_code=False, dtype=torch.float32, output_loading_info=True
        )
    # A file of weights that is damaged raises what its format raises, which has no common base but this.
    except Exception as exc:
        raise InputError(
            f"picture.weights {weights!r}: no vision model can be loaded ({' '.join(str(exc).split())[:300]}): name a folder with config.json and "
            "model.safetensors, or a name on huggingface.co that can be reached; without a network, download the model elsewhere, copy its folder, and name it"
        ) from exc
    # A pooled vector, which older checkpoints lack, is not among the regions.
    if missing := sorted(name for name in about["missing_keys"] if "pooler" not in name):
        raise InputError(
            f"picture.weights {weights!r}: {len(missing)} weights are missing, {missing[0]} first: expected a complete vision model"
        )
    model = getattr(model, "vision_model", model)
    if model.main_input_name != "pixel_values":
        raise InputError(
            f"picture.weights {weights!r}: expected a vision model, got {type(model).__name__}, which takes {model.main_input_name}"
        )
    return model.eval()


def _preprocessing(weights: str) -> Mapping[str, Any]:
    """The numbers of the model's preprocessing; its code wants libraries that are not needed here."""
    try:
        said, _ = BaseImageProcessor.get_image_processor_dict(weights)
    except (OSError, ValueError) as exc:
        wanted = (
            "give picture.size, picture.mean and picture.deviation (--size, --mean, --deviation)"
        )
        raise InputError(
            f"picture.weights {weights!r}: there is no preprocessor_config.json that says how pictures are prepared: {wanted}"
        ) from exc
    return said


def _scaling(said: Mapping[str, Any], weights: str) -> Scaling:
    """What the model was trained on; where nothing is subtracted, pixels between 0 and 1."""
    is_normalised = said.get("do_normalize", True)
    mean = tuple(said.get("image_mean") or ()) if is_normalised else (0.0,) * 3
    deviation = tuple(said.get("image_std") or ()) if is_normalised else (1.0,) * 3
    is_usual = said.get("do_rescale", True) and math.isclose(
        said.get("rescale_factor", 1 / 255), 1 / 255, rel_tol=1e-3
    )
    if not is_usual or len(mean) != 3 or len(deviation) != 3:
        wanted = "give picture.mean and picture.deviation (--mean, --deviation), of pixels between 0 and 1"
        raise InputError(
            f"picture.weights {weights!r}: preprocessor_config.json names no mean and deviation of pixels between 0 and 1: {wanted}"
        )
    return Scaling(mean, deviation)


def _size(said: Mapping[str, Any], weights: str) -> int:
    """What is left of a picture after cropping, or after resizing where nothing is cropped."""
    size = said.get("crop_size") if said.get("do_center_crop") else said.get("size")
    if isinstance(size, Mapping):
        size = size.get("height", size.get("shortest_edge"))
    if not isinstance(size, int):
        raise InputError(
            f"picture.weights {weights!r}: preprocessor_config.json names no size of pictures: give picture.size (--size)"
        )
    return size


def _fingerprint(model: nn.Module) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        if "pooler" not in name:
            digest.update(name.encode() + tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def _layout(model: Any, size: int, weights: str) -> RegionLayout:
    for part in model.modules():
        if hasattr(part, "interpolate_pos_encoding"):
            part.interpolate_pos_encoding = _once(part.interpolate_pos_encoding)
    try:
        with torch.no_grad():
            hidden = model(pixel_values=torch.zeros(1, 3, size, size)).last_hidden_state
        return read_layout(tuple(hidden.shape))
    except (InputError, ValueError, RuntimeError) as exc:
        raise InputError(
            f"picture.weights {weights!r}: {type(model).__name__} cannot encode pictures of {size} x {size} as regions: {exc}"
        ) from exc


def _once(stretch: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A function that stretches positions to the size of pictures, which is always the same here; done anew in each graph, it could not be exported."""
    positions: list[Tensor] = []

    def stretched(*given: Any) -> Tensor:
        if not positions:
            positions.append(stretch(*given))
        return positions[0]

    return stretched
