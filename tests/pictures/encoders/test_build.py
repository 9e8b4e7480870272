import subprocess
import sys
from pathlib import Path

import pytest

from mner.errors import InputError
from mner.pictures.encoders.build import build_encoder
from mner.recipe.sections import PictureSection


def test_an_encoder_is_built_by_its_name() -> None:
    pytest.importorskip("efficientnet_lite_pytorch", reason="needs the extra `pictures`")
    assert build_encoder(PictureSection(encoder="efficientnet-lite0")).name == "efficientnet-lite0"


def test_weights_are_handed_on(tmp_path: Path) -> None:
    # Each looks for the file in its own way; what the encoders do with it is tested with them.
    gone = str(tmp_path / "gone")
    with pytest.raises(InputError, match="gone: expected an ONNX file"):
        build_encoder(
            PictureSection(encoder="onnx", weights=gone, mean=(0.5,) * 3, deviation=(0.5,) * 3)
        )
    with pytest.raises(InputError, match="gone"):
        build_encoder(PictureSection(encoder="vgg16", weights=gone))
    pytest.importorskip("transformers", reason="needs the extra `transformers`")
    with pytest.raises(InputError, match="gone': no vision model can be loaded"):
        build_encoder(PictureSection(encoder="transformers", weights=gone))


@pytest.mark.parametrize(
    ("encoder", "package", "extra"),
    [
        ("efficientnet-lite0", "efficientnet_lite_pytorch", "pictures"),
        ("vgg16", "torch", "train"),
        ("onnx", "onnx", "train"),
        ("transformers", "transformers", "transformers"),
    ],
)
def test_a_missing_package_is_reported_by_its_extra(encoder: str, package: str, extra: str) -> None:
    program = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from mner.recipe.sections import PictureSection\n"
        "from mner.errors import MissingExtraError\n"
        "from mner.pictures.encoders.build import build_encoder\n"
        f"try: build_encoder(PictureSection(encoder={encoder!r}))\n"
        "except MissingExtraError as exc: print(exc)\n"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout
    assert f"Encoding pictures by {encoder}" in printed
    assert f"pip install 'mner[{extra}]'" in printed
