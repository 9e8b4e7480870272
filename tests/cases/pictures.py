"""Pictures in many formats and states, and the names by which posts find them."""

from tests.cases.case import Case

__all__ = ["ROWS"]

_CHECK = "data check {out}/written.txt --pictures {cases}/pictures"


def _post(picture: str) -> str:
    return f"IMGID:{picture}\nAnn\tB-PER\n"


def _read(name: str) -> Case:
    return Case(f"pictures/{name}", _CHECK, "nothing wrong", written=_post(name))


def _unreadable(name: str, reason: str) -> Case:
    message = f"written.txt:1: {{cases}}/pictures/{name}: {reason}"
    return Case(f"pictures/{name}", _CHECK, ("unreadable-picture: 1", message), written=_post(name))


_READ = (
    "17_06_4705.jpeg", "UPPER.JPG", "anim.webp", "badexif.jpg", "cmyk.jpg",
    "icc.jpg", "jfif.jfif", "la.png", "mpo.jpg", "one.png", "pal.gif", "plain.jpg",
    "png_named.jpg", "rot.jpg", "sixteen.png",
)  # fmt: skip
_NAMES = {
    "Zoe\u0308.jpg": "Zo\u00eb.jpg",
    "caf\u00e9.jpg": "cafe\u0301.jpg",
}
"""From names, one decomposed and one composed, to the other form of each."""

ROWS = [
    Case(
        "pics.imgid",
        "data check {file} --pictures {cases}/pictures",
        ("{file}: 11 posts", "absent-picture: 6", "no picture 'pics/plain.jpg'"),
    ),
    *(_read(name) for name in _READ),
    *(_read(name) for name in _NAMES),
    *(
        Case(f"pictures/{name}", _CHECK, "nothing wrong", written=_post(other))
        for name, other in _NAMES.items()
    ),
    Case("pics.imgid", _CHECK, "nothing wrong", written=_post("UPPER.jpg")),
    Case("pics.imgid", _CHECK, "nothing wrong", written=_post("17_06_4705.jpg")),
    _unreadable("Thumbs.db", "not a JPEG, PNG"),
    _unreadable("heic_named.jpg", "cannot be decoded: the file is damaged"),
    _unreadable("html.jpg", "a web page (HTML) in place of a picture: fetch the picture again"),
    _unreadable("jp2.jpg", "a JPEG 2000 picture: expected JPEG"),
    _unreadable("svg.jpg", "an SVG drawing: expected JPEG"),
    _unreadable("trunc.jpg", "cannot be decoded: the file is cut"),
    _unreadable("zero.jpg", "the file is empty"),
]
