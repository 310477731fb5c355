"""The page in a real browser: typed at, clicked on, looked at.

UNROLLED_SCREENSHOTS=FOLDER UNROLLED_SCREENSHOT_MODEL=MODEL makes the pictures of docs/pictures too.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect
from tests.serve.browsing import PHONE, WIDE, Visit, needs_chromium
from tests.serve.conftest import Server, serving

pytestmark = needs_chromium


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Any]:
    """Open the page, or another; at the end nothing may have been wrong with it."""
    opened: list[Visit] = []

    def open_page(path: str = "/", **options: Any) -> Visit:
        opened.append(Visit(browser, server.url, path, **options))
        return opened[-1]

    yield open_page
    for one in opened:
        one.context.close()
        assert one.faults == []


def answered(server: Server, text: str) -> list[str]:
    """What the API says should follow."""
    answer = httpx.post(f"{server.url}/v1/models/keyboard/predict", json={"input": text, "n": 3}).json()
    return [one["text"] for one in answer["predictions"]]


def test_the_page_comes_with_a_strict_policy(server: Server) -> None:
    policy = httpx.get(server.url).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_suggestions_change_as_one_types_and_a_click_takes_one(visit: Any) -> None:
    one = visit()
    one.text.press_sequentially("the ")
    expect(one.word(0)).to_have_class("next")
    first = one.word(0).get_attribute("aria-label")
    one.text.press_sequentially("riv")
    expect(one.word(0)).to_have_attribute("aria-label", re.compile("river, completion, "))
    assert first != one.word(0).get_attribute("aria-label")
    one.word(0).click()
    expect(one.text).to_have_value("the river ")
    expect(one.word(0)).to_have_class("next")
    one.text.press("End")
    one.text.press_sequentially(".")
    expect(one.text).to_have_value("the river.")


def test_a_typing_error_is_marked_as_a_correction_and_put_right(visit: Any) -> None:
    one = visit()
    one.text.press_sequentially("my friend sees the rivwr")
    expect(one.word(0)).to_have_class("correction")
    expect(one.word(0)).to_contain_text("fix")
    one.text.press("Alt+1")
    expect(one.text).to_have_value("my friend sees the river ")


def test_the_caret_in_the_middle_suggests_for_what_is_before_it(visit: Any) -> None:
    one = visit()
    one.text.fill("the riv 🙂 a house")
    for _ in " 🙂 a house":
        one.text.press("ArrowLeft")
    expect(one.word(0)).to_have_attribute("aria-label", re.compile("^river, "))
    one.text.press("Alt+1")
    expect(one.text).to_have_value("the river 🙂 a house")
    one.text.press_sequentially("x")
    expect(one.text).to_have_value("the river x🙂 a house")


def test_a_word_with_the_caret_inside_is_taken_whole_and_all_can_be_undone(visit: Any) -> None:
    one = visit()
    one.text.press_sequentially("the rivx a house")
    for _ in "x a house":
        one.text.press("ArrowLeft")
    expect(one.word(0)).to_have_attribute("aria-label", re.compile("^river, "))
    one.text.press("Alt+1")
    expect(one.text).to_have_value("the river a house")
    one.text.press("Control+z")
    expect(one.text).to_have_value("the rivx a house")
    one.page.get_by_role("button", name="Clear").click()
    expect(one.text).to_have_value("")
    one.text.press("Control+z")
    expect(one.text).to_have_value("the rivx a house")


def test_the_keyboard_alone_takes_and_leaves(visit: Any) -> None:
    one = visit()
    one.text.focus()
    one.page.keyboard.type("the riv")
    expect(one.word(0)).to_have_attribute("aria-label", re.compile("^river, completion"))
    one.page.keyboard.press("Tab")
    expect(one.word(0)).to_be_focused()
    one.page.keyboard.press("1")
    expect(one.text).to_have_value("the river ")
    expect(one.word(1)).to_be_enabled()
    one.page.keyboard.press("ArrowRight")
    expect(one.word(1)).to_be_focused()
    one.page.keyboard.press("Escape")
    expect(one.text).to_be_focused()
    style = "getComputedStyle(document.activeElement).outlineStyle"
    assert one.page.evaluate(style) == "solid"


def test_the_keys_on_the_screen_type(visit: Any) -> None:
    one = visit(viewport=PHONE, has_touch=True, is_mobile=True)
    keys = one.page.get_by_role("group", name="Screen keyboard")
    for key in ("Shift", "t", "h", "x", "Backspace", "e", "Space", "Symbols", "7", "Letters", "a", "Return"):
        keys.get_by_role("button", name=re.compile(f"^{key}$", re.IGNORECASE)).tap()
    expect(one.text).to_have_value("The 7a\n")
    expect(one.text).to_have_attribute("inputmode", "none")
    keys.get_by_role("button", name="q").focus()
    for key in ("ArrowRight", "ArrowDown", "Enter"):
        one.page.keyboard.press(key)
    expect(one.text).to_have_value("The 7a\ns")


def test_the_memory_changes_with_each_word_and_can_be_read(visit: Any) -> None:
    one = visit()
    pictures = set()
    for number, word in enumerate(("the ", "cat ", "sees "), start=1):
        one.text.press_sequentially(word)
        expect(one.page.locator(".heat")).to_have_attribute("aria-label", re.compile(f"newest {number} words"))
        pictures.add(one.picture())
    assert len(pictures) == 3
    legend = one.page.evaluate("document.querySelector('.scale').style.background")
    assert re.search(r"rgb\(184, 74, 0\).*rgb\(0, 87, 140\)", legend)  # orange below zero, blue above
    one.page.locator(".heat").focus()
    one.page.keyboard.press("ArrowRight")
    expect(one.page.locator(".reading")).to_have_text(re.compile(r"^after “sees”: unit 1 of 16 is [+−][01]\.\d\d$"))
    one.page.keyboard.press("ArrowUp")
    expect(one.page.locator(".reading")).to_contain_text("after “cat”")
    one.page.keyboard.press("Escape")
    expect(one.page.locator(".reading")).to_be_hidden()
    one.page.locator("summary").click()
    expect(one.page.locator(".strongest li")).to_have_count(3)
    one.page.get_by_role("button", name="Clear").click()
    expect(one.page.locator(".heat")).to_have_attribute("aria-label", re.compile("empty"))


def test_time_is_shown_and_learning_follows_its_switch(visit: Any) -> None:
    one = visit()
    sent: list[str] = []
    one.page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(str(frame))))
    one.page.reload()
    one.text.press_sequentially("a bird")
    expect(one.page.locator(".numbers")).to_have_text(re.compile(r"model [\d.]+ (µs|ms) · round trip [\d.]+ (µs|ms)"))
    switch = one.page.get_by_role("button", name="Learn my words")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "false")
    one.page.get_by_role("button", name="Forget my words").click()
    expect(one.page.locator("[aria-live]")).to_have_text("What you typed is forgotten.")
    one.text.press_sequentially("s ")
    expect(one.page.locator(".suggestions .next")).to_have_count(3)
    assert any('"learn":true' in frame for frame in sent[:3])
    assert '"learn":false' in sent[-1]
    assert any('"forget":true' in frame for frame in sent)


@pytest.mark.parametrize("width", [320, 360, 800, 1600])
def test_it_fits_and_fingers_hit_it(visit: Any, width: int) -> None:
    one = visit(viewport={"width": width, "height": 780})
    one.text.press_sequentially("the cat sees ")
    expect(one.page.locator(".heat")).to_have_attribute("aria-label", re.compile("newest 3 words"))
    assert one.page.evaluate("document.documentElement.scrollWidth") == width
    sizes = one.page.evaluate(
        "[...document.querySelectorAll('a, button, textarea, summary')].filter(e => e.offsetParent)"
        ".map(e => [e.className, e.offsetWidth, e.offsetHeight])"
    )
    # ten keys share a phone's width, as on any phone
    small = [size for size in sizes if size[2] < 44 or size[1] < (29 if "key" in size[0] else 44)]
    assert small == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_dark(visit: Any, scheme: str) -> None:
    one = visit(color_scheme=scheme)
    colours = one.page.evaluate(
        "(() => { const probe = document.createElement('i'); document.body.append(probe);"
        "return Object.fromEntries(['ink', 'quiet', 'accent', 'warm', 'paper', 'surface', 'tray'].map(name => {"
        "probe.style.color = `var(--${name})`;"
        "return [name, getComputedStyle(probe).color.match(/[\\d.]+/g).map(Number)]"
        "})) })()"
    )
    assert (luminance(colours["paper"]) > 0.5) == (scheme == "light")
    for above in ("ink", "quiet", "accent", "warm"):
        for below in ("paper", "surface", "tray"):
            assert contrast(colours[above], colours[below]) >= 4.5, (above, below)
    one.page.get_by_role("button", name="colours").click()
    theme = one.page.locator("html").get_attribute("data-theme")
    assert theme == ("dark" if scheme == "light" else "light")


def luminance(colour: list[float]) -> float:
    """WCAG 2's relative luminance."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour[:3])]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: list[float], b: list[float]) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_a_server_that_comes_back_gets_the_text_again(browser: Browser, keyboard: Path) -> None:
    with serving(str(keyboard)) as first:
        one = Visit(browser, first.url)
        one.text.press_sequentially("the cat ")
        expect(one.word(0)).to_be_enabled()
        first.stop()
        expect(one.page.locator(".status")).to_contain_text("The server does not answer. Your text is kept")
        one.text.press_sequentially("sees the riv")
    with serving(str(keyboard), "--port", str(first.port)):
        one.page.get_by_role("button", name="Try now").click()
        expect(one.word(0)).to_have_attribute("aria-label", re.compile("^river, "))
        expect(one.page.locator(".status")).to_be_hidden()
        expect(one.page.locator(".heat")).to_have_attribute("aria-label", re.compile("the cat sees the$"))
        one.context.close()


def test_a_token_is_asked_for(browser: Browser, keyboard: Path) -> None:
    token = "a+long/enough~token"
    with serving(str(keyboard), env={"UNROLLED_TOKEN": token}) as server:
        one = Visit(browser, server.url)
        one.page.get_by_label("Token").fill("a-wrong-one-of-16-letters")
        one.page.keyboard.press("Enter")
        expect(one.page.locator("#notice")).to_contain_text("That is not this server's token")
        one.page.get_by_label("Token").fill(token)
        one.page.get_by_role("button", name="Open").click()
        one.text.press_sequentially("the riv")
        expect(one.word(0)).to_have_attribute("aria-label", re.compile("^river, "))
        one.context.close()


def test_a_model_without_a_card_is_not_shown(browser: Browser, server: Server) -> None:
    cardless = {"name": "none", "task": "next-word", "description": ""}
    inputless = {**cardless, "card": "classify", "reads": "no-such-input", "labels": ["good", "bad"]}
    strangers = [cardless, *({**cardless, "card": card} for card in ("no-such-card", "../main")), inputless]
    known = {"name": "keyboard", "task": "any-task", "description": "", "card": "next-word"}
    for models, cards in ((strangers, 0), ([*strangers, known], 1), ([known, {**known, "name": "other"}], 2)):
        context = browser.new_context()
        page = context.new_page()
        page.route("**/v1/models", lambda route, _, models=models: route.fulfill(json={"models": models}))
        page.goto(server.url)
        if cards == 0:
            expect(page.locator("#notice")).to_contain_text("No loaded model has a card yet")
        expect(page.locator(".card")).to_have_count(cards)
        expect(page.locator(".switch button:visible")).to_have_count(cards if cards > 1 else 0)
        context.close()


def test_the_documentation_has_every_path_and_tries_one(visit: Any, server: Server) -> None:
    one = visit("/docs")
    paths = httpx.get(f"{server.url}/openapi.json").json()["paths"]
    expect(one.page.locator("#addresses .address").first).to_be_visible()
    shown = one.page.locator("[data-path]").evaluate_all("all => all.map(one => one.dataset.path)")
    assert sorted(set(shown)) == sorted(paths)
    expect(one.page.locator("#stream")).to_contain_text("/v1/models/{name}/stream")
    one.page.get_by_label("Text").fill("the cat")
    one.page.get_by_role("button", name="Predict").click()
    for text in answered(server, "the cat"):
        expect(one.page.locator(".try pre")).to_contain_text(f'"text": "{text}"')


@pytest.mark.skipif("UNROLLED_SCREENSHOTS" not in os.environ, reason="UNROLLED_SCREENSHOTS names no folder")
def test_pictures_are_made(browser: Browser, keyboard: Path) -> None:
    folder = Path(os.environ["UNROLLED_SCREENSHOTS"])
    text = "the company said it expects to sell its stake in the bank by the end of the "
    shots = {
        "wide-light": (WIDE, "light", text + "y"), "wide-dark": (WIDE, "dark", text),
        "phone-light": (PHONE, "light", text + "yaer"), "phone-dark": (PHONE, "dark", text + "yaer"),
    }  # fmt: skip
    with serving(os.environ.get("UNROLLED_SCREENSHOT_MODEL", str(keyboard))) as server:
        for name, (viewport, scheme, typed) in shots.items():
            one = Visit(browser, server.url, viewport=viewport, color_scheme=scheme, device_scale_factor=1)
            for number in range(len(typed)):
                one.text.press_sequentially(typed[number])
                one.page.wait_for_function("n => document.querySelector('textarea').value.length === n", arg=number + 1)
            expect(one.page.locator(".heat")).to_have_attribute("aria-label", re.compile("newest 17 words"))
            expect(one.word(0)).to_be_enabled()
            one.page.screenshot(path=folder / f"{name}.png", full_page=viewport is PHONE)
            one.context.close()
        one = Visit(browser, server.url, "/docs", viewport={"width": 1000, "height": 1400})
        expect(one.page.locator("#addresses .address").first).to_be_visible()
        one.page.screenshot(path=folder / "docs.png")
        one.context.close()
    assert all((folder / f"{name}.png").stat().st_size < 200_000 for name in (*shots, "docs"))
