import pytest

from mner.pages.boxes import PictureBox, box_record
from mner.pages.tones import tone_of


def test_a_box_is_placed_by_shares_of_the_picture() -> None:
    record = box_record(PictureBox(0.1, 0.2, 0.4, 1, "ORG", "NASA", 0.5))
    assert record.place == {"left": "10%", "top": "20%", "width": "30%", "height": "80%"}
    assert (record.name, record.tone) == ("NASA (ORG 0.50)", tone_of("ORG"))
    assert box_record(PictureBox(0, 0, 1, 1, "ORG", "NASA")).name == "NASA (ORG)"


@pytest.mark.parametrize(
    "edges", [(0.5, 0, 0.4, 1), (0, 0, 30, 20), (0, 0.6, 1, 0.5), (-1, 0, 1, 1)]
)
def test_pixels_are_no_shares(edges: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="divide pixels by the picture's width and height"):
        PictureBox(*edges, "ORG", "NASA")
