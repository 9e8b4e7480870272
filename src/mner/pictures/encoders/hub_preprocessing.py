"""What the `preprocessor_config.json` of a vision model says of its pictures."""

import math
from collections.abc import Mapping
from typing import Any

from transformers.image_processing_utils import BaseImageProcessor

from mner.errors import InputError, quoted
from mner.pictures.encoders.encoder import Scaling

__all__ = ["HubPreprocessing", "read_preprocessing"]


def read_preprocessing(weights: str) -> "HubPreprocessing":
    """Read the numbers of a model's preprocessing.

    Its code is not used, as it needs libraries that are not needed otherwise.

    Args:
        weights: a folder, or a name on the hub.

    Raises:
        InputError: there is no such file.
    """
    try:
        config, _ = BaseImageProcessor.get_image_processor_dict(weights)
    except (OSError, ValueError) as exc:
        raise InputError(
            f"picture.weights {quoted(weights)}: there is no preprocessor_config.json that says how"
            " pictures are prepared: give picture.size, picture.mean and picture.deviation"
            " (--size, --mean, --deviation)"
        ) from exc
    return HubPreprocessing(weights, config)


class HubPreprocessing:
    """The numbers of a model's preprocessing.

    Args:
        weights: the model, for messages.
        config: what the file holds, in any of the ways that `transformers` has known.
    """

    def __init__(self, weights: str, config: Mapping[str, Any]) -> None:
        self._weights = weights
        self._config = config

    def scaling(self) -> Scaling:
        """Return what the model was trained on; where nothing is subtracted, pixels in [0, 1].

        Raises:
            InputError: the file does not give three numbers each, of pixels in [0, 1].
        """
        config = self._config
        if config.get("do_normalize", True):
            mean = tuple(config.get("image_mean") or ())
            deviation = tuple(config.get("image_std") or ())
        else:
            mean, deviation = (0.0,) * 3, (1.0,) * 3
        factor = config.get("rescale_factor", 1 / 255)
        is_usual = config.get("do_rescale", True) and math.isclose(factor, 1 / 255, rel_tol=1e-3)
        if not is_usual or len(mean) != 3 or len(deviation) != 3:
            raise InputError(
                f"picture.weights {quoted(self._weights)}: preprocessor_config.json names no "
                "mean and"
                " deviation of pixels between 0 and 1: give picture.mean and picture.deviation"
                " (--mean, --deviation), of pixels between 0 and 1"
            )
        return Scaling(mean, deviation)

    def size(self) -> int:
        """Return the side of a picture after cropping, or after resizing if nothing is cropped.

        Raises:
            InputError: the file names none.
        """
        size = self._config.get("size")
        if self._config.get("do_center_crop"):
            size = self._config.get("crop_size")
        if isinstance(size, Mapping):
            size = size.get("height", size.get("shortest_edge"))
        if not isinstance(size, int):
            raise InputError(
                f"picture.weights {quoted(self._weights)}: preprocessor_config.json names no "
                "size of pictures: give picture.size (--size)"
            )
        return size
