import numpy as np

from benchmarks.small_vectors import replaced
from mner.encoding.vectors import VectorTable


def test_vectors_can_be_replaced_and_added() -> None:
    table = VectorTable.from_words(["a", "b"], np.array([[1.0, 2.0], [3.0, 4.0]]))
    values = np.array([[5.0, 6.0], [7.0, 8.0]], dtype=np.float32)
    changed = replaced(table, ["b", "c"], values)
    found = changed.vectors(changed.rows(["a", "b", "c", "d"]))
    assert found.tolist() == [[1, 2], [5, 6], [7, 8], [0, 0]]
    assert table.vectors(table.rows(["b"])).tolist() == [[3, 4]]
