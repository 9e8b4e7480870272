from mner.spans.table import table


def test_the_first_column_is_on_the_left_and_the_others_on_the_right() -> None:
    assert table([("", "F1", ""), ("all", "7.5", "x"), ("types of it", "10", "")]) == [
        "              F1",
        "all          7.5  x",
        "types of it   10",
    ]
