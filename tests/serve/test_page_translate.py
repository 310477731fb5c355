"""The card of models that write texts, in a real browser.

UNROLLED_SCREENSHOTS=FOLDER makes the picture of docs/pictures too, of the model UNROLLED_SCREENSHOT_TRANSLATOR names.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from tests.serve.browsing import PHONE, Visit, needs_chromium
from tests.serve.conftest import served_by, serving

pytestmark = needs_chromium

SMALLEST = """[...document.querySelectorAll('a, button:not(.target), select, textarea, summary')]
.filter(e => e.checkVisibility()).map(e => [e.textContent, e.offsetWidth, e.offsetHeight])"""
WORDS = """async () => {
  const { words, sourceWords } = await import("/alignment.js");
  const { pieces } = await import("/pieces.js");
  const shown = (found) => found.map(({ text, tokens }) => `${text}:${tokens}`).join(" ");
  return [
    shown(words("Ein Mann fährt Rad.", ["ein", " mann", " fähr", "t", " rad", "."])),
    shown(words("Am 3. Mai <b>gut</b>!", ["am", " ⟨1⟩", " mai", " ⟨2⟩", "gut", "⟨3⟩", "!"])),
    shown(words("我吃饭", ["我", "吃", "饭"])), shown(words("HH AH L OW", ["HH", " AH", " L", " OW"], true)),
    shown(words("ab", ["a", "b"], true)), shown(words("", [])), shown(words("x", ["", "x", ""])),
    shown(sourceWords("A man {name}", ["a", " man", " ⟨1⟩", ""], 4)),
    pieces("  One. Two!\\n\\nThree", false).map(({ text, before }) => `${before}|${text}`).join("|"),
    pieces("one  two ", true).map(({ text, before }) => before + text).join("|"),
  ];
}"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server of `small_translator`."""
    with served_by("small_translator") as found:
        yield found


def test_a_translation_is_read_asked_about_and_changed(browser: Browser, address: str) -> None:
    one = Visit(browser, address)
    card = one.page.get_by_role("region", name=re.compile("^reverse: "))
    translation, looked = card.locator(".translation"), card.locator(".looked")
    card.get_by_label("Your text").press_sequentially("A man rides it")
    expect(translation).to_have_text("It rides man A")
    expect(card.locator(".answers button")).to_have_text(["It rides man A90 %", "It rides man45 %", "It rides30 %"])
    translation.get_by_text("rides").hover()
    expect(looked).to_have_text("“rides” looked at “rides” 92 %")
    assert card.locator(".from").evaluate_all("all => all.map(one => one.style.getPropertyValue('--weight'))") == [
        "0", "0", "0.920", "0", "0",
    ]  # fmt: skip
    translation.locator("button").first.focus()
    for key in ("ArrowRight", "End", "ArrowLeft"):
        one.page.keyboard.press(key)
    expect(looked).to_have_text("“man” looked at “man” 92 %")
    one.page.keyboard.press("Enter")
    others = card.get_by_role("group", name="Instead of “man”")
    expect(others.get_by_role("button")).to_have_text(
        [re.compile(f"^{word} A") for word in ("one", "two", "three", "four", "five", "six")]
    )
    one.page.keyboard.press("Escape")
    expect(translation.get_by_text("man")).to_be_focused()
    one.page.keyboard.press("Enter")
    expect(others.get_by_role("button").first).to_be_focused()
    one.page.keyboard.press("ArrowDown")
    one.page.keyboard.press("Enter")
    expect(translation).to_have_text("It rides two A")
    expect(translation.get_by_text("two")).to_be_focused()
    expect(card.locator(".answers button")).to_have_count(3)
    card.get_by_role("button", name="Undo choices").click()
    expect(translation).to_have_text("It rides man A")
    card.get_by_text("Attention map", exact=True).click()
    expect(card.locator(".heat")).to_have_attribute(
        "aria-label", "Attention map of 4 words that were written by 4 that were read"
    )
    assert one.page.evaluate(WORDS) == [
        "Ein:0 Mann:1 fährt:2,3 Rad:4 .:5", "Am:0 3.:1 Mai:2 <b>:3 gut:4 </b>:5 !:6", "我:0 吃:1 饭:2",
        "HH:0 AH:1 L:2 OW:3", "a:0 b:1", "", "x:0,1,2", "A:0 man:1 {name}:2 end:3",
        "  |One.| |Two!|\n\n|Three", "one|  two",
    ]  # fmt: skip
    one.context.close()
    assert one.faults == []


def test_it_fits_a_phone_and_says_what_is_wrong(browser: Browser, address: str) -> None:
    one = Visit(browser, address, path="/#speak", viewport=PHONE, color_scheme="dark")
    speak = one.page.get_by_role("region", name=re.compile("^speak: "))
    speak.get_by_label("Your text").fill("abc de")
    expect(speak.locator(".target")).to_have_text(["C", "B", "A", "E", "D"])
    expect(speak.locator(".from")).to_have_text(["a", "b", "c", "end", "d", "e", "end"])
    one.page.locator(".switch").get_by_role("button", name="reverse").click()
    card = one.page.get_by_role("region", name=re.compile("^reverse: "))
    card.get_by_label("Your text").fill("One sentence. Many" + " many" * 40)
    expect(card.locator(".written .fault")).to_have_text(re.compile("^1 of 41 tokens were cut off"))
    card.get_by_label("Your text").fill("A man rides. It rains.")
    expect(card.locator(".translation")).to_have_text("Rides. man A Rains. It")
    expect(card.locator(".written .fault")).to_have_text("")
    card.get_by_text("Glossary").click()
    card.get_by_label("Terms").fill("man = woman\nnonsense")
    expect(card.locator(".translation")).to_have_text("Rides. woman A Rains. It")
    expect(card.locator(".glossary .fault")).to_have_text("Line 2 is left out: expected term = translation.")
    card.get_by_text("Attention map", exact=True).click()
    card.locator(".target").nth(2).click()
    expect(card.locator(".alternatives button")).to_have_count(6)
    assert one.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert [size for size in one.page.evaluate(SMALLEST) if min(size[1:]) < 44] == []
    one.page.route("**/write", lambda route: route.fulfill(status=422, json={"error": "the text is odd"}))
    card.get_by_label("Your text").fill("odd")
    expect(card.locator(".written .fault")).to_have_text("This cannot be read: the text is odd.")
    one.context.close()
    assert [fault for fault in one.faults if "422" not in fault] == []


@pytest.mark.skipif("UNROLLED_SCREENSHOTS" not in os.environ, reason="UNROLLED_SCREENSHOTS names no folder")
def test_pictures_are_made(browser: Browser) -> None:
    picture = Path(os.environ["UNROLLED_SCREENSHOTS"]) / "translate-wide-light.png"
    with serving(os.environ["UNROLLED_SCREENSHOT_TRANSLATOR"]) as server:
        look = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light", "device_scale_factor": 1}
        one = Visit(browser, server.url, **look)
        one.text.fill("A man is riding a bicycle through the snow.")
        expect(one.page.locator(".answers button").first).to_be_visible()
        one.page.get_by_text("Attention map", exact=True).click()
        one.page.locator(".target").nth(3).hover()
        one.page.screenshot(path=picture, full_page=True)
    Image.open(picture).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(picture, optimize=True)
    assert picture.stat().st_size < 150_000
