"""A real browser, and a page in it that reports whatever is wrong with it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

__all__ = ["DROP", "PHONE", "WIDE", "Visit", "launched", "needs_chromium"]

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WIDE, PHONE = {"width": 1600, "height": 960}, {"width": 360, "height": 780}
DROP = """(zone, [name, type, numbers]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(numbers)], name, { type }));
  zone.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""
REPORT_VIOLATIONS = "document.addEventListener('securitypolicyviolation', e => console.error('CSP', e.blockedURI))"

expect.set_options(timeout=15_000)  # milliseconds, for a machine that is busy
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium: apt-get install chromium to test the page")


class Visit:
    """A page, what its console said, and where its requests went."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        path: str = "/",
        prepare: Callable[[Page], object] = lambda page: None,
        **options: Any,
    ) -> None:
        self.url, self.faults = url, []
        self.context = browser.new_context(**{"viewport": WIDE} | options)
        self.context.add_init_script(REPORT_VIOLATIONS)
        self.page: Page = self.context.new_page()
        self.page.on(
            "console", lambda said: self.faults.append(said.text) if said.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda request: self._check(request.url))
        self.page.on("websocket", lambda socket: self._check(socket.url.replace("ws:", "http:", 1)))
        self.page.set_default_timeout(15_000)
        prepare(self.page)
        self.page.goto(url + path)

    def _check(self, address: str) -> None:
        if not address.startswith((f"{self.url}/", f"blob:{self.url}/", "data:")):
            self.faults.append(f"a request to {address}")

    @property
    def text(self) -> Any:
        return self.page.get_by_label("Your text")

    def word(self, number: int) -> Any:
        return self.page.locator(".suggestions button").nth(number)

    def wait_for_suggestions(self, words: list[str]) -> None:
        expect(self.page.locator(".suggestions .word").first).to_have_text(words[0])
        expect(self.page.locator(".suggestions .word")).to_have_text(words)

    def picture(self) -> str:
        """The pixels of the heat map."""
        found: str = self.page.evaluate("document.querySelector('.heat').toDataURL()")
        return found


@contextmanager
def launched(*arguments: str) -> Iterator[Browser]:
    """A browser."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *arguments])
        yield running
        running.close()
