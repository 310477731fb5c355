"""The card of a model that forecasts, in a real browser.

UNROLLED_SCREENSHOTS=FOLDER makes the picture of docs/pictures too, of the model UNROLLED_SCREENSHOT_FORECASTER names.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from tests.serve.browsing import DROP, PHONE, Visit, needs_chromium
from tests.serve.conftest import served_by, serving

pytestmark = needs_chromium

CSV = "unique_id,ds,y\n" + "".join(
    f"{name},2026-01-{day:02},{day % 7 + 10 * (name == 'rye')}\n" for name in ("oat", "rye") for day in range(1, 29)
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server of `small_forecaster`."""
    with served_by("small_forecaster") as found:
        yield found


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Any]:
    """Open the page; at the end nothing may have been wrong with it, but what the server was to refuse."""
    opened: list[Visit] = []

    def open_page(**options: Any) -> Visit:
        opened.append(Visit(browser, address, **options))
        expect(opened[-1].page.locator(".order b")).to_be_visible()
        return opened[-1]

    yield open_page
    for one in opened:
        one.context.close()
        assert [fault for fault in one.faults if "422" not in fault] == []


def order(one: Visit) -> float:
    return float(one.page.locator(".order b").inner_text().replace(",", ""))


def wait_for_another_order(one: Visit, before: float) -> float:
    expect(one.page.locator(".order b")).not_to_have_text(f"{before:,.0f}")
    return order(one)


def test_a_forecast_is_read_by_pointer_and_by_keyboard(visit: Any) -> None:
    one = visit()
    chart, reading = one.page.locator(".series"), one.page.locator(".forecast-chart .reading")
    expect(chart).to_have_attribute(
        "aria-label", re.compile(r"^Chart of 48 values and the forecast of the next 14, from")
    )
    chart.hover(position={"x": 1400, "y": 150})
    expect(reading).to_have_text(
        re.compile(r"^\d+ Apr 2026: forecast \d+, 80 % [\d.]+ to [\d.]+, 95 % [\d.]+ to [\d.]+$")
    )
    chart.focus()
    for key, said in (
        ("Escape", None),
        ("ArrowRight", "11 Apr 2026: forecast"),
        ("ArrowLeft", "10 Apr 2026: "),
        ("End", "24 Apr"),
    ):
        one.page.keyboard.press(key)
        if said:
            expect(reading).to_contain_text(said)
        else:
            expect(reading).to_be_hidden()
    one.page.get_by_text("The forecast in words").click()
    expect(one.page.locator(".forecast-chart .strongest li")).to_have_count(14)
    expect(one.page.locator(".series-legend")).to_contain_text("95 % interval")


def test_the_order_follows_what_is_moved(visit: Any) -> None:
    one = visit()
    first = order(one)
    expect(one.page.locator(".because")).to_contain_text(f"Order {first:.0f}")
    one.page.get_by_label("On hand", exact=True).fill("0")
    more = wait_for_another_order(one, first)
    assert more > first
    slider = one.page.get_by_label("Service level, %, slider")
    slider.focus()
    one.page.keyboard.press("Home")
    expect(one.page.get_by_label("Service level, %", exact=True)).to_have_value("50")
    less = wait_for_another_order(one, more)
    assert less < more
    one.page.get_by_role("button", name="Price and cost").click()
    expect(one.page.locator(".facts")).to_contain_text("Expected profit")
    dear = order(one)
    one.page.get_by_label("Cost", exact=True).fill("2")
    assert wait_for_another_order(one, dear) > dear
    expect(one.page.locator(".demand")).to_have_attribute(
        "aria-label", re.compile("^Histogram of the demand, from .* are met$")
    )
    one.page.get_by_label("Cost", exact=True).fill("12")
    expect(one.page.locator(".order .fault")).to_contain_text("No order: cost is 12 and price 10")
    one.page.get_by_label("Cost", exact=True).fill("")
    expect(one.page.locator(".order .fault")).to_contain_text("Cost: expected a number")


def test_another_series_and_a_table_of_ones_own(visit: Any) -> None:
    one = visit()
    picker = one.page.get_by_label("Series", exact=True)
    picker.select_option("coffee")
    expect(one.page.locator(".series")).to_have_attribute("aria-label", re.compile(r"from [4-9]\d\d on"))
    zone, status = one.page.locator(".sound"), one.page.locator(".sound [role=status]")
    zone.evaluate(DROP, ["two.csv", "text/csv", list(CSV.encode())])
    expect(status).to_have_text("two.csv: 2 series.")
    expect(picker.locator("option")).to_have_text(["oat", "rye"])
    expect(one.page.locator(".series")).to_have_attribute("aria-label", re.compile("^Chart of 28 values"))
    zone.evaluate(DROP, ["bad.csv", "text/csv", list((CSV + "rye,2026-01-30,many\n").encode())])
    expect(status).to_contain_text("many")
    expect(one.page.locator(".plan")).to_be_hidden()
    one.page.get_by_role("button", name="The model's own series").click()
    expect(status).to_contain_text("5 series that the model has learnt from")
    expect(one.page.locator(".plan")).to_be_visible()


@pytest.mark.parametrize("viewport", [PHONE, {"width": 320, "height": 700}, {"width": 1600, "height": 960}])
def test_it_fits_and_fingers_hit_it(visit: Any, viewport: dict[str, int]) -> None:
    one = visit(viewport=viewport, color_scheme="dark")
    one.page.get_by_role("button", name="Price and cost").click()
    assert one.page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    sizes = one.page.evaluate(
        "[...document.querySelectorAll('a, button, input, select, summary')].filter(e => e.offsetParent)"
        ".map(e => [e.textContent, e.offsetWidth, e.offsetHeight])"
    )
    assert [size for size in sizes if min(size[1:]) < 44] == []


STAMPS = """async () => {
  const { stampTicks, tickTexts, ticks, inWords } = await import("/scales.js");
  const each = (count, stamp) => Array.from({ length: count }, (_, i) => stamp(i));
  const day = (i) => new Date(Date.UTC(2025, 11, 20 + i)).toISOString().slice(0, 10);
  const hour = (i) => new Date(Date.UTC(2026, 2, 29, i)).toISOString().slice(0, 19);
  const month = (i) => `${2020 + Math.floor(i / 12)}-${String(i % 12 + 1).padStart(2, "0")}-01`;
  const along = (stamps, most) => stampTicks(stamps, most).map(({ text }) => text).join(" ");
  return [along(each(20, day), 5), along(each(100, day), 5), along(each(30, hour), 6), along(each(30, month), 6),
    along(each(4, (i) => `${2020 + i}-12-31`), 6), along(each(30, (i) => 95 + i), 6),
    along(["2026-01-01"], 6), along([], 6), tickTexts(ticks(-3e9, 4e9, 5)).join(" "),
    tickTexts(ticks(5, 5.0001, 3)).join(" "), inWords("2026-03-29T02:30:00"), inWords(7)];
}"""


def test_axes_are_marked_where_something_begins(visit: Any) -> None:
    assert visit().page.evaluate(STAMPS) == [
        "22 Dec 29 Dec 5 Jan", "Jan 2026 Feb Mar", "06:00 12:00 18:00 30 Mar", "Jul Jan 2021 Jul Jan 2022",
        "2020 2021 2022 2023", "95 100 105 110 115 120", "1 Jan 2026", "",
        "−2e9 0 2e9 4e9", "5 5.00005 5.0001", "29 Mar 2026, 02:30", "7",
    ]  # fmt: skip


@pytest.mark.skipif("UNROLLED_SCREENSHOTS" not in os.environ, reason="UNROLLED_SCREENSHOTS names no folder")
def test_pictures_are_made(browser: Browser, request: pytest.FixtureRequest) -> None:
    picture = Path(os.environ["UNROLLED_SCREENSHOTS"]) / "forecast-wide-light.png"
    forecaster = os.environ.get("UNROLLED_SCREENSHOT_FORECASTER")
    forecaster = forecaster or str(request.getfixturevalue("folder") / "demand")
    with serving(forecaster) as server:
        look = {"viewport": {"width": 1280, "height": 960}, "color_scheme": "light", "device_scale_factor": 1}
        one = Visit(browser, server.url, **look)
        expect(one.page.locator(".order b")).to_be_visible()
        one.page.get_by_role("button", name="Price and cost").click()
        expect(one.page.locator(".facts")).to_contain_text("Expected profit")
        one.page.locator(".series").hover(position={"x": 1110, "y": 120})
        one.page.screenshot(path=picture, full_page=True)
    Image.open(picture).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(picture, optimize=True)
    assert picture.stat().st_size < 150_000
