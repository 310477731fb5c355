"""Characters of several parts are erased as one; suggestions in scripts from right to left and without spaces."""

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, WebSocketRoute, expect
from tests.serve.browsing import PHONE, Visit, needs_chromium
from tests.serve.conftest import Server

pytestmark = needs_chromium

UNITS = {
    "a skin tone": "👍🏽",
    "joiners": "👩‍👩‍👧",
    "a flag": "🇩🇪",
    "a keycap": "3️⃣",
    "marks of a letter": "e\u0301\u0323",
    "Hangul jamo": "\u1112\u1161\u11ab",
    "a vowel sign": "कि",
    "points of Hebrew": "שּׁ",
    "a tone of Thai": "ที่",
}


def test_what_a_reader_sees_as_one_character_is_erased_at_once(browser: Browser, server: Server) -> None:
    one = Visit(browser, server.url, viewport=PHONE)
    key = one.page.get_by_role("group", name="Screen keyboard").get_by_role("button", name="Backspace")
    for what, unit in UNITS.items():
        for erase in (lambda: one.text.press("Backspace"), key.click):
            one.text.fill(f"a{unit}{unit}")
            erase()
            assert one.text.input_value() == f"a{unit}", what
    one.text.press("Backspace")
    one.text.press("Backspace")
    expect(one.text).to_have_value("")
    one.text.press("Control+z")
    expect(one.text).not_to_have_value("")
    one.context.close()
    assert one.faults == []


def test_a_suggestion_is_taken_from_right_to_left(browser: Browser, server: Server) -> None:
    one = Visit(browser, server.url, viewport=PHONE)
    for text, word in (("שלום עולם שלום ", "עולם"), ("مرحبا بكم مرحبا ", "بكم")):
        one.text.fill("")
        one.text.press_sequentially(text + word[0])
        expect(one.word(0).locator(".word")).to_have_text(word)
        one.word(0).click()
        expect(one.text).to_have_value(f"{text}{word} ")
        caret = one.text.evaluate("field => [field.selectionStart, field.value.length]")
        assert caret[0] == caret[1]
    one.context.close()
    assert one.faults == []


@pytest.mark.parametrize(("text", "word"), [("これは日", "本"), ("ประเทศไ", "ทย")])
def test_no_space_follows_a_suggestion_in_a_script_without_spaces(
    browser: Browser, server: Server, text: str, word: str
) -> None:
    def suggest(socket: WebSocketRoute) -> None:
        answer: dict[str, Any] = {
            "suggestions": [{"text": word, "score": 0.9, "kind": "next"}],
            "typed": "",
            "replace": 0,
        }
        socket.on_message(
            lambda said: socket.send(json.dumps(answer | {"id": json.loads(said)["id"], "microseconds": 9}))
        )

    one = Visit(browser, server.url, prepare=lambda page: page.route_web_socket("**/stream", suggest))
    one.text.fill(text)
    expect(one.word(0).locator(".word")).to_have_text(word)
    one.word(0).click()
    expect(one.text).to_have_value(text + word)
    one.context.close()
