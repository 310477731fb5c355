"""Swiping in a real browser: a stroke is drawn through the keys with the mouse and with a finger."""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from tests.serve.browsing import PHONE, Visit, needs_chromium
from tests.serve.conftest import Server, serving
from tests.strokes.hand_made import hand_made

import unrolled

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def swiping(keyboard: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the small keyboard, which reads strokes."""
    task = unrolled.load(keyboard)
    task.strokes_ = hand_made()
    folder = tmp_path_factory.mktemp("swiping") / "keyboard"
    task.save(folder)
    with serving(str(folder)) as running:
        yield running


@pytest.fixture
def phone(browser: Browser, swiping: Server) -> Iterator[Visit]:
    """The page as wide as a phone; at the end nothing may have been wrong with it."""
    one = Visit(browser, swiping.url, viewport=PHONE, has_touch=True)
    yield one
    one.context.close()
    assert one.faults == []


def way(one: Visit, letters: str, steps: int = 6) -> list[tuple[float, float]]:
    """Places on the screen from the centre of a key to that of the next."""
    boxes = [one.page.locator(f'.key[data-key="{letter}"]').bounding_box() for letter in letters]
    centres = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes if box]
    places = centres[:1]
    for (x, y), (to_x, to_y) in pairwise(centres):
        places += [(x + (to_x - x) * i / steps, y + (to_y - y) * i / steps) for i in range(1, steps + 1)]
    return places


def drag(one: Visit, letters: str) -> None:
    """With the mouse."""
    places = way(one, letters)
    one.page.mouse.move(*places[0])
    one.page.mouse.down()
    for place in places[1:]:
        one.page.mouse.move(*place)
    one.page.mouse.up()


def swipe(one: Visit, letters: str) -> None:
    """With a finger."""
    touch, kind = one.context.new_cdp_session(one.page), "touchStart"
    for x, y in way(one, letters):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        kind = "touchMove"
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def key(one: Visit, name: str) -> Any:
    return one.page.locator(f'.key[data-key="{name}"]')


def test_words_are_swiped_one_after_another_and_another_one_is_taken(phone: Visit) -> None:
    drag(phone, "the")
    expect(phone.text).to_have_value("The")
    expect(phone.word(0)).to_have_attribute("aria-label", re.compile("^The, swiped word, "))
    drag(phone, "river")
    expect(phone.text).to_have_value("The river")
    expect(phone.word(0)).to_have_class("swipe")
    other = phone.page.locator(".suggestions .word").nth(1).inner_text()
    phone.word(1).click()
    expect(phone.text).to_have_value(f"The {other}")
    phone.word(0).click()
    expect(phone.text).to_have_value("The river")
    key(phone, ".").click()
    expect(phone.text).to_have_value("The river.")
    expect(phone.word(0)).to_have_class("next")
    drag(phone, "the")
    expect(phone.text).to_have_value("The river. The")


def test_a_finger_swipes_a_key_types_and_backspace_takes_the_word_away(phone: Visit) -> None:
    swipe(phone, "the")
    expect(phone.text).to_have_value("The")
    for letter in "rive":
        key(phone, letter).click()
    expect(phone.text).to_have_value("The rive")
    expect(phone.word(0)).to_have_attribute("aria-label", re.compile("^river, completion"))
    key(phone, "r").click()
    swipe(phone, "sees")
    expect(phone.text).to_have_value("The river sees")
    key(phone, "backspace").click()
    expect(phone.text).to_have_value("The river")
    key(phone, "backspace").click()
    expect(phone.text).to_have_value("The rive")
    swipe(phone, "sees")
    expect(phone.text).to_have_value("The rive sees")
    phone.text.press("Backspace")
    expect(phone.text).to_have_value("The rive")
    key(phone, "shift").click()
    swipe(phone, "FRIEND")
    expect(phone.text).to_have_value("The rive Friend")
    assert phone.page.evaluate("scrollY") == 0


def test_strokes_are_saved_with_the_words_that_were_taken(phone: Visit) -> None:
    phone.page.get_by_role("button", name="Save my strokes").click()
    drag(phone, "the")
    expect(phone.text).to_have_value("The")
    drag(phone, "river")
    expect(phone.text).to_have_value("The river")
    other = phone.page.locator(".suggestions .word").nth(1).inner_text()
    phone.word(1).click()
    drag(phone, "sees")
    expect(phone.text).to_have_value(f"The {other} sees")
    key(phone, "backspace").click()
    expect(phone.text).to_have_value(f"The {other}")
    with phone.page.expect_download() as download:
        phone.page.get_by_role("button", name="Download 2 strokes").click()
    lines = [json.loads(line) for line in Path(download.value.path()).read_text().splitlines()]
    assert [(line["word"], line["layout"]) for line in lines] == [("The", "qwerty"), (other, "qwerty")]
    x, y = lines[0]["stroke"][0][:2]
    assert (x, y) == pytest.approx((4, 0), abs=0.05)  # t
    assert lines[0]["stroke"][-1][:2] == pytest.approx([2, 0], abs=0.05)  # e
    places = [point[:2] for point in lines[0]["stroke"]]
    assert min(abs(x - 5.5) + abs(y - 1) for x, y in places) < 0.1  # h
    phone.page.reload()
    expect(phone.page.get_by_role("button", name="Download 2 strokes")).to_be_visible()
