from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from mner.encoding.pieces import Pieces
from mner.model.text import BiLstm, TextEncoder, WordTable
from mner.model.transformer import Transformer
from tests.tiny_transformers import write_bert


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
    inputs = torch.randn(4, 7, 3, generator=torch.Generator().manual_seed(1))
    ours, theirs = inputs.clone().requires_grad_(), inputs.clone().requires_grad_()
    got = lstm(ours, lengths)
    packed = pack_padded_sequence(theirs, lengths, batch_first=True, enforce_sorted=False)
    expected = pad_packed_sequence(reference(packed)[0], batch_first=True)[0]
    torch.testing.assert_close(got, expected)
    for output in (got, expected):
        (output * torch.arange(10.0)).sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad)
    of_reference = dict(reference.named_parameters())
    for name, parameter in lstm.backwards.named_parameters():
        torch.testing.assert_close(parameter.grad, of_reference[f"{name}_reverse"].grad)


@pytest.fixture
def table() -> WordTable:
    torch.manual_seed(0)
    table = WordTable(20, 4, trainable=True, word_dropout=0.25)
    nn.init.normal_(table.difference.weight)
    table.difference.weight.data[0] = 0.0
    return table.eval()


def test_word_dropout_hides_words_only_in_training(table: WordTable) -> None:
    table.word_dropout = 0.999
    words, vectors = torch.tensor([[5, 6, 0]]), torch.ones(1, 3, 4)
    hidden = table.train()(words, vectors)
    torch.testing.assert_close(hidden[0, 0], table.difference.weight[1])
    read = table.eval()(words, vectors)
    torch.testing.assert_close(read[0, 0], vectors[0, 0] + table.difference.weight[5])


def test_a_word_without_a_row_keeps_its_pretrained_vector(table: WordTable) -> None:
    vectors = torch.randn(1, 1, 4)
    torch.testing.assert_close(table(torch.tensor([[0]]), vectors), vectors)


def test_without_an_lstm_the_vectors_of_a_word_stand_side_by_side_and_padding_is_zero(
    table: WordTable, tmp_path: Path
) -> None:
    folder = str(write_bert(tmp_path))
    transformer, pieces = Transformer.pretrained(folder), Pieces.pretrained(folder)
    shapes = nn.Embedding(3, 2)
    encoder = TextEncoder(table, None, shapes, transformer, hidden=0, dropout=0.5).eval()
    assert encoder.width == 4 + 2 + 8
    (span,), firsts = pieces.lay_out(pieces.of_words(["ann", "saw", "rome"]))
    spans = torch.from_numpy(np.stack([span, span]))
    mask = torch.ones(2, len(span), dtype=torch.bool)
    first_pieces = torch.from_numpy(firsts[:, 1] + [[0], [len(span)]])  # (2, 3)
    words, lengths = torch.tensor([[5, 6, 0], [7, 0, 0]]), torch.tensor([3, 1])
    vectors, of_shapes = torch.ones(2, 3, 4), torch.tensor([[0, 1, 2], [2, 1, 0]])
    no_characters = torch.zeros(2, 3, 1, dtype=torch.long)
    with torch.no_grad():
        arguments = (words, vectors, no_characters, of_shapes, lengths)
        hidden = encoder(*arguments, spans, mask, first_pieces)
        parts = (table(words, vectors), shapes(of_shapes), transformer(spans, mask, first_pieces))
    expected = torch.cat(parts, dim=-1)
    torch.testing.assert_close(hidden[0], expected[0])
    torch.testing.assert_close(hidden[1, 0], expected[1, 0])
    assert not hidden[1, 1:].any()
