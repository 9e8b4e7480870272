import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from mner.model.characters import CharacterCnn
from mner.model.text import BiLstm


def packed_reference(lstm: BiLstm) -> nn.LSTM:
    """A bidirectional LSTM of torch with the same weights."""
    reference = nn.LSTM(
        lstm.forwards.input_size, lstm.forwards.hidden_size, batch_first=True, bidirectional=True
    )
    weights = dict(lstm.forwards.state_dict())
    weights |= {f"{name}_reverse": value for name, value in lstm.backwards.state_dict().items()}
    reference.load_state_dict(weights)
    return reference


def test_both_directions_and_their_gradients_are_those_of_packed_sequences() -> None:
    torch.manual_seed(0)
    lstm, lengths = BiLstm(3, 5), torch.tensor([4, 1, 7, 2])
    reference = packed_reference(lstm)
    ours, theirs = (
        torch.randn(4, 7, 3, generator=torch.Generator().manual_seed(1)).requires_grad_()
        for _ in range(2)
    )
    got = lstm(ours, lengths)
    expected = pad_packed_sequence(
        reference(pack_padded_sequence(theirs, lengths, batch_first=True, enforce_sorted=False))[0],
        batch_first=True,
    )[0]
    torch.testing.assert_close(got, expected)
    for output in (got, expected):
        (output * torch.arange(10.0)).sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad)
    for name, parameter in lstm.backwards.named_parameters():
        torch.testing.assert_close(
            parameter.grad, dict(reference.named_parameters())[f"{name}_reverse"].grad
        )


def convolved_word(cnn: CharacterCnn, word: Tensor) -> Tensor:
    """The maxima of each convolution over one word of n characters: n windows, zeros beyond its ends."""
    vectors = cnn.embedding(word).T  # (E, n)
    maxima = []
    for convolution in cnn.convolutions:
        assert isinstance(convolution, nn.Conv1d)
        (width,) = convolution.kernel_size
        left = (width - 1) // 2
        windows = cnn.activation(convolution(nn.functional.pad(vectors, (left, width - 1 - left))))
        maxima.append(windows.amax(dim=1))
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
        torch.testing.assert_close(
            encoded[post, word], convolved_word(cnn, characters[post, word, : lengths[post, word]])
        )
