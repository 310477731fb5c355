"""The cards of summaries and of descriptions of pictures, in a real browser."""

import io
import re
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from tests.serve.browsing import DROP, PHONE, Visit, needs_chromium
from tests.serve.conftest import served_by

pytestmark = needs_chromium

SMALLEST = """[...document.querySelectorAll('a, button:not(.target), select, textarea')]
.filter(e => e.checkVisibility()).map(e => [e.textContent, e.offsetWidth, e.offsetHeight])"""
VEIL = """canvas => {
  const { width, height } = canvas;
  const pen = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  pen.drawImage(canvas, 0, 0);
  const at = (x, y) => pen.getImageData(Math.floor(x * (width - 1)), Math.floor(y * (height - 1)), 1, 1).data[3];
  return [at(0, 0), at(1, 0), at(0, 1), at(1, 1)];
}"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server of `small_writers`."""
    with served_by("small_writers") as found:
        yield found


def picture(kind: str, size: tuple[int, int] = (90, 60)) -> bytes:
    """A dark picture, bright in its last corner: without loss a large one has more bytes than the server takes."""
    file = io.BytesIO()
    image = Image.new("RGB", size, "navy")
    image.paste("white", (2 * size[0] // 3, size[1] // 2, *size))
    image.save(file, kind)
    return file.getvalue()


def test_a_summary_shows_what_was_copied_and_where_it_looked(browser: Browser, address: str) -> None:
    one = Visit(browser, address, path="/#subjects", viewport=PHONE)
    card = one.page.get_by_role("region", name=re.compile("^subjects: "))
    card.get_by_label("Your text").fill("Hello\n\nthe meeting about budgets is on Wednesday.")
    expect(card.locator(".translation")).to_have_text("about meeting budgets Wednesday.")
    expect(card.locator(".target.copied")).to_have_text(["meeting", "budgets", "Wednesday."])
    card.locator(".target").first.focus()
    expect(card.locator(".looked")).to_have_text(re.compile("^“about” looked at the end 8. %$"))
    one.page.keyboard.press("ArrowRight")
    expect(card.locator(".looked")).to_have_text(re.compile("^“meeting” looked at “meeting” 8. %; it was copied$"))
    marked = card.locator(".from").evaluate_all(
        "all => all.filter(one => one.style.getPropertyValue('--weight') > 0.5).map(one => one.textContent)"
    )
    assert marked == ["meeting"]
    card.get_by_label("Length").select_option("Short")
    expect(card.locator(".translation")).to_have_text("about meeting Wednesday.")
    one.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    card.get_by_role("button", name="Copy").click()
    expect(card.get_by_role("button", name="Copied")).to_be_visible()
    assert one.page.evaluate("navigator.clipboard.readText()") == "about meeting Wednesday."
    card.get_by_label("Your text").fill("many words " * 21)
    expect(card.locator(".written .fault")).to_have_text("12 of 52 tokens were cut off.")
    card.get_by_role("button", name="Clear").click()
    expect(card.locator(".below")).to_be_hidden()
    assert one.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert [size for size in one.page.evaluate(SMALLEST) if min(size[1:]) < 44] == []
    one.context.close()
    assert one.faults == []


def test_pictures_are_described_and_show_where_words_looked(browser: Browser, address: str) -> None:
    one = Visit(browser, address, path="/#describe", viewport=PHONE)
    card = one.page.get_by_role("region", name=re.compile("^describe: "))
    card.locator(".sound").evaluate(DROP, ["small.png", "image/png", list(picture("PNG"))])
    described = card.locator(".described")
    expect(described.locator(".translation")).to_have_text("it is bottom right")
    expect(described.get_by_role("img", name="it is bottom right")).to_be_visible()
    described.locator(".target").first.focus()
    expect(described.locator(".looked")).to_have_text(re.compile("^“it” looked at the whole picture, most at "))
    assert described.locator("canvas").evaluate(VEIL) == [0, 0, 0, 0]
    one.page.keyboard.press("End")
    expect(described.locator(".looked")).to_have_text("“right” looked at the bottom right 100 %")
    veil = described.locator("canvas").evaluate(VEIL)
    assert min(veil[:3]) > 180
    assert veil[3] < 20
    files = {"large.bmp": ("image/bmp", picture("BMP", (900, 600))), "notes.png": ("image/png", b"no picture")}
    card.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": kind, "buffer": content} for name, (kind, content) in files.items()]
    )
    expect(described).to_have_count(3)
    expect(described.first.locator(".fault")).to_have_text(re.compile("^This cannot be read: the picture: no p"))
    expect(described.nth(1).get_by_role("img", name="it is bottom right")).to_be_visible()
    card.get_by_label("Length").select_option("Short")
    expect(described.last.locator(".translation")).to_have_text("it is brightest")
    card.get_by_role("button", name="Remove notes.png").click()
    expect(card.get_by_role("button", name="Choose pictures")).to_be_focused()
    expect(described).to_have_count(2)
    assert one.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert [size for size in one.page.evaluate(SMALLEST) if min(size[1:]) < 44] == []
    one.context.close()
    assert [fault for fault in one.faults if "422" not in fault] == []
