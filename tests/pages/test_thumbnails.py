from mner.pages.thumbnails import Thumbnails

JPEG = b"\xff\xd8\xff"
URL = "data:image/jpeg;base64,/9j/"


def test_pictures_are_given_until_the_page_is_full() -> None:
    thumbnails = Thumbnails(2 * len(URL))
    urls = [thumbnails.url(lambda: JPEG, is_folded=False) for _ in range(4)]
    assert urls == [URL, URL, None, None]
    assert (thumbnails.embedded, thumbnails.left_out) == (2, 2)
    assert thumbnails.summary().startswith("2 pictures are in this page. 2 more are left out")


def test_folded_posts_leave_half_of_the_room_to_others() -> None:
    thumbnails = Thumbnails(2 * len(URL))
    folded = [thumbnails.url(lambda: JPEG, is_folded=True) for _ in range(2)]
    assert folded == [URL, None]
    assert thumbnails.url(lambda: JPEG, is_folded=False) == URL


def test_what_cannot_be_shown_takes_no_room() -> None:
    thumbnails = Thumbnails(1)
    assert thumbnails.url(lambda: None, is_folded=False) is None
    assert thumbnails.url(lambda: JPEG, is_folded=False) == URL
    assert thumbnails.summary() == ""
