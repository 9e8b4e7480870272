from mner.pages.table import ALL, SEEN, UNSEEN, Kind, table_rows


def test_rows_are_all_labels_seen_and_unseen() -> None:
    person, place, odd = (Kind(name, is_label=True) for name in ("PER", "LOC", "All"))
    rows = table_rows([{ALL: 1, person: 2, SEEN: 3}, {ALL: 4, place: 5, odd: 6}])
    assert rows == [
        (ALL, (1, 4)),
        (odd, (None, 6)),
        (place, (None, 5)),
        (person, (2, None)),
        (SEEN, (3, None)),
        (UNSEEN, (None, None)),
    ]


def test_without_columns_rows_are_empty() -> None:
    assert table_rows([]) == [(ALL, ()), (SEEN, ()), (UNSEEN, ())]
