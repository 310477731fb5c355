"""Text on the page: in every script, long, kept over a reload; and what is said where something is wrong."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from tests.serve.browsing import PHONE, Visit, needs_chromium
from tests.serve.conftest import Server

pytestmark = needs_chromium

ARABIC = "ضصثقفغعهخحجدشسيبلاتنمكطئءؤرىةوزظ"
RECORD = """(() => {
  const write = CanvasRenderingContext2D.prototype.fillText;
  window.written = [];
  CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
    window.written.push([text, this.direction]);
    return write.call(this, text, ...place);
  };
})()"""


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Any]:
    """Open the page as if the server told something else of its model or its limits."""
    opened: list[Visit] = []

    def open_page(letters: str | None = None, limits: dict[str, int] | None = None, **options: Any) -> Visit:
        def other(route: Route) -> None:
            listed = route.fetch().json()
            listed["models"][0]["letters"] = letters or listed["models"][0]["letters"]
            route.fulfill(json=listed | ({"limits": limits} if limits else {}))

        opened.append(Visit(browser, server.url, prepare=lambda page: page.route("**/v1/models", other), **options))
        return opened[-1]

    yield open_page
    for one in opened:
        one.context.close()
        assert one.faults == []


def test_text_from_right_to_left_stands_so_everywhere(visit: Any) -> None:
    one = visit(ARABIC, viewport=PHONE)
    one.page.evaluate(RECORD)
    one.text.press_sequentially("القطة تحب ")
    expect(one.page.locator(".heat")).to_have_attribute("aria-label", re.compile("newest 2 words"))
    assert one.text.evaluate("field => getComputedStyle(field).direction") == "rtl"
    assert ["تحب", "rtl"] in one.page.evaluate("written")
    expect(one.page.locator(".suggestions")).to_have_attribute("dir", "rtl")
    first, last = (one.word(place).bounding_box() for place in (0, 2))
    assert first["x"] > last["x"]
    one.page.get_by_role("group", name="Screen keyboard").get_by_role("button", name="ن", exact=True).click()
    expect(one.text).to_have_value("القطة تحب ن")
    expect(one.page.get_by_role("button", name="Shift")).to_have_count(0)
    one.text.fill("the ")
    expect(one.page.locator(".suggestions")).to_have_attribute("dir", "ltr")


def test_keys_are_those_of_the_models_letters_or_there_are_none(visit: Any) -> None:
    one = visit("河我的", viewport=PHONE)
    expect(one.page.locator(".key")).to_have_count(0)
    expect(one.page.get_by_role("button", name="Keys")).to_have_count(0)
    expect(one.text).to_have_attribute("inputmode", "text")
    for letters, first, rows, shift in (
        ("enisratdhulcgmobwfkzüvpäßjöyqx", "üäßö", 4, True),
        ("оаиніврстелкудмпязьгйбчхцжюшїєщфґ", "іїєґ", 4, True),  # Ukrainian, without ы and э
        ("αιοετσνηυρπκμλςόίάγήδέωχθύφβώξζψ", "όίάήέύώ", 4, True),
        ("اینرمدهستوکبشپفخگجزعقلطحچصضغذظثژئآ", "ژئآ", 4, False),  # Persian
        ("ויהלמתרבאנשםעכדחקפצגטסזןךףץ", "קראטוןםפ", 3, False),
        ("रकनातसमलहपीदवियजबगटचोशउडखथथअएआ", "ौैाीूबहगदजड", 3, True),
    ):
        script = "async letters => (await import('/layouts.js')).layout(letters)"
        layout = one.page.evaluate(script, letters)
        assert ("".join(layout["rows"][0]), len(layout["rows"])) == (first, rows)
        assert bool(layout["cases"] or layout["shifted"]) == shift
        missing = set(letters) - {key for row in [*layout["rows"], *(layout["shifted"] or [])] for key in row}
        assert missing == set()
        assert not {"ы", "э"} & {key for row in layout["rows"] for key in row}
    assert all(one.page.evaluate(script, none) is None for none in (None, "", "กขค", "12"))


def test_a_long_paste_is_read_up_to_the_limit_and_the_rest_said(visit: Any) -> None:
    one = visit(limits={"text": 40, "message": 560}, permissions=["clipboard-read", "clipboard-write"])
    sent: list[str] = []
    one.page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(str(frame))))
    one.page.reload()
    one.text.fill("the old man ")
    one.page.evaluate(
        "text => navigator.clipboard.writeText(text)", "sees the moon 🙂 the river 👩\u200d👩\u200d👧 the car"
    )
    one.text.press("Control+v")
    expect(one.page.locator(".left-out")).to_have_text(
        "13 characters at the end were left out: a text here has at most 40."
    )
    expect(one.text).to_have_value("the old man sees the moon 🙂 the river ")
    expect(one.page.locator(".heat")).to_have_attribute("aria-label", re.compile("sees the moon 🙂 the river$"))
    assert max(len(json.loads(frame).get("append", "")) for frame in sent) <= 10
    one.text.press("Control+z")
    expect(one.text).to_have_value("the old man ")
    expect(one.page.locator(".left-out")).to_be_hidden()


def test_a_reload_keeps_the_text_and_the_switches(visit: Any) -> None:
    one = visit()
    one.text.fill("the old man sees the riv")
    one.page.get_by_role("button", name="Learn my words").click()
    one.page.reload()
    expect(one.text).to_have_value("the old man sees the riv")
    expect(one.word(0)).to_have_attribute("aria-label", re.compile("^river, "))
    expect(one.page.get_by_role("button", name="Learn my words")).to_have_attribute("aria-pressed", "false")
    one.page.goto(f"{one.url}/#nobody")
    expect(one.page.locator("#notice")).to_have_text("No model of this address is served here; this is keyboard.")


def test_the_read_out_stands_beside_what_is_pointed_at(visit: Any) -> None:
    one = visit(viewport=PHONE, has_touch=True)
    one.text.fill("the cat sees ")
    heat, reading = one.page.locator(".heat"), one.page.locator(".reading")
    expect(heat).to_have_attribute("aria-label", re.compile("newest 3 words"))
    heat.tap(position={"x": 300, "y": 24})  # a finger's read-out stays when the finger has gone
    expect(reading).to_have_text(re.compile("^after “cat”: unit 1"))
    place, map_ = reading.bounding_box(), heat.bounding_box()
    assert 0 <= place["x"] <= map_["x"] + 300 <= place["x"] + place["width"] <= PHONE["width"]
    assert 0 < min(abs(place["y"] - map_["y"] - edge) for edge in (24, 24 - place["height"])) < 30
    one.text.tap()
    expect(reading).to_be_hidden()


def test_a_correction_on_space_is_off_at_first_and_taken_back(visit: Any) -> None:
    one = visit()
    one.text.press_sequentially("the old man sees a huose ")
    expect(one.page.locator(".heat")).to_have_attribute("aria-label", re.compile("sees a huose$"))
    expect(one.text).to_have_value("the old man sees a huose ")
    one.page.get_by_role("button", name="Clear").click()
    expect(one.page.locator(".heat")).to_have_attribute("aria-label", re.compile("empty$"))
    one.page.get_by_role("button", name="Autocorrect").click()
    one.text.press_sequentially("the old man sees the rivr")
    expect(one.word(0)).to_have_class("correction")
    one.text.press("Space")
    expect(one.text).to_have_value("the old man sees the river ")
    one.text.press("Backspace")
    expect(one.text).to_have_value("the old man sees the rivr")
    one.text.press("Space")
    expect(one.page.locator(".heat")).to_have_attribute("aria-label", re.compile("sees the rivr$"))
    expect(one.text).to_have_value("the old man sees the rivr ")


def test_what_goes_wrong_is_said_in_words(browser: Browser, server: Server) -> None:
    busy = {"status": 503, "json": {"error": "257 questions wait"}}

    def prepare(page: Page) -> None:
        page.route("**/v1/models", lambda route: route.fulfill(**busy), times=1)
        page.route_web_socket(re.compile("/stream$"), lambda socket: socket.close(code=1012))

    one = Visit(browser, server.url, prepare=prepare)
    expect(one.page.locator("#notice")).to_have_text("The server is busy just now. Trying again …")
    stopping = "The server is being stopped or started anew. Your text is kept; trying again …"
    expect(one.page.locator(".status")).to_contain_text(stopping)
    said = one.page.evaluate("""async () => {
      const { FULL, ofEnd, ofMessage, ofRequest } = await import("/faults.js");
      return [FULL, ...[401, 403, 404, 408, 413, 415, 418, 421, 429, 500, 501, 503, 0].map(s => ofRequest(s, "{x: 1}")),
        ...[1008, 1009, 1011, 1012, 1013].map(code => ofEnd(code, "")),
        ofMessage("more than 100 messages a second; expected fewer: wait"), ofMessage("the server is busy; try again")];
    }""")
    assert [text for text in said if not re.fullmatch(r"[A-Z][A-Za-z3 ,.:]+\.", text)] == []
    assert one.page.evaluate("import('/faults.js').then(({ ofRequest }) => ofRequest(422, 'no sound'))") == (
        "This cannot be read: no sound."
    )
    one.context.close()
