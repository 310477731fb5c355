"""The search box on the page, in a real browser against a real server."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.serve.browsing import PHONE, Visit, needs_chromium
from tests.serve.conftest import serving

from unrolled import Suggester, Training

pytestmark = needs_chromium

LOG = ["how to build a boat"] * 9 + ["how to build a shed"] * 8 + ["how to bake bread", "rowing boat", "שלום עולם"] * 5


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("suggest") / "search"
    model = Suggester(width=8, vocabulary=300, users=1, training=Training(epochs=1, window=16))
    model.fit(LOG, show=False).save(folder)
    with serving(str(folder)) as server:
        yield server.url


@pytest.fixture
def page(url: str, browser: Browser) -> Iterator[Page]:
    visit = Visit(browser, url, viewport=PHONE)
    yield visit.page
    visit.context.close()
    assert visit.faults == []


def known(page: Page) -> Locator:
    """The suggestions that stand in the log, beside those that the model writes."""
    return page.locator("[data-kind='known']")


def test_the_box_suggests_and_keys_choose(page: Page) -> None:
    box, options = page.get_by_role("combobox", name="Search for"), page.get_by_role("option")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially("How to bui")
    expect(known(page)).to_have_text(["how to build a boat", "how to build a shed"])
    expect(known(page).first.locator("b")).to_have_text("ld a boat")
    expect(box).to_have_attribute("aria-expanded", "true")
    assert page.get_by_role("listbox").get_attribute("id") == box.get_attribute("aria-controls")
    box.press("ArrowDown")
    box.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    assert options.nth(1).get_attribute("id") == box.get_attribute("aria-activedescendant")
    chosen = options.nth(1).locator(".option-text").inner_text()
    box.press("Enter")
    expect(box).to_have_value(chosen)
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(page.locator(".searches li")).to_have_text([chosen])
    expect(page.locator(".latency b").first).to_have_text(re.compile("[0-9] (µs|ms)"))
    box.fill("how to")
    box.press("Escape")
    expect(options.first).to_be_hidden()
    box.press("Escape")
    expect(box).to_have_value("")


def test_own_searches_come_first_until_they_are_forgotten(page: Page) -> None:
    box, options = page.get_by_role("combobox"), page.get_by_role("option")
    box.fill("how to bake a CAKE")
    box.press("Enter")
    box.fill("how to b")
    expect(options.first).to_have_text("how to bake a cakeyour search")
    known(page).first.click()
    expect(box).to_have_value("how to build a boat")
    expect(page.locator(".searches li")).to_have_text(["how to build a boat", "how to bake a CAKE"])
    page.reload()
    box.fill("how to bak")
    expect(options.first).to_have_text("how to bake a cakeyour search")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    box.press("Escape")  # the list covers what stands below
    page.get_by_role("button", name="Forget my searches").click()
    expect(page.locator(".searches li")).to_have_count(0)
    box.fill("how to ba")
    expect(known(page)).to_have_text(["how to bake bread"])
    expect(page.locator("[data-kind='recent']")).to_have_count(0)


def test_another_script_and_a_later_word(page: Page) -> None:
    box = page.get_by_role("combobox")
    box.fill("של")
    expect(known(page)).to_have_text(["שלום עולם"])
    assert known(page).locator(".option-text").evaluate("text => getComputedStyle(text).direction") == "rtl"
    box.fill("boat")
    expect(known(page).filter(has_text="rowing").locator("b")).to_have_text("rowing ")
    box.fill("x" * 1_200)
    expect(known(page)).to_have_count(0)
