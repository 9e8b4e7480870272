import torch

from mner.model.seed_windows import Windows


def test_windows_cover_every_word_once_and_end_with_the_last() -> None:
    windows = Windows.cut(torch.tensor([80, 3, 35, 36]), 35)
    assert windows.posts.tolist() == [0, 0, 0, 1, 2, 3, 3]
    assert windows.starts.tolist() == [45, 10, 0, -32, 0, 1, 0]
    rows, columns = windows.find(torch.arange(80)[None])
    found = {word: (int(rows[0, word]), int(columns[0, word])) for word in (79, 45, 44, 10, 9, 0)}
    assert found == {79: (0, 34), 45: (0, 0), 44: (1, 34), 10: (1, 0), 9: (2, 9), 0: (2, 0)}
    assert (int(rows[3, 0]), int(columns[3, 0])) == (6, 0)
