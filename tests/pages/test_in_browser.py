"""Pages as their readers have them: in a browser, with and without scripts, at a phone's width."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mner.pages.example import Example, Reading
from mner.pages.examples import ExamplesPage, write_examples
from mner.pages.write_html import write_html
from mner.types import Attention, Entity, PictureEntity, PictureState, Post
from tests.browser import Browser, needs_chromium, opened

pytestmark = needs_chromium

HOSTILE = "</script><img src=x onerror=\"document.title='owned'\"><!-- ' & \u2028x"
ARTICLES = "[...document.querySelectorAll('#posts > article')].map(article => article.outerHTML)"
IDS = "[...document.querySelectorAll('#posts h2, #posts .id')].map(part => part.textContent)"
STATUS = "document.querySelector('[role=status]').textContent"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened() as browser:
        yield browser


def jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 80, 40)).save(file, "JPEG")
    return file.getvalue()


def posts() -> Iterator[Post]:
    """One post in three has an entity; less probable ones come later."""
    for number in range(90):
        entities: tuple[Entity, ...] = ()
        if number % 3 == 0:
            label = "PER" if number % 2 else "Film"
            entities = (Entity(1, 2, label, 0.99 - number / 100),)
        yield Post(f"id{number}", ("saw", f"Name{number}", "today"), entities, picture="p")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.html"
    names = tuple(
        PictureEntity(HOSTILE, "ORG", 0.5, (0.25, 0, 0.5, 0.5), HOSTILE, picture=picture)
        for picture in (HOSTILE, "second.jpg")
    )
    hostile = Post(
        HOSTILE,
        (HOSTILE, "b"),
        (Entity(0, 1, HOSTILE, 0.5),),
        caption=HOSTILE,
        picture_entities=names,
    ).with_pictures([HOSTILE, "second.jpg"])
    write_html(
        [*posts(), hostile],
        path,
        picture=lambda _: jpeg(),
        title=HOSTILE,
    )
    return path


def click(browser: Browser, text: str) -> None:
    """Press the button whose text begins with this one."""
    browser.run(
        "[...document.querySelectorAll('button')]"
        f".find(button => button.textContent.startsWith({text!r})).click()"
    )


def test_a_script_shows_the_articles_that_stand_in_the_page(browser: Browser, page: Path) -> None:
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(page)
    browser.send("Emulation.setScriptExecutionDisabled", value=False)
    without_script = browser.run(ARTICLES)
    assert browser.run("getComputedStyle(document.querySelector('.tools')).display") == "none"
    browser.open(page)
    with_script = browser.run(ARTICLES)
    assert len(without_script) == len(with_script) == 20
    assert with_script == without_script
    assert browser.complaints() == []


def test_nothing_from_a_post_is_run_or_becomes_markup(browser: Browser, page: Path) -> None:
    browser.open(page)
    assert browser.run("document.title") == HOSTILE
    browser.run("document.querySelector('[type=search]').value = 'owned'")
    browser.run("document.querySelector('[type=search]').dispatchEvent(new Event('input'))")
    assert browser.run(STATUS) == "1 of 91 posts"
    assert browser.run("document.querySelector('h2').textContent") == HOSTILE
    assert browser.run("document.querySelector('.box').style.left") == "25%"
    assert browser.run("document.querySelectorAll('img').length") == 2
    assert browser.run("document.title.startsWith('owned')") is False
    assert browser.complaints() == []


def test_the_policy_stops_a_script_that_is_not_the_pages_own(
    browser: Browser, page: Path, tmp_path: Path
) -> None:
    changed = page.read_text(encoding="utf-8").replace(
        "</body>", "<script>document.body.dataset.ran = 1</script></body>"
    )
    (tmp_path / "changed.html").write_text(changed, encoding="utf-8")
    browser.open(tmp_path / "changed.html")
    assert browser.run("document.body.dataset.ran === undefined") is True
    assert any("Content Security Policy" in complaint for complaint in browser.complaints())


def test_posts_are_searched_filtered_ordered_and_paged(browser: Browser, page: Path) -> None:
    browser.open(page)
    assert browser.run(STATUS) == "91 of 91 posts; 60 of them without entities, folded"
    first = browser.run(IDS)
    assert first[:3] == ["id0", "id3", "id6"]
    click(browser, "Later")
    assert browser.run("document.querySelector('.pager span').textContent") == "Page 2 of 5"
    assert browser.run("document.activeElement.id") == "posts"
    assert not set(first) & set(browser.run(IDS))

    click(browser, "PER")
    assert browser.run(STATUS) == "15 of 91 posts"
    assert browser.run("document.querySelector('[aria-pressed=true]').textContent") == "PER 15"
    click(browser, "no entities")
    assert browser.run(STATUS) == "75 of 91 posts; 60 of them without entities, folded"
    click(browser, "no entities")
    browser.run("document.querySelector('select').value = 'probability'")
    browser.run("document.querySelector('select').dispatchEvent(new Event('change'))")
    assert browser.run(IDS)[:2] == ["id87", "id81"]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_phone_shows_the_page_without_scrolling_sideways(
    browser: Browser, page: Path, dark: bool
) -> None:
    browser.open(page, width=420, dark=dark)
    assert browser.run("document.documentElement.scrollWidth") <= 420
    shade = browser.run("getComputedStyle(document.documentElement).backgroundColor")
    assert shade == ("rgb(20, 20, 22)" if dark else "rgb(252, 251, 249)")


def test_everything_has_a_name_for_screen_readers(browser: Browser, page: Path) -> None:
    browser.open(page)
    nodes = browser.send("Accessibility.getFullAXTree")["nodes"]
    named: dict[str, list[str]] = {}
    for node in nodes:
        role = node.get("role", {}).get("value")
        named.setdefault(role, []).append(node.get("name", {}).get("value", ""))
    assert named["searchbox"] == ["Search in texts, captions and ids"]
    assert named["combobox"] == ["Order"]
    assert "Show only posts with" in named["group"]
    assert named["navigation"] == ["Pages"]
    assert all(named["button"])
    assert all(name.startswith("The picture of post") for name in named["image"])


def explained(number: int, weights: list[float]) -> Example:
    attention = Attention(
        np.array([weights] * 3, np.float32), np.eye(3, dtype=np.float32), np.ones(3, np.float32),
        per_word=True,
    )  # fmt: skip
    post = Post(str(number), ("saw", "Rome", "today"))
    reading = Reading("mner", (Entity(1, 2, "LOC", 0.9),), attention, grid=(2, 2))
    example = Example(post, (reading,), PictureState.PRESENT, (jpeg(),))
    return replace(example, effect=number / 100)


@pytest.fixture(scope="module")
def explanations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explained") / "page.html"
    even, uneven = [0.25] * 4, [0.85, 0.05, 0.05, 0.05]
    examples = [explained(number, even if number == 49 else uneven) for number in range(50)]
    write_examples(path, ExamplesPage("T", (), examples, has_gold=False, order="picture-effect"))
    return path


PIXELS = (
    "(canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"
    ".filter((_, position) => position % 4 === 3))"
)


def test_pictures_that_mattered_come_first(browser: Browser, explanations: Path) -> None:
    browser.open(explanations, width=420)
    headings = browser.run("[...document.querySelectorAll('article h3')].map(h => h.textContent)")
    assert [heading for heading in headings if heading != "mner"][:2] == ["Post 49", "Post 48"]
    assert browser.run("document.documentElement.scrollWidth") <= 420
    assert browser.complaints() == []


def test_later_posts_are_made_when_they_are_shown(browser: Browser, tmp_path: Path) -> None:
    hostile = "</script><img src=x onerror=alert(1)> & {{ 7*7 }}"
    examples = [explained(number, [0.25] * 4) for number in range(30)]
    examples[29] = replace(examples[29], post=replace(examples[29].post, id=hostile))
    page = ExamplesPage("T", (), examples, has_gold=False, order="input")
    write_examples(tmp_path / "page.html", page)
    browser.open(tmp_path / "page.html")
    browser.run("document.querySelectorAll('.pager button')[1].click()")
    headings = browser.run("[...document.querySelectorAll('article h3')].map(h => h.textContent)")
    assert [heading for heading in headings if heading != "mner"][-2:] == [
        "Post 28",
        f"Post {hostile}",
    ]
    assert browser.run("document.querySelectorAll('article img[src=x]').length") == 0
    assert browser.complaints() == []


def test_even_attention_has_no_colour(browser: Browser, explanations: Path) -> None:
    browser.open(explanations)
    assert browser.run(f"Math.max(...{PIXELS}(document.querySelectorAll('canvas')[0]))") == 0
    status = browser.run("document.querySelector('.status').textContent")
    assert status == "“Rome”, read by mner, looked everywhere alike: no region stands out."
    assert browser.run(f"{PIXELS}(document.querySelectorAll('canvas')[1])[0]") > 100
    assert browser.run(f"{PIXELS}(document.querySelectorAll('canvas')[1]).at(-1)") == 0


def test_words_are_chosen_by_the_arrow_keys(browser: Browser, explanations: Path) -> None:
    browser.open(explanations)
    browser.run("document.querySelector('[aria-pressed=true]:is(.word)').focus()")
    for kind in ("keyDown", "keyUp"):
        browser.send("Input.dispatchKeyEvent", type=kind, key="ArrowRight", code="ArrowRight")
    assert browser.run("document.activeElement.textContent") == "today"
    assert browser.run("document.activeElement.getAttribute('aria-pressed')") == "true"
