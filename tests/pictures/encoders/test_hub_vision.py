import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mner.errors import InputError
from mner.graphs.session import open_session
from mner.pictures.encoders.encoder import Scaling

transformers = pytest.importorskip("transformers", reason="needs the extra `transformers`")
from mner.pictures.encoders.hub_vision import HubVision  # noqa: E402

SIZE = 32
SCALING = Scaling((0.5, 0.4, 0.3), (0.2, 0.25, 0.3))
TINY: dict[str, Any] = {
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": SIZE,
    "patch_size": 8,
}
TEXT = {
    "hidden_size": 8,
    "intermediate_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "vocab_size": 9,
    "bos_token_id": 0,
    "eos_token_id": 1,
}
PREPROCESSING: dict[str, dict[str, Any]] = {
    "clip": {
        "size": 64,
        "crop_size": SIZE,
        "do_center_crop": True,
        "image_mean": SCALING.mean,
        "image_std": SCALING.deviation,
    },
    "dinov2": {
        "size": {"shortest_edge": 40},
        "crop_size": {"height": SIZE, "width": SIZE},
        "do_center_crop": True,
    },
    "dinov2-registers": {
        "size": {"shortest_edge": SIZE},
        "image_mean": SCALING.mean,
        "image_std": SCALING.deviation,
    },
    "vit": {"size": {"height": SIZE, "width": SIZE}, "do_normalize": False},
}
KINDS = tuple(PREPROCESSING)


def tiny(kind: str) -> Any:
    """Return a model with random weights; all but CLIP's are vision models alone."""
    if kind == "clip":
        return transformers.CLIPModel(
            transformers.CLIPConfig(
                text_config=TEXT, vision_config={**TINY, "intermediate_size": 32}, projection_dim=8
            )
        )
    if kind == "vit":
        return transformers.ViTModel(transformers.ViTConfig(**TINY, intermediate_size=32))
    if kind == "dinov2":
        return transformers.Dinov2Model(transformers.Dinov2Config(**TINY))
    return transformers.Dinov2WithRegistersModel(transformers.Dinov2WithRegistersConfig(**TINY))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tiny models by kind, with the file that says how their pictures are prepared."""
    models = tmp_path_factory.mktemp("hub")
    torch.manual_seed(0)
    for kind, preprocessing in PREPROCESSING.items():
        tiny(kind).save_pretrained(models / kind)
        numbers = {
            "do_normalize": True,
            "image_mean": SCALING.mean,
            "image_std": SCALING.deviation,
            **preprocessing,
        }
        (models / kind / "preprocessor_config.json").write_text(json.dumps(numbers))
    return models


def pictures(count: int = 3, *, size: int = SIZE) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


@pytest.mark.parametrize("kind", KINDS)
def test_regions_are_the_patches_of_the_last_hidden_state(folder: Path, kind: str) -> None:
    encoder = HubVision(str(folder / kind))
    assert (encoder.size, encoder.regions, encoder.width) == (SIZE, 16, 24)
    scaling = Scaling((0.0,) * 3, (1.0,) * 3) if kind == "vit" else SCALING
    assert encoder.preprocessing == str(scaling)
    model = transformers.AutoModel.from_pretrained(folder / kind).eval()
    scaled = torch.tensor(
        (pictures() / 255 - scaling.mean) / scaling.deviation, dtype=torch.float32
    ).permute(0, 3, 1, 2)
    with torch.inference_mode():
        expected = getattr(model, "vision_model", model)(pixel_values=scaled).last_hidden_state[
            :, 5 if "registers" in kind else 1 :
        ]
    assert np.abs(encoder(pictures()) - expected.numpy()).max() < 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_the_graph_gives_the_regions_of_torch(folder: Path, tmp_path: Path, kind: str) -> None:
    # Half as large again: DINOv2 stretches its table of positions.
    size = 48 if "dinov2" in kind else SIZE
    encoder = HubVision(str(folder / kind), size=size)
    encoder.write_graph(tmp_path / "a.onnx")
    session = open_session(tmp_path / "a.onnx")
    for count in (1, 3):
        (regions,) = session.run(None, {"pixels": pictures(count, size=size)})
        assert np.abs(regions - encoder(pictures(count, size=size))).max() < 1e-5


def test_a_picture_does_not_depend_on_its_company(folder: Path) -> None:
    encoder = HubVision(str(folder / "clip"))
    together = encoder(pictures())
    assert (encoder(pictures()[1:2])[0] == together[1]).all()
    assert encoder(pictures(0)).shape == (0, 16, 24)


def test_a_map_of_features_is_read_too(tmp_path: Path) -> None:
    transformers.ResNetModel(
        transformers.ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1])
    ).save_pretrained(tmp_path)
    encoder = HubVision(str(tmp_path), SCALING, size=SIZE)
    assert (encoder.regions, encoder.width) == (16, 16)
    assert encoder(pictures(2)).shape == (2, 16, 16)


def test_the_description_names_all_that_regions_depend_on(folder: Path) -> None:
    described = HubVision(str(folder / "vit")).describe()
    # The pooled vector's weights, which a checkpoint may lack, are drawn again at each loading.
    assert described == HubVision(str(folder / "vit")).describe()
    assert (described["name"], described["architecture"]) == ("transformers", "vit")
    assert described["fingerprint"] != HubVision(str(folder / "dinov2")).describe()["fingerprint"]


def test_a_checkpoint_without_the_pooled_vector_is_the_same_encoder(
    folder: Path, tmp_path: Path
) -> None:
    model = transformers.ViTModel.from_pretrained(folder / "vit", add_pooling_layer=False)
    model.save_pretrained(tmp_path)
    assert (
        HubVision(str(tmp_path), SCALING, size=SIZE).fingerprint
        == HubVision(str(folder / "vit"), SCALING, size=SIZE).fingerprint
    )


def test_a_model_that_lacks_weights_is_refused(folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    (tmp_path / "config.json").write_bytes((folder / "dinov2" / "config.json").read_bytes())
    weights = load_file(folder / "dinov2" / "model.safetensors")
    save_file(
        {name: tensor for name, tensor in weights.items() if name != "layernorm.weight"},
        tmp_path / "model.safetensors",
        metadata={"format": "pt"},
    )
    with pytest.raises(
        InputError,
        match=r"1 weights are missing, layernorm.weight first: expected a complete vision model",
    ):
        HubVision(str(tmp_path), SCALING, size=SIZE)


def test_code_that_comes_with_a_model_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(
        json.dumps(
            {"model_type": "mine", "auto_map": {"AutoConfig": "evil.C", "AutoModel": "evil.M"}}
        )
    )
    (tmp_path / "evil.py").write_text(
        f"from pathlib import Path\nPath({str(tmp_path / 'was-run')!r}).touch()\n"
    )
    with pytest.raises(InputError, match="no vision model can be loaded"):
        HubVision(str(tmp_path), SCALING, size=SIZE)
    assert not (tmp_path / "was-run").exists()


def test_what_cannot_be_used_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(
        InputError,
        match=(
            r"'nobody/no-such-model': no vision model can be loaded.*without a network,"
            r" download the model elsewhere"
        ),
    ):
        HubVision("nobody/no-such-model")
    with pytest.raises(InputError, match="ViTModel cannot encode pictures of 40 x 40"):
        HubVision(str(folder / "vit"), SCALING, size=40)
    transformers.BertModel(
        transformers.BertConfig(**{**TEXT, "bos_token_id": None, "eos_token_id": None})
    ).save_pretrained(tmp_path / "text")
    with pytest.raises(
        InputError, match="expected a vision model, got BertModel, which takes input_ids"
    ):
        HubVision(str(tmp_path / "text"), SCALING, size=SIZE)


def test_a_model_that_does_not_say_how_pictures_are_prepared_is_refused(
    folder: Path, tmp_path: Path
) -> None:
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((folder / "vit" / name).read_bytes())
    with pytest.raises(
        InputError,
        match=re.escape(
            "give picture.size, picture.mean and picture.deviation (--size, --mean, --deviation)"
        ),
    ):
        HubVision(str(tmp_path))
    assert HubVision(str(tmp_path), SCALING, size=SIZE).regions == 16
    (tmp_path / "preprocessor_config.json").write_text(
        json.dumps({"image_mean": [0, 0, 0], "image_std": [1, 1, 1]})
    )
    with pytest.raises(InputError, match=r"preprocessor_config.json names no size of pictures"):
        HubVision(str(tmp_path))
    for config in ({"size": SIZE}, {"size": SIZE, "do_normalize": False, "rescale_factor": 1}):
        (tmp_path / "preprocessor_config.json").write_text(json.dumps(config))
        with pytest.raises(
            InputError,
            match=r"names no mean and deviation of pixels between 0 and 1: give picture.mean",
        ):
            HubVision(str(tmp_path))
