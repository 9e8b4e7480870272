"""The page of the service in a browser, on a service as users start it."""

import json
from pathlib import Path

import pytest

from tests.axe import serious_findings
from tests.browser import Browser, needs_chromium
from tests.serve.page import READY, RESULT, ask, choose_model, drop, press, problem, show
from tests.serve.test_process import Service, serving

pytestmark = needs_chromium

ENTITIES = (
    "[...document.querySelectorAll('#result .view')].map(view => "
    "[...view.querySelectorAll('.entity')].map(mark => mark.textContent))"
)
ALPHAS = (
    "(canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"
    ".filter((_, position) => position % 4 === 3))"
)
WIDTHS = [(1280, False), (1280, True), (420, False), (420, True)]
HOSTILE = "<img src=x onerror=\"document.title='owned'\"> & </script>"


def test_a_post_is_typed_and_its_entities_are_shown(browser: Browser) -> None:
    choose_model(browser, "starter")
    assert "reads text only" in browser.run("document.querySelector('#about-model').textContent")
    ask(browser, f"saw Ann Roe in Rome {HOSTILE}")
    (view,) = browser.run(ENTITIES)
    # What follows is no name, whatever the model takes it for.
    assert [entity.rsplit(" ", 1)[0] for entity in view[:2]] == ["Ann RoePER", "RomeLOC"]
    colours = browser.run(
        "[...document.querySelectorAll('#result .entity')].map(mark => mark.style.cssText)"
    )
    assert colours[:2] == ["--tone: #0072b2;", "--tone: #d55e00;"]
    sentence = f"{RESULT}.querySelector('.sentence')"
    text = browser.run(
        f"(() => {{ const copy = {sentence}.cloneNode(true);"
        " copy.querySelectorAll('.label').forEach(label => label.remove());"
        " return copy.textContent; })()"
    )
    assert text.endswith(HOSTILE)
    assert browser.run("document.title") != "owned"
    assert browser.complaints() == []


def test_a_picture_is_dropped_and_words_show_where_the_model_looked(
    browser: Browser, corpus: Path
) -> None:
    drop(browser, corpus / "images" / "0.jpg")
    assert browser.run("document.querySelectorAll('#chosen li').length") == 1
    ask(browser, "saw Ann in Rome")
    titles = browser.run("[...document.querySelectorAll('#result h3')].map(h => h.textContent)")
    assert titles == ["With the picture", "Without the picture"]
    first, second = browser.run(ENTITIES)
    assert first
    assert second
    heads = browser.run("[...document.querySelectorAll('#result th[scope=col]')].length")
    assert heads == 6
    status = f"{RESULT}.querySelector('.side [role=status]').textContent"
    pressed = f"{RESULT}.querySelector('[aria-pressed=true]').textContent"
    assert f"“{browser.run(pressed)}”" in browser.run(status)
    place = browser.run(
        f"(({RESULT}.querySelector('[data-word=\"0\"]').scrollIntoView(), "
        f"{RESULT}.querySelector('[data-word=\"0\"]').getBoundingClientRect().toJSON()))"
    )
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    browser.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    browser.wait_for(f"{status}.startsWith('For “saw” the model looked')")
    assert browser.run(pressed) != "saw"
    assert browser.run(f"{RESULT}.querySelector('canvas').hidden") is False
    for kind in ("mousePressed", "mouseReleased"):
        browser.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
    assert browser.run(pressed) == "saw"
    browser.run(f"{RESULT}.querySelector('.side input').click()")
    assert browser.run(f"{RESULT}.querySelector('canvas').hidden") is True
    assert browser.complaints() == []


def test_words_are_chosen_by_the_arrow_keys(browser: Browser, corpus: Path) -> None:
    drop(browser, corpus / "images" / "0.jpg")
    ask(browser, "saw Ann in Rome")
    words = f"[...{RESULT}.querySelectorAll('button.word')]"
    assert browser.run(f"{words}.filter(word => word.tabIndex === 0).length") == 1
    browser.run(f"{words}.find(word => word.tabIndex === 0).focus()")
    press(browser, "End")
    assert browser.run("document.activeElement.textContent") == "Rome"
    assert browser.run("document.activeElement.getAttribute('aria-pressed')") == "true"
    press(browser, "ArrowLeft")
    assert browser.run("document.activeElement.textContent") == "in"
    status = browser.run(f"{RESULT}.querySelector('.side [role=status]').textContent")
    assert status.startswith("For “in” the model looked")


def test_a_model_that_looks_at_captions_has_a_field_for_them(browser: Browser) -> None:
    field = "document.querySelector('#caption-field')"
    assert browser.run(f"{field}.hidden") is True
    choose_model(browser, "captions")
    assert browser.run(f"{field}.hidden") is False
    browser.run("document.querySelector('#caption').value = 'a man and a city'")
    ask(browser, "saw Ann in Rome")
    titles = browser.run("[...document.querySelectorAll('#result h3')].map(h => h.textContent)")
    assert titles == ["With the caption", "Without the caption"]
    words = "[...document.querySelectorAll('#result .caption span')].map(w => w.firstChild.data)"
    assert browser.run(words) == ["a", "man", "and", "a", "city"]
    status = browser.run(f"{RESULT}.querySelector('.side [role=status]').textContent")
    assert "in the caption, with" in status or "no word stands out" in status
    assert browser.complaints() == []


@pytest.mark.parametrize(("even", "least"), [(True, 0), (False, 100)])
def test_even_attention_has_no_colour(browser: Browser, even: bool, least: int) -> None:
    row = [0.25] * 4 if even else [0.85, 0.05, 0.05, 0.05]
    post = {
        "tokens": ["saw", "Rome"],
        "entities": [],
        "explanation": {
            "attention": "per word",
            "regions": None,
            "where": {"grid": [2, 2], "words": [row, row], "gate": [0.5, 0.5]},
        },
    }
    picture = "{name: 'p', image: document.querySelector('.example img').src}"
    browser.run(
        "(({side, show}) => {document.body.append(side); show({text: 'Rome', number: 1});})"
        f"(service.lookSide({json.dumps(post)}, [{picture}], {{}}))"
    )
    alphas = browser.run(f"{ALPHAS}(document.querySelector('body > .side canvas'))")
    assert max(alphas) >= least
    assert alphas[-1] == 0
    assert (max(alphas) == 0) is even
    status = browser.run("document.querySelector('body > .side [role=status]').textContent")
    assert ("everywhere alike" in status) is even
    assert ("row 1, column 1 of the picture, with 85%" in status) is not even


def test_names_in_pictures_have_boxes(browser: Browser) -> None:
    pytest.importorskip("rapidocr", reason="needs mner[ocr]")
    choose_model(browser, "starter")
    browser.run("document.querySelectorAll('.example')[2].click()")
    browser.wait_for(f"{READY} && !{RESULT}.hidden")
    assert browser.run(f"{RESULT}.querySelector('.box .tag').textContent").startswith("LOC 0.")
    assert browser.run(f"{RESULT}.querySelector('.box').title").startswith("LONDON (LOC 0.")
    row = browser.run(f"{RESULT}.querySelector('tbody tr').textContent")
    assert row.startswith("LONDONLOCpicture0.")
    assert browser.complaints() == []


def test_what_goes_wrong_is_said_in_words(browser: Browser, tmp_path: Path) -> None:
    browser.run("document.querySelector('#tag').click()")
    assert problem(browser).startswith("There is nothing to look at yet")
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    drop(browser, broken)
    ask(browser, "saw Ann")
    assert problem(browser).startswith("The service says: the picture cannot be read: ")
    browser.run("document.querySelector('#chosen button').click()")
    large = tmp_path / "large.png"
    large.write_bytes(bytes(16_000_000))
    drop(browser, large)
    ask(browser, "saw Ann")
    assert problem(browser) == (
        "The pictures are too large: they make a request of 21.3 MB, and the service takes 20.0 MB."
    )
    browser.run("document.querySelector('#chosen button').click()")
    assert browser.run("document.querySelectorAll('#chosen li').length") == 0
    ask(browser, "saw Ann")
    assert browser.run("document.querySelector('#problem').hidden") is True
    browser.run("document.querySelector('#least').value = '7'")
    ask(browser, "saw Ann")
    assert problem(browser) == "The least probability must be a number from 0 to 1."
    assert browser.run("document.querySelector('#problem').getAttribute('role')") == "alert"


def test_the_answer_is_copied_as_json(browser: Browser, service: Service) -> None:
    choose_model(browser, "starter")
    ask(browser, "saw Ann in Rome")
    shown = json.loads(browser.run(f"{RESULT}.querySelector('pre').textContent"))
    assert [entity["text"] for entity in shown["entities"]] == ["Ann", "Rome"]
    origin = f"http://127.0.0.1:{service.port}"
    browser.send(
        "Browser.grantPermissions",
        permissions=["clipboardReadWrite", "clipboardSanitizedWrite"], origin=origin,
    )  # fmt: skip
    browser.send("Page.bringToFront")
    browser.run(f"{RESULT}.querySelector('.json button').click()")
    browser.wait_for(f"{RESULT}.querySelector('.json button').textContent === 'Copied'")
    assert json.loads(browser.run("navigator.clipboard.readText()")) == shown


@pytest.mark.parametrize(("width", "dark"), WIDTHS)
def test_axe_finds_nothing_serious_and_nothing_is_cut_off(
    started: Browser, service: Service, corpus: Path, tmp_path: Path, width: int, dark: bool
) -> None:
    table = tmp_path / "posts.csv"
    table.write_text("id,text\n1,saw Ann Roe in Rome\n")
    show(started, service, width=width, dark=dark)
    drop(started, corpus / "images" / "0.jpg")
    ask(started, "saw Ann in Rome")
    drop(started, table)
    started.run("document.querySelector('#tag-table').click()")
    started.wait_for(f"{READY} && !document.querySelector('#found').hidden")
    started.run("document.querySelector('#least').value = '7'")
    started.run("document.querySelector('#tag').click()")
    assert problem(started)
    assert started.run(f"{RESULT}.querySelectorAll('.word').length") > 0
    assert serious_findings(started) == []
    assert started.run("document.documentElement.scrollWidth") <= width
    shade = started.run("getComputedStyle(document.documentElement).backgroundColor")
    assert shade == ("rgb(20, 20, 22)" if dark else "rgb(252, 251, 249)")
    started.open(f"http://127.0.0.1:{service.port}/docs", width=width, dark=dark)
    assert serious_findings(started) == []
    assert started.run("document.documentElement.scrollWidth") <= width
    assert started.complaints() == []


def test_a_service_with_a_token_asks_for_it(
    started: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = "0123456789abcdef"
    monkeypatch.setenv("MNER_TOKEN", token)
    with serving(folder=tmp_path) as service:
        started.open(f"http://127.0.0.1:{service.port}/")
        started.wait_for("!document.querySelector('#door').hidden")
        assert "expected the header `Authorization" in problem(started)
        assert serious_findings(started) == []
        started.run("document.querySelector('#token').focus()")
        started.send("Input.insertText", text=token)
        started.run("document.querySelector('#door').requestSubmit()")
        started.wait_for(f"{READY} && document.querySelector('#model').options.length > 0")
        ask(started, "saw Ann in Rome")
        assert started.run(ENTITIES)[0]
        service.process.terminate()
        assert service.end() == 0
        ask(started, "saw Bob in Rome")
        assert problem(started) == "The service does not answer: is mner serve still running?"
