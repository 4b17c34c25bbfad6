"""
The portal in a real browser: each role's way through it in both languages, on wide and narrow.

On every page that is opened: nothing on the console, nothing that axe-core objects to, nothing
wider than the screen. Skipped only where no Chromium is installed. Playwright keeps an event loop
in the thread that drives it, so the browser lives in this module alone.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright
from system import BROWSERS

from api.demo.hosting import DemoClock
from ledger.store.embedded import EmbeddedServer
from locales.catalogues import message
from tests import builders
from tests.api.portals import PASSWORD, Portal, serving
from tests.database import fresh_database
from tests.services import money
from tests.services.usage import generation, report

CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: the portal is not seen"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
]

#: Where pictures of the pages go, for whoever wants to look: GENBO_PICTURES=folder.
PICTURES = os.environ.get("GENBO_PICTURES")

LANGUAGES = ("ja", "en")
SCREENS = ((360, "dark"), (1280, "light"))

PEOPLE = {
    "operator": ("genbo", "operator", "unno@genbo.example"),
    "approver": ("genbo", "approver", "shimizu@genbo.example"),
    "holder": ("hoshino", "holder", "kenmochi@hoshino.example"),
    "accountant": ("hoshino", "accountant", "kaneda@hoshino.example"),
    "licensee": ("studio-a", "licensee", "riku@studio-a.example"),
}

#: What each role's menu leads to.
PLACES = {
    "operator": ("/months", "/months/2026-10", "/months/2026-11", "/documents", "/members"),
    "approver": ("/months", "/months/2026-11", "/documents", "/members", "/acts"),
    "holder": ("/home", "/home?month=2026-10", "/documents", "/acts", "/account/codes"),
    "accountant": ("/documents", "/documents?least=x&to=2026-01-01", "/account"),
    "licensee": ("/documents", "/members", "/acts"),
}


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


@pytest.fixture(scope="module")
def portal(server: EmbeddedServer) -> Iterator[Portal]:
    """A portal on 10 December 2026: October is paid and stated, November is to be closed."""
    clock = DemoClock(money.noon(date(2026, 12, 5)))
    with fresh_database(server) as database:
        money.house(database)
        builders.license(database)
        report(database, generation(900, on=date(2026, 10, 5)))
        [invoice] = money.bill(database)
        money.receive(database, invoice)
        report(database, generation(1_000, on=date(2026, 11, 5)))
        report(database, generation(None, on=date(2026, 11, 6)))  # Held: nobody knows how many.
        with serving(database, clock) as opened:
            for organisation, role, email in PEOPLE.values():
                opened.person(organisation, role=role, email=email)
            yield opened


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


def sign_in(seated: Seat, role: str) -> None:
    """Sign in as anybody would."""
    seated.page.goto(f"{seated.address}/portal/sign-in")
    words = seated.language
    seated.page.get_by_label(message(words, "portal.email")).fill(PEOPLE[role][2])
    seated.page.get_by_label(message(words, "portal.password")).fill(PASSWORD)
    seated.press("portal.sign_in.button")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", PLACES)
def test_each_role_finds_its_pages_whole_on_every_screen(
    role: str, language: str, browser: Browser, portal: Portal
) -> None:
    for width, theme in SCREENS:
        with seat(browser, portal, language, width, theme) as seated:
            sign_in(seated, role)
            for path in PLACES[role]:
                seated.open(path)


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_for_nobody_in_particular_are_whole(
    language: str, browser: Browser, portal: Portal
) -> None:
    for width, theme in SCREENS:
        with seat(browser, portal, language, width, theme) as seated:
            for path, status in (("/sign-in", 200), ("/forgotten", 200), ("/nowhere", 404)):
                seated.open(path, status=status)
            seated.page.goto(f"{seated.address}/portal/sign-in")
            seated.page.get_by_label(message(language, "portal.email")).fill("nobody@x.example")
            seated.page.get_by_label(message(language, "portal.password")).fill("nothing")
            seated.press("portal.sign_in.button")
            assert seated.page.get_by_role("alert").is_visible()
            seated.look("/sign-in-refused")


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_reached_by_the_keyboard(
    language: str, browser: Browser, portal: Portal
) -> None:
    with seat(browser, portal, language) as seated:
        seated.open("/sign-in")
        keyboard = seated.page.keyboard
        keyboard.press("Tab")
        assert seated.page.locator(":focus").inner_text() == message(language, "portal.skip")
        keyboard.press("Enter")
        keyboard.press("Tab")
        keyboard.type(PEOPLE["holder"][2])
        keyboard.press("Tab")
        keyboard.type(PASSWORD)
        keyboard.press("Enter")
        seated.page.wait_for_url("**/portal/home")
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        keyboard.press("Tab")
        assert seated.page.evaluate(outline) != "none"


def test_the_language_switch_keeps_the_page(browser: Browser, portal: Portal) -> None:
    with seat(browser, portal, "ja") as seated:
        sign_in(seated, "operator")
        seated.open("/months/2026-11")
        seated.page.get_by_role("link", name="English").click()
        assert seated.page.url.endswith("/portal/months/2026-11")
        assert seated.page.locator("h1").inner_text() == "November 2026"


def test_an_operator_closes_a_month_with_one_button(browser: Browser, portal: Portal) -> None:
    with seat(browser, portal, "ja") as seated:
        sign_in(seated, "operator")
        seated.open("/months/2026-11")
        month = seated.page.locator("h1").inner_text()
        seated.press("portal.month.close_button", month=month)
        assert seated.page.locator(".steps .is-done").count() == 4
        seated.look("/months/2026-11-closed")
        seated.page.get_by_role("link", name=message("ja", "portal.month.to_documents")).click()
        assert seated.page.locator("tbody tr").count() >= 2
        seated.look("/documents-after")
