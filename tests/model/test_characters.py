import pytest
import torch
from torch import Tensor, nn

from mner.model.characters import CharacterCnn


def convolved_word(cnn: CharacterCnn, word: Tensor) -> Tensor:
    """The maxima of convolutions centred on each character of a word, zeros beyond its ends."""
    vectors = cnn.embedding(word).T  # (E, n)
    maxima = []
    for convolution in cnn.convolutions:
        assert isinstance(convolution, nn.Conv1d)
        (width,) = convolution.kernel_size
        left = (width - 1) // 2
        padded = nn.functional.pad(vectors, (left, width - 1 - left))
        maxima.append(cnn.activation(convolution(padded)).amax(dim=1))
    return torch.cat(maxima)


@pytest.mark.parametrize(
    ("widths", "activation"), [((2, 3, 4), nn.ReLU()), ((1,), nn.Tanh()), ((5, 2), nn.Tanh())]
)
def test_characters_are_convolved_word_by_word(
    widths: tuple[int, ...], activation: nn.Module
) -> None:
    torch.manual_seed(0)
    cnn = CharacterCnn(9, dimension=3, filters=2, widths=widths, activation=activation, dropout=0.0)
    lengths = torch.tensor([[1, 6, 0], [3, 2, 4]])
    characters = torch.randint(1, 9, (2, 3, 6)) * (torch.arange(6) < lengths.unsqueeze(-1))
    encoded = cnn(characters)
    assert not encoded[0, 2].any()
    for post, word in ((0, 0), (0, 1), (1, 0), (1, 1), (1, 2)):
        alone = characters[post, word, : lengths[post, word]]
        torch.testing.assert_close(encoded[post, word], convolved_word(cnn, alone))
