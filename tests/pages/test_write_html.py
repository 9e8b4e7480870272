import io
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mner.errors import InputError
from mner.pages.tones import tone_of
from mner.pages.write_html import write_html
from mner.types import Entity, PictureEntity, Post

POST = Post(
    "7",
    ("In", "New", "York"),
    (Entity(1, 3, "LOC", 0.934),),
    picture="p.jpg",
    caption="a <city>",
    text="In  New York",
    offsets=((0, 2), (4, 7), (8, 12)),
)
VOID = {"meta", "img", "input"}


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


def records(content: str) -> list[dict[str, Any]]:
    """The posts that the page's script shows."""
    blocks = re.findall(
        r'<script type="application/json" class="posts">(.*?)</script>', content, re.S
    )
    return [record for block in blocks for record in json.loads(block)]


def test_what_a_post_shows() -> None:
    content = page(POST, picture=b"\xff\xd8\xff")
    assert Page(content).sentences == ["In  New York"]
    assert (
        '<span class="label">LOC</span>'
        '<span class="probability" role="tooltip">probability 0.93</span>'
    ) in content
    assert 'class="entity tone1" tabindex="0"' in content
    assert 'src="data:image/jpeg;base64,/9j/"' in content
    assert "Caption: a &lt;city&gt;" in content
    assert "1 post, 1 entity" in content
    assert "No picture in this page: p.jpg" in page(POST)


def test_a_label_has_its_own_colour() -> None:
    posts = [Post("1", ("x",), (Entity(0, 1, label),)) for label in ("PER", "LOC", "per", "Film")]
    tones = re.findall(r'class="entity tone(\d+)"', page(*posts))
    assert tones == [str(tone_of(label)) for label in ("PER", "LOC", "per", "Film")]


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
    harmless = Page(page(Post("1", ("a", "b"), (Entity(0, 1, "c"),), picture="d", caption="e")))
    assert [tag for tag, _ in parsed.elements] == [tag for tag, _ in harmless.elements]
    (record,) = records(page(post, title=hostile))
    assert record["id"] == hostile
    assert record["pieces"] == [
        [hostile, hostile + label, tone_of(hostile + label)],
        " b",
    ]


def test_the_page_needs_no_network() -> None:
    content = page(POST, picture=b"\xff\xd8\xff")
    elements = Page(content).elements
    assert not [
        attrs
        for tag, attrs in elements
        if tag in {"link", "iframe"} or str(attrs.get("src", "data:")).partition(":")[0] != "data"
    ]
    assert not re.search(r"(?:https?:)?//[a-z]", content.replace("/9j/", ""))
    (policy,) = [
        str(attrs["content"])
        for _, attrs in elements
        if attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "script-src 'sha256-" in policy


def test_the_policy_allows_the_two_scripts_of_the_page_alone() -> None:
    content = page(POST)
    scripts = re.findall(r"<script>(.*?)</script>", content, re.S)
    digests = [b64encode(sha256(script.encode()).digest()).decode() for script in scripts]
    assert len(digests) == 2
    assert re.findall(r"'sha256-(.*?)'", content) == digests


def test_posts_are_written_as_they_come(tmp_path: Path) -> None:
    """The page reads 200 posts ahead for its first page, and 100 for a block of JSON."""
    path = tmp_path / "page.html"
    sizes = []

    def posts() -> Iterator[Post]:
        for number in range(1000):
            if number % 100 == 0:
                sizes.append(path.stat().st_size)
            yield POST

    with path.open("w", encoding="utf-8") as stream:
        write_html(posts(), stream)
    assert sizes[3:] == sorted(set(sizes[3:]))


def test_the_first_page_can_be_read_without_a_script() -> None:
    plain = [Post(f"plain {number}", ("a",), ()) for number in range(150)]
    content = page(*plain, POST, *plain)
    main = content[content.index("<main") : content.index("</main>")]
    articles = re.findall(r"<article.*?</article>", main, re.S)
    assert len(articles) == 20
    assert "New York" in articles[0]
    assert "plain 0" in articles[1]
    assert 'class="folded"' in articles[1]
    assert len(records(content)) == 301


def test_running_text_is_kept_with_the_entities_in_it() -> None:
    post = Post("1", ("(", "Jo", "Do", ")", "."), (Entity(1, 3, "PER"),))
    assert records(page(post))[0]["pieces"] == ["(", ["Jo Do", "PER", 0], ")."]
    assert records(page(POST))[0]["pieces"] == ["In  ", ["New York", "LOC", 1, "0.93"]]


def test_pictures_have_a_bound() -> None:
    stream = io.StringIO()
    write_html([POST] * 5, stream, picture=lambda _: b"\xff\xd8\xff", most_picture_bytes=50)
    shown = ["figures" in record for record in records(stream.getvalue())]
    assert shown == [True, True, False, False, False]
    assert "2 pictures are in this page. 3 more are left out" in stream.getvalue()
    assert "in this page. " not in page(POST, picture=b"\xff\xd8\xff")


def test_boxes_are_drawn_over_the_picture() -> None:
    stream = io.StringIO()
    name = PictureEntity("NASA", "ORG", 0.915, (0.25, 0.5, 0.75, 1), "at NASA")
    post = Post("1", ("hi",), (), picture="p", picture_entities=(name,))
    write_html([post], stream, picture=lambda _: b"\xff\xd8\xff")
    content = stream.getvalue()
    assert (
        'title="NASA (ORG 0.92)" style="left: 25%; top: 50%; width: 50%; height: 50%;"' in content
    )
    assert "Written in the picture: NASA (ORG 0.92)" in content
    assert "1 post, 1 entity" in content


def test_half_a_character_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"post '7' holds '\\ud83d', which cannot be written as utf-8"
    ):
        write_html([Post("7", ("\ud83d",))], tmp_path / "page.html")
