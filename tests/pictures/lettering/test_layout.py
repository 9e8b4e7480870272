from mner.pictures.lettering.layout import line_groups
from mner.pictures.lettering.lines import Box, Lettering, LetteringState, Line, around


def line(text: str, left: float, top: float, right: float, bottom: float) -> Line:
    return Line(text, 0.9, Box(left, top, right, bottom))


def groups(*lines: Line, aspect: float = 1.0) -> list[list[str]]:
    lettering = Lettering(LetteringState.READ, lines, aspect=aspect)
    return [[item.text for item in group] for group in line_groups(lettering)]


def test_a_title_of_three_lines_is_one_group() -> None:
    title = (
        line("NATIONAL", 0.57, 0.64, 0.69, 0.72),
        line("PANCAKE", 0.57, 0.69, 0.69, 0.77),
        line("DAY", 0.57, 0.74, 0.63, 0.81),
    )
    assert groups(*title) == [["NATIONAL", "PANCAKE", "DAY"]]


def test_words_of_one_row_come_from_left_to_right() -> None:
    assert groups(
        line("York", 0.32, 0.1, 0.5, 0.2),
        line("New", 0.1, 0.105, 0.3, 0.205),
        line("Times", 0.52, 0.1, 0.7, 0.2),
    ) == [["New", "York", "Times"]]


def test_lines_of_other_heights_stand_apart() -> None:
    assert groups(line("BIG", 0.1, 0.1, 0.9, 0.4), line("small print", 0.1, 0.41, 0.5, 0.46)) == [
        ["BIG"],
        ["small print"],
    ]


def test_lines_that_are_far_apart_stand_apart() -> None:
    assert groups(line("top", 0.1, 0.1, 0.3, 0.15), line("end", 0.1, 0.8, 0.3, 0.85)) == [
        ["top"],
        ["end"],
    ]
    assert groups(line("left", 0.0, 0.1, 0.1, 0.15), line("right", 0.8, 0.1, 0.9, 0.15)) == [
        ["left"],
        ["right"],
    ]


def test_a_gap_is_measured_in_the_proportions_of_the_picture() -> None:
    two = line("New", 0.1, 0.1, 0.3, 0.2), line("York", 0.35, 0.1, 0.5, 0.2)
    assert groups(*two) == [["New", "York"]]
    assert groups(*two, aspect=4) == [["New"], ["York"]]


def test_every_line_is_in_one_group() -> None:
    lines = [line(str(n), n / 40, n / 40, n / 40 + 0.1, n / 40 + 0.03) for n in range(30)]
    listed = sorted(text for group in groups(*lines) for text in group)
    assert listed == sorted(item.text for item in lines)


def test_lines_without_height_stand_alone() -> None:
    assert groups(line("a", 0.1, 0.1, 0.2, 0.1), line("b", 0.1, 0.1, 0.2, 0.1)) == [["a"], ["b"]]


def test_the_box_around_boxes() -> None:
    assert around([Box(0.1, 0.5, 0.3, 0.6), Box(0.2, 0.4, 0.25, 0.55)]) == Box(0.1, 0.4, 0.3, 0.6)
