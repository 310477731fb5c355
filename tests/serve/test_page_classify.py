"""The cards of classifiers and of composers in a real browser.

UNROLLED_SCREENSHOTS=FOLDER makes the pictures of docs/pictures too, of the models that UNROLLED_SCREENSHOT_CLASSIFIER
and UNROLLED_SCREENSHOT_COMPOSER name.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from tests.serve.browsing import ARGUMENTS, CHROMIUM, DROP, PHONE, WIDE, Visit, launched, needs_chromium
from tests.serve.conftest import Server, serving
from tests.serve.small_models import tone, wav

pytestmark = needs_chromium


class Card(Visit):
    """A visit to the card of one model."""

    def __init__(self, browser: Browser, server: Server, name: str, **options: Any) -> None:
        super().__init__(browser, server.url, **options)
        self.page.locator(".switch").get_by_role("button", name=name, exact=True).click()
        self.card = self.page.get_by_role("region", name=re.compile(f"^{name}: "))

    def bar(self, label: str) -> Any:
        return self.card.locator(".bars li").filter(has_text=label)

    def wait_for(self, label: str) -> None:
        expect(self.card.locator(".best-label b")).to_have_text(label)


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the microphone hears."""
    path = tmp_path_factory.mktemp("voice") / "high.wav"
    path.write_bytes(wav(tone("high", 3.0, 48_000, seed=40), 48_000))
    return path


@pytest.fixture(scope="module")
def browser(voice: Path) -> Iterator[Browser]:
    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with launched(*fake, f"--use-file-for-fake-audio-capture={voice}") as running:
        yield running


@pytest.fixture
def visit(browser: Browser, many: Server) -> Iterator[Any]:
    """Open a card; at the end nothing may have been wrong with the page."""
    opened: list[Card] = []

    def open_card(name: str, **options: Any) -> Card:
        opened.append(Card(browser, many, name, **options))
        return opened[-1]

    yield open_card
    for one in opened:
        one.context.close()
        assert one.faults == []


def test_the_decision_and_the_memory_grow_word_by_word(visit: Any) -> None:
    one = visit("mood")
    expect(one.card.locator(".best-label")).to_have_text("Nothing has been read yet")
    for number, (word, label) in enumerate({"a ": None, "fine ": "good", "awful": "bad"}.items(), start=1):
        one.text.press_sequentially(word)
        expect(one.card.locator(".heat")).to_have_attribute("aria-label", re.compile(f"newest {number} words"))
        expect(one.card.locator(".curves")).to_have_attribute("aria-label", re.compile(f"over {number} words"))
        if label:
            one.wait_for(label)
            expect(one.bar(label)).to_have_class("best")
    expect(one.card.locator("[aria-live]")).to_have_text(re.compile(r"^bad, [\d.]+ %$"))
    one.card.get_by_text("The decision in words").click()
    expect(one.card.locator(".decision .strongest li")).to_have_count(3)
    expect(one.card.locator(".numbers")).to_contain_text("round trip")
    one.text.press("Backspace")  # an unfinished word is read as it stands
    one.text.fill("")
    expect(one.card.locator(".best-label")).to_have_text("Nothing has been read yet")
    expect(one.card.locator(".curves")).to_be_hidden()


def test_the_curves_are_read_by_keyboard(visit: Any) -> None:
    one = visit("mood")
    one.text.fill("a fine awful")
    one.wait_for("bad")
    one.card.locator(".curves").focus()
    for key, word in (("ArrowLeft", "awful"), ("ArrowLeft", "fine"), ("ArrowRight", "awful"), ("ArrowRight", "awful")):
        one.page.keyboard.press(key)
        expect(one.card.locator(".decision .reading")).to_have_text(re.compile(f"^after “{word}”: (good|bad) .* %$"))
    one.page.keyboard.press("Escape")
    expect(one.card.locator(".decision .reading")).to_be_hidden()


def test_words_at_which_the_decision_turns_are_always_named(visit: Any) -> None:
    one = visit("mood", viewport=PHONE)
    one.page.evaluate(
        "() => { CanvasRenderingContext2D.prototype.fillText = function (text) {"
        "(this.canvas.named ??= []).push(text); } }"
    )
    one.text.fill("a fine awful " + "book " * 40 + "fine film")
    curves = one.card.locator(".curves")
    expect(curves).to_have_attribute("aria-label", re.compile("over 45 words.*; it turned after “awful”: bad"))
    turned = re.findall("after “([^”]+)”", curves.get_attribute("aria-label").partition("; it turned ")[2])
    assert set(turned) <= set(curves.evaluate("curves => curves.named"))


def test_the_model_is_in_the_address_and_its_text_outlives_a_reload(visit: Any) -> None:
    one = visit("mood")
    assert one.page.url.endswith("/#mood")
    one.text.fill("a fine film")
    one.page.locator(".switch").get_by_role("button", name="gene", exact=True).click()
    expect(one.page).to_have_title("gene · unrolled")
    assert one.page.url.endswith("/#gene")
    one.page.go_back()
    expect(one.page).to_have_title("mood · unrolled")
    one.page.reload()
    expect(one.text).to_have_value("a fine film")
    one.wait_for("good")


def test_what_the_server_refuses_is_said_and_the_next_is_read(visit: Any) -> None:
    one = visit("gene")
    field = one.card.get_by_label("Your sequence")
    field.fill("atta !")
    expect(one.card.locator(".status")).to_contain_text("This cannot be read: ")
    field.fill("att a\nn")
    one.wait_for("AT")
    expect(one.card.locator(".status")).to_be_hidden()
    expect(one.card.locator(".heat")).to_have_attribute("aria-label", re.compile("5 letters: 1 A 2 T 3 T 4 A 5 N$"))


def test_numbers_are_read_line_by_line(visit: Any) -> None:
    one = visit("gauge")
    field = one.card.get_by_label("Your numbers")
    field.fill("1, 1\n1.2 ")
    expect(one.card.locator("[id=hint-gauge]")).to_contain_text("Line 2: expected 2 numbers")
    field.fill("1, 1\n1.2; 1.3")
    one.wait_for("rising")
    expect(one.card.locator("[id=hint-gauge]")).to_be_hidden()
    field.press("Control+a")
    field.press("Delete")
    expect(one.card.locator(".best-label")).to_have_text("Nothing has been read yet")


def test_a_recording_is_chosen_or_dropped(visit: Any, tmp_path: Path) -> None:
    one = visit("tone")
    (tmp_path / "low.flac").write_bytes(wav(tone("low", seed=41), kind="FLAC"))
    with one.page.expect_file_chooser() as chooser:
        one.card.get_by_role("button", name="Choose a recording").click()
    chooser.value.set_files(tmp_path / "low.flac")
    one.wait_for("low")
    expect(one.card.locator(".sound [role=status]")).to_have_text(re.compile(r"^low\.flac: 0\.40 s, answered in"))
    expect(one.card.locator(".curves")).to_have_attribute("aria-label", re.compile("over 38 moments"))
    expect(one.card.locator(".heat")).to_have_attribute("aria-label", re.compile(r"20 moments: 0\.00 s .* 0\.37 s$"))
    for name, kind, content, said in (
        ("high.wav", "audio/wav", wav(tone("high", seed=42)), "high.wav: 0.40 s"),
        ("broken.wav", "", b"RIFFRIFF", "damaged"),
        ("notes.txt", "text/plain", b"hello", "That is no kind of file that this model reads."),
    ):
        one.card.locator(".sound").evaluate(DROP, [name, kind, list(content)])
        expect(one.card.locator(".sound [role=status]")).to_contain_text(said)
        one.faults[:] = [fault for fault in one.faults if "422" not in fault and "415" not in fault]
    expect(one.card.locator(".best-label")).to_have_text("Nothing has been read yet")


def test_what_is_said_is_recognised_while_it_is_said(visit: Any) -> None:
    one = visit("tone")
    one.card.get_by_role("button", name="Record", exact=True).focus()
    one.page.keyboard.press("Enter")
    one.wait_for("high")
    expect(one.card.locator(".curves")).to_have_attribute("aria-label", re.compile("over [3-9] moments"))
    expect(one.card.locator(".sound [role=status]")).to_have_text(re.compile(r"^Listening: \d\.\d s$"))
    one.card.get_by_role("button", name="Stop", exact=True).click()
    expect(one.card.locator(".sound [role=status]")).to_have_text(re.compile(r"^what you said: \d\.\d\d s, answered"))
    one.wait_for("high")
    expect(one.card.locator(".heat")).to_have_attribute("aria-label", re.compile("20 moments"))


def test_without_a_microphone_there_is_a_clear_word(browser: Browser, many: Server) -> None:
    without = browser.browser_type.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    one = Card(without, many, "tone")
    one.card.get_by_role("button", name="Record", exact=True).click()
    said = re.compile("microphone.* [Cc]hoose a recording")
    expect(one.card.locator(".sound [role=status]")).to_contain_text(said)
    expect(one.card.get_by_role("button", name="Record", exact=True)).to_have_attribute("aria-pressed", "false")
    without.close()


@pytest.mark.parametrize(("name", "motion"), [("choir", "reduce"), ("bach", "no-preference")])
def test_music_is_composed_seen_played_and_taken_away(visit: Any, name: str, motion: str) -> None:
    one = visit(name, reduced_motion=motion)
    expect(one.card.get_by_role("button", name="Play")).to_be_disabled()
    one.card.get_by_label("Seconds").fill("5")
    one.card.get_by_role("button", name="Compose").click()
    said, roll = one.card.locator("[role=status]"), one.card.locator(".roll")
    expect(said).to_have_text(re.compile(r"^\d+ notes, [345]\.\d s, composed in \d+ ms$"))
    expect(roll).to_have_attribute("aria-label", re.compile(r"^Piano roll: \d+ notes from [A-G]\S+ to [A-G]\S+ in"))
    still = roll.evaluate("roll => roll.toDataURL()")
    one.card.get_by_role("button", name="Play").click()
    one.page.wait_for_function("([roll, still]) => roll.toDataURL() !== still", arg=[roll.element_handle(), still])
    one.card.get_by_role("button", name="Stop").click()
    one.page.wait_for_function("([roll, still]) => roll.toDataURL() === still", arg=[roll.element_handle(), still])
    with one.page.expect_download() as download:
        one.card.get_by_role("button", name="Download .mid").click()
    assert download.value.suggested_filename == f"{name}-0.mid"
    assert Path(download.value.path()).read_bytes().startswith(b"MThd")
    first = roll.get_attribute("aria-label")
    one.card.get_by_role("button", name="Another").click()
    expect(one.card.get_by_label("Seed")).to_have_value("1")
    expect(roll).not_to_have_attribute("aria-label", first)


@pytest.mark.parametrize("name", ["mood", "tone", "choir"])
@pytest.mark.parametrize("width", [320, 1600])
def test_it_fits_and_fingers_hit_it(visit: Any, width: int, name: str) -> None:
    one = visit(name, viewport={"width": width, "height": 780})
    if name == "mood":
        one.text.fill("a fine film " * 30)
        one.wait_for("good")
    if name == "choir":
        one.card.get_by_role("button", name="Compose").click()
        expect(one.card.locator(".roll")).to_be_visible()
    assert one.page.evaluate("document.documentElement.scrollWidth") == width
    sizes = one.page.evaluate(
        "[...document.querySelectorAll('a, button, textarea, input, summary')].filter(e => e.offsetParent)"
        ".map(e => [e.textContent, e.offsetWidth, e.offsetHeight])"
    )
    assert [size for size in sizes if min(size[1:]) < 44] == []


@pytest.mark.skipif("UNROLLED_SCREENSHOTS" not in os.environ, reason="UNROLLED_SCREENSHOTS names no folder")
def test_pictures_are_made(browser: Browser, folder: Path) -> None:
    pictures = Path(os.environ["UNROLLED_SCREENSHOTS"])
    classifier = os.environ.get("UNROLLED_SCREENSHOT_CLASSIFIER", str(folder / "mood"))
    composer = os.environ.get("UNROLLED_SCREENSHOT_COMPOSER", str(folder / "choir"))
    look = {"viewport": WIDE, "color_scheme": "light", "device_scale_factor": 1}
    with serving(classifier, composer) as server:
        one = Card(browser, server, Path(classifier).name, **look)
        for letter in "a slow film , but never dull , and i love the end":
            one.text.press_sequentially(letter)
        expect(one.card.locator(".heat")).to_have_attribute("aria-label", re.compile("love the end$"))
        one.page.screenshot(path=pictures / "classify-wide-light.png")
        other = Card(browser, server, Path(composer).name, **look)
        other.card.get_by_role("button", name="Compose").click()
        other.card.get_by_role("button", name="Play").click()
        other.page.wait_for_timeout(4_000)
        other.page.screenshot(path=pictures / "compose-wide-light.png", full_page=True)
    for name in ("classify", "compose"):
        assert (pictures / f"{name}-wide-light.png").stat().st_size < 150_000
