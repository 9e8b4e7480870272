import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.errors import InputError
from mner.pages.write_html import write_html
from mner.types import Entity, Post

POST = Post(
    "7",
    ("In", "New", "York"),
    (Entity(1, 3, "LOC", 0.934),),
    picture="p.jpg",
    caption="a <city>",
    text="In  New York",
    offsets=((0, 2), (4, 7), (8, 12)),
)
VOID = {"meta", "img"}


class Page(HTMLParser):
    """A page as a browser reads it: elements, their attributes, and the text of each sentence."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.sentences: list[str] = []
        self._open: list[tuple[str, str]] = []
        self.feed(content)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        name = dict(attrs).get("class") or ""
        if name == "sentence":
            self.sentences.append("")
        if tag not in VOID:
            self._open.append((tag, name))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        names = [name for _, name in self._open]
        if "sentence" in names and names[-1] not in {"label", "probability"}:
            self.sentences[-1] += data


def page(*posts: Post, picture: bytes | None = None, title: str = "Entities") -> str:
    stream = io.StringIO()
    write_html(posts, stream, picture=lambda _: picture, title=title)
    return stream.getvalue()


def test_what_a_post_shows() -> None:
    content = page(POST, picture=b"\xff\xd8\xff")
    assert Page(content).sentences == ["In  New York"]
    assert (
        '<span class="label">LOC</span>'
        '<span class="probability" role="tooltip">probability 0.93</span>'
    ) in content
    assert 'class="entity tone0" tabindex="0"' in content
    assert 'src="data:image/jpeg;base64,/9j/"' in content
    assert "Caption: a &lt;city&gt;" in content
    assert "1 post, 1 entity" in content
    assert "No picture to show: p.jpg" in page(POST)


def test_labels_keep_their_colours() -> None:
    labels = ["PER", "LOC", "PER", *"ABCDEFG"]
    tones = re.findall(
        r'class="entity (tone\d)"',
        page(*(Post("1", ("x",), (Entity(0, 1, label),)) for label in labels)),
    )
    assert tones == [
        "tone0",
        "tone1",
        "tone0",
        "tone2",
        "tone3",
        "tone4",
        "tone5",
        "tone6",
        "tone0",
        "tone1",
    ]


@given(
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r")),
    label=st.text(min_size=1),
)
def test_whatever_a_post_holds_is_text(text: str, label: str) -> None:
    hostile = f"{text}<script>alert(1)</script>&amp;\"'"
    post = Post(
        hostile, (hostile, "b"), (Entity(0, 1, hostile + label),), picture=hostile, caption=hostile
    )
    parsed = Page(page(post, title=hostile))
    assert parsed.sentences == [f"{hostile} b"]
    assert "script" not in {tag for tag, _ in parsed.elements}


def test_the_page_needs_no_network() -> None:
    elements = Page(page(POST, picture=b"\xff\xd8\xff")).elements
    assert not [
        attrs
        for tag, attrs in elements
        if tag in {"link", "script", "iframe"}
        or str(attrs.get("src", "data:")).partition(":")[0] != "data"
    ]
    assert (
        "meta",
        {
            "http-equiv": "Content-Security-Policy",
            "content": "default-src 'none'; img-src data:; style-src 'unsafe-inline'",
        },
    ) in elements


def test_posts_are_written_as_they_come(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    sizes = []

    def posts() -> Iterator[Post]:
        for _ in range(3):
            sizes.append(path.stat().st_size)
            yield POST

    with path.open("w") as stream:
        write_html(posts(), stream)
    assert sizes == sorted(set(sizes))


def test_half_a_character_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"post '7' holds '\\ud83d', which cannot be written as utf-8"
    ):
        write_html([Post("7", ("\ud83d",))], tmp_path / "page.html")
