"""
People before a real browser: what they see is looked at whenever a page is opened.

Nothing may be on the console, nothing that axe-core objects to, nothing wider than the screen, and
nothing from another host. Playwright keeps an event loop in the thread that drives it, so a browser
lives no longer than the module that asked for it.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright
from system import BROWSERS

from locales.catalogues import message
from tests.api.portals import PASSWORD, Portal

CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)

#: What a module that opens browsers says of itself.
MARKS = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: the portal is not seen"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
]

#: Where pictures of the pages go, for whoever wants to look: GENBO_PICTURES=folder.
PICTURES = os.environ.get("GENBO_PICTURES")

LANGUAGES = ("ja", "en")
SCREENS = ((360, "dark"), (1280, "light"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all."""
    with sync_playwright() as playwright:
        assert CHROMIUM is not None
        opened = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield opened
        opened.close()


@dataclass(frozen=True, kw_only=True)
class Seat:
    """A person before a browser, and everything there that should not be."""

    page: Page
    address: str
    language: str
    faults: list[str]

    def open(self, path: str, *, status: int = 200) -> None:
        """Go to a page, and look at it."""
        answer = self.page.goto(f"{self.address}/portal{path}")
        assert answer is not None
        assert answer.status == status, path
        self.look(path)

    def look(self, path: str) -> None:
        """Check what has to hold for whatever is shown."""
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not self.page.evaluate(wide), f"{path} scrolls sideways"
        assert self.page.locator("html").get_attribute("lang") == self.language
        found: dict[str, Any] = Axe().run(self.page).response
        barriers = [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]]
        assert barriers == [], path
        assert self.faults == [], path
        if PICTURES is not None:
            width = (self.page.viewport_size or {"width": 0})["width"]
            place = re.sub(r"\W+", "-", path).strip("-")
            name = f"{place}-{self.language}-{width}.png"
            self.page.screenshot(path=Path(PICTURES) / name, full_page=True)

    def press(self, key: str, **values: object) -> None:
        """Press the button with some words."""
        self.page.get_by_role("button", name=message(self.language, key, **values)).click()


@contextmanager
def seat(
    browser: Browser, portal: Portal, language: str, width: int = 1280, theme: Any = "light"
) -> Iterator[Seat]:
    """Give a browser window of one person."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, java_script_enabled=True
    )
    context.add_cookies(
        [{"name": "genbo_language", "value": language, "url": f"{portal.address}/portal"}]
    )
    faults: list[str] = []

    def heard(told: ConsoleMessage) -> None:
        if "status of 4" not in told.text:  # What we answer on purpose.
            faults.append(told.text)

    def asked(request: Request) -> None:
        if not request.url.startswith((portal.address, "data:")):
            faults.append(f"asked {request.url}")

    context.on("console", heard)
    context.on("request", asked)
    yield Seat(page=context.new_page(), address=portal.address, language=language, faults=faults)
    context.close()


def sign_in(seated: Seat, email: str) -> None:
    """Sign in as anybody would."""
    seated.page.goto(f"{seated.address}/portal/sign-in")
    words = seated.language
    seated.page.get_by_label(message(words, "portal.email")).fill(email)
    seated.page.get_by_label(message(words, "portal.password")).fill(PASSWORD)
    seated.press("portal.sign_in.button")
