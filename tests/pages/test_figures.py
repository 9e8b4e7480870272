from mner.pages.figures import box_record, boxes_in, written_notes
from mner.pages.tones import tone_of
from mner.types import PictureEntity, Post

NASA = PictureEntity("NASA", "ORG", 0.5, (0.1, 0.2, 0.4, 1), "at NASA")


def test_a_box_is_placed_by_shares_of_the_picture() -> None:
    record = box_record(NASA)
    assert record.place == {"left": "10%", "top": "20%", "width": "30%", "height": "80%"}
    assert (record.name, record.tone) == ("NASA (ORG 0.50)", tone_of("ORG"))


def test_each_picture_has_the_boxes_of_its_own_names() -> None:
    oslo = PictureEntity("Oslo", "LOC", 0.9, (0, 0, 1, 1), "Oslo", picture="b.jpg")
    nasa = PictureEntity("NASA", "ORG", 0.5, (0, 0, 1, 1), "NASA", picture="a.jpg")
    post = Post("1", (), picture_entities=(oslo, nasa)).with_pictures(["a.jpg", "b.jpg", "c.jpg"])
    names = [[box.name for box in boxes_in(post, position)] for position in range(3)]
    assert names == [["NASA (ORG 0.50)"], ["Oslo (LOC 0.90)"], []]
    assert written_notes(post) == [
        "Written in b.jpg: Oslo (LOC 0.90)",
        "Written in a.jpg: NASA (ORG 0.50)",
    ]


def test_names_of_the_only_picture_need_not_name_it() -> None:
    post = Post("1", (), picture="a.jpg", picture_entities=(NASA,))
    assert [box.name for box in boxes_in(post, 0)] == ["NASA (ORG 0.50)"]
    assert written_notes(post) == ["Written in the picture: NASA (ORG 0.50)"]
