"""
The portal in a real browser: each role's way through it in both languages, on wide and narrow.

What has to hold for every page that is opened is in ``tests/api/seats.py``. Skipped only where no
Chromium is installed.
"""

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser

from api.demo.hosting import DemoClock
from ledger.store.embedded import EmbeddedServer
from locales.catalogues import message
from tests import builders
from tests.api import seats
from tests.api.portals import PASSWORD, Portal, serving
from tests.api.seats import LANGUAGES, SCREENS, seat, sign_in
from tests.database import fresh_database
from tests.services import money
from tests.services.usage import generation, report

pytestmark = seats.MARKS
browser = seats.browser

PEOPLE = {
    "operator": ("genbo", "operator", "unno@genbo.example"),
    "approver": ("genbo", "approver", "shimizu@genbo.example"),
    "holder": ("hoshino", "holder", "kenmochi@hoshino.example"),
    "accountant": ("hoshino", "accountant", "kaneda@hoshino.example"),
    "licensee": ("studio-a", "licensee", "riku@studio-a.example"),
}

#: What each role's menu leads to.
PLACES = {
    "operator": (
        "/documents/withholding",
        "/months",
        "/months/2026-10",
        "/months/2026-11",
        "/documents",
        "/members",
    ),
    "approver": ("/months", "/months/2026-11", "/documents", "/members", "/acts"),
    "holder": (
        "/home",
        "/home?month=2026-10",
        "/earnings?from=2026-10&to=2026-12",
        "/earnings?by=month&from=2026-13",
        "/earnings?by=month&from=2026-08&to=2026-12",
        "/earnings/lines?from=2026-10&to=2026-10",
        "/earnings/generations?to=2026-10",
        "/explain/LINE-2026-10-1",
        "/statements",
        "/offers",
        "/offers/new",
        "/offers/standing?to=not_offered",
        "/consents",
        "/documents",
        "/acts",
        "/account/codes",
        "/members",
        "/documents/withholding",
    ),
    "accountant": (
        *("/documents", "/documents?least=x&to=2026-01-01", "/account", "/account/password"),
        "/documents/withholding",
    ),
    "licensee": (
        *("/overview", "/overview?month=2026-11", "/usage?month=2026-11", "/usage/months"),
        *("/usage/months/2026-11", "/usage/batches", "/licenses", "/licenses/LIC-2026-001"),
        *("/invoices", "/invoices/INV-2026-000001", "/programs/keys"),
        *("/programs/webhooks", "/programs/sandbox", "/documents", "/members", "/acts"),
    ),
}


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


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", PLACES)
def test_each_role_finds_its_pages_whole_on_every_screen(
    role: str, language: str, browser: Browser, portal: Portal
) -> None:
    for width, theme in SCREENS:
        with seat(browser, portal, language, width, theme) as seated:
            sign_in(seated, PEOPLE[role][2])
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
        sign_in(seated, PEOPLE["operator"][2])
        seated.open("/months/2026-11")
        seated.page.get_by_role("link", name="English").click()
        assert seated.page.url.endswith("/portal/months/2026-11")
        assert seated.page.locator("h1").inner_text() == "November 2026"


def test_an_operator_closes_a_month_with_one_button(browser: Browser, portal: Portal) -> None:
    with seat(browser, portal, "ja") as seated:
        sign_in(seated, PEOPLE["operator"][2])
        seated.open("/months/2026-11")
        month = seated.page.locator("h1").inner_text()
        seated.press("portal.month.close_button", month=month)
        assert seated.page.locator(".steps .is-done").count() == 4
        seated.look("/months/2026-11-closed")
        seated.page.get_by_role("link", name=message("ja", "portal.month.to_documents")).click()
        assert seated.page.locator("tbody tr").count() >= 2
        seated.look("/documents-after")
