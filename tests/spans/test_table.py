from mner.spans.table import counted, table


def test_the_first_column_is_on_the_left_and_the_others_on_the_right() -> None:
    assert table([("", "F1", ""), ("all", "7.5", "x"), ("types of it", "10", "")]) == [
        "              F1",
        "all          7.5  x",
        "types of it   10",
    ]


def test_a_noun_follows_its_number() -> None:
    assert [counted(number, "post") for number in (0, 1, 2)] == ["0 posts", "1 post", "2 posts"]
