import pytest

from mner.config import Picture
from mner.errors import InputError
from mner.model.encoders import build_encoder


def test_an_encoder_is_built_by_its_name() -> None:
    pytest.importorskip("efficientnet_lite_pytorch", reason="needs the extra `pictures`")
    assert build_encoder(Picture(encoder="efficientnet-lite0")).name == "efficientnet-lite0"
    with pytest.raises(InputError, match="picture encoder 'resnet' is not known: expected one of efficientnet-lite0"):
        build_encoder(Picture(encoder="resnet"))
