"""The Keras graph of the seed with random weights, and the same weights in our network."""

import os
import warnings

import numpy as np
import torch
from torch import Tensor, nn

from mner.model.seed_network import SeedNetwork
from tests.model.seed_networks import SMALL, WORDS, seed_network

os.environ["KERAS_BACKEND"] = "torch"
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of packages that Keras imports
    import keras

    from tests.model.keras_seed import SeedSizes, seed_graph

__all__ = ["random_graph", "weights", "with_weights_of"]


def random_graph() -> keras.Model:
    """The Keras graph with random weights, those of the attentions' queries too."""
    sizes = SeedSizes(
        words=WORDS,
        characters=SMALL.characters,
        vector=SMALL.vector,
        hidden=8,
        size=9,
        regions=4,
        region=SMALL.region,
    )
    model = seed_graph(sizes)
    rng = np.random.default_rng(1)
    for weight in model.weights:
        # Activations of order 1: where they grow to thousands, single precision alone makes
        # differences above 1e-4.
        fan_in = float(np.prod(weight.shape[:-1]))
        is_flat = weight.name == "embeddings" or fan_in == 1
        values = rng.normal(scale=0.5 if is_flat else 1.5 / fan_in**0.5, size=weight.shape)
        weight.assign(np.abs(values) + 0.1 if "variance" in weight.name else values)
    return model


def with_weights_of(model: keras.Model) -> SeedNetwork:
    """Our network with the weights of the Keras graph."""
    net, layer = seed_network(), model.get_layer
    _copy_text(net, model)
    for name in (
        "region_key",
        "project",
        "word_key",
        "visual_part",
        "textual_part",
        "fusion_gate",
        "joined",
        "filtration_gate",
        "plain",
    ):
        _copy_linear(getattr(net.fusion, name), layer(name))
    # Of the scores the half of the keys; the softmax cancels the half of the queries.
    for name in ("region_score", "word_score"):
        _copy_linear(getattr(net.fusion, name), layer(name), rows=slice(9))
    _copy_linear(net.head, layer("head"))
    _copy_linear(net.energy, layer("energy"))
    net.crf.transitions.data, net.crf.start.data, net.crf.end.data = weights(layer("crf"))
    return net


def weights(layer: keras.layers.Layer) -> list[Tensor]:
    return [weight.value.detach().clone() for weight in layer.weights]


def _copy_text(net: SeedNetwork, model: keras.Model) -> None:
    layer, characters = model.get_layer, net.text.characters
    _copy_lstm(net.text.first, layer("first"))
    _copy_lstm(net.text.second, layer("second"))
    net.text.padding.copy_(weights(layer("word_table"))[0][0])
    characters.embedding.weight.data = weights(layer("character_table"))[0]
    for number, convolution in enumerate(characters.convolutions):
        kernel, bias = weights(layer(f"convolution{number}"))
        convolution.weight.data, convolution.bias.data = kernel.permute(2, 1, 0), bias
    gamma, beta, mean, variance = weights(layer("normalisation"))
    normalisation = characters.normalisation
    normalisation.weight.data, normalisation.bias.data = gamma, beta
    normalisation.running_mean, normalisation.running_var = mean, variance
    _copy_linear(characters.dense, layer("dense"))
    _copy_linear(characters.out, layer("out"))


def _copy_linear(
    target: nn.Module, source: keras.layers.Dense, *, rows: slice = slice(None)
) -> None:
    assert isinstance(target, nn.Linear)
    kernel, bias = weights(source)
    target.weight.data = kernel[rows].T.contiguous()
    if target.bias is not None:
        target.bias.data = bias


def _copy_lstm(target: nn.LSTM, source: keras.layers.Bidirectional) -> None:
    for suffix, direction in (("", source.forward_layer), ("_reverse", source.backward_layer)):
        kernel, recurrent, bias = weights(direction)
        values = {
            "weight_ih": kernel.T,
            "weight_hh": recurrent.T,
            "bias_ih": bias,
            "bias_hh": torch.zeros_like(bias),
        }
        for name, value in values.items():
            getattr(target, f"{name}_l0{suffix}").data = value.contiguous()
