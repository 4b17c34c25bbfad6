"""The pages of the house in a real browser: payouts, from a plan to the bank's answer."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Browser

from api.bank_statements import narrow_or_none
from api.banking import bank_names
from api.demo.hosting import DemoClock
from invoices.statement_file import read_zengin
from ledger.services import disputing, importing
from ledger.store.database import Database
from ledger.store.embedded import EmbeddedServer
from tests import builders
from tests.api import seats
from tests.api.portals import Portal, serving
from tests.api.seats import LANGUAGES, SCREENS, seat, sign_in
from tests.database import fresh_database
from tests.invoices.statement_files import statement
from tests.services import money

pytestmark = seats.MARKS
browser = seats.browser

OPERATOR, APPROVER = "unno@genbo.example", "shimizu@genbo.example"
RUN = "/payouts/PAY-2026-11"
CONTRACTS = ("/contracts", "/contracts/LIC-studio-a-kaze-no-machi-2026-10")
DISPUTE = "/reviews/dispute?statement=STM-2026-000001&line=1"

HOLDERS = (
    ("kaze", "風音アニメーション株式会社", "Kazane Animation Inc.", "umi-no-uta", 480_000),
    ("tsuki", "有限会社月見舎", "Tsukimisha Ltd.", "hoshi-no-michi", 61_500),
    ("mori", "森の声プロダクション株式会社", "Mori no Koe Production", "mori-no-koe", 3_000),
)


def waiting(database: Database) -> None:
    """Let invoices be open, one of them overdue, and money come in that nobody knows."""
    money.bill(database, money.NOVEMBER)
    told = (
        {"number": 1, "amount_yen": 165_000, "payer": "ﾔﾏﾀﾞ ﾀﾛｳ"},
        {"number": 2, "amount_yen": 40_000, "payer": "ｶ)ｿﾗﾄ", "edi": "INV-2026-000099"},
    )
    content = statement(*told)
    importing.import_file(
        database,
        name="2026-12-futsu.txt",
        content=content,
        statements=read_zengin(content, read_on=date(2026, 12, 1)),
        narrow=narrow_or_none,
        imported_by=f"Unno <{OPERATOR}>",
        imported_at=money.noon(date(2026, 12, 10)),
    )


def dispute(database: Database) -> None:
    """Let a payee dispute a line of its statement."""
    disputing.answer(
        database,
        statement="STM-2026-000001",
        line="1",
        state="disputed",
        reason="11月分の生成数が、こちらの記録より少ないようです。",
        payee_id=None,
        recorded_by=f"Unno <{OPERATOR}>",
        recorded_at=money.noon(date(2026, 12, 12)),
    )


@pytest.fixture
def portal(server: EmbeddedServer) -> Iterator[Portal]:
    """A portal on 15 December 2026, of a book in which something waits in every worklist."""
    clock = DemoClock(money.noon(date(2026, 12, 15)))
    with fresh_database(server) as database:
        money.house(database)
        money.sell(database, 1_250_000)
        for name, name_ja, name_en, work, amount in HOLDERS:
            named: dict[str, Any] = {"name_ja": name_ja, "name_en": name_en}
            if name == "tsuki":
                named["bank_account"] = None
            builders.party(database, name, **named)
            builders.work(database, work, owner=name)
            money.sell(database, amount, work=work)
        money.sell(
            database, 150_000, licensee="studio-b", work="yoru-no-niji", month=money.NOVEMBER
        )
        money.sell(database, 90_000, work="kaze-no-machi", month=money.NOVEMBER)
        money.receive_all(database, money.bill(database))
        money.settle(database, settled_by=f"Unno <{OPERATOR}>", bank_names=bank_names())
        waiting(database)
        with serving(database, clock) as opened:
            opened.person("genbo", role="operator", email=OPERATOR, name="海野 亜希")
            opened.person("genbo", role="approver", email=APPROVER, name="清水 健")
            yield opened


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_run_is_approved_released_and_answered_by_two_people(
    language: str, browser: Browser, portal: Portal
) -> None:
    for width, theme in SCREENS:
        with seat(browser, portal, language, width, theme) as seated:
            sign_in(seated, OPERATOR)
            for path in ("/payouts", RUN, f"{RUN}/cancel"):
                seated.open(path)
        with seat(browser, portal, language, width, theme) as seated:
            sign_in(seated, APPROVER)
            for path in (RUN, f"{RUN}/approve"):
                seated.open(path)
    with seat(browser, portal, language) as seated:
        sign_in(seated, APPROVER)
        seated.open(f"{RUN}/approve")
        seated.page.get_by_role("textbox").fill("口座を確認済み")
        seated.press("portal.payouts.press.approve")
        seated.look(f"{RUN}-approved")
    with seat(browser, portal, language) as seated:
        sign_in(seated, OPERATOR)
        seated.open(f"{RUN}/release")
        seated.page.get_by_role("textbox").fill("0123456789")
        seated.press("portal.payouts.press.release")
        seated.look(f"{RUN}-released")
    portal.clock.move_to(money.noon(date(2026, 12, 28)))
    for width, theme in SCREENS:
        with seat(browser, portal, language, width, theme) as seated:
            sign_in(seated, OPERATOR)
            for path in (RUN, f"{RUN}/confirm", f"{RUN}/return"):
                seated.open(path)
    with seat(browser, portal, language) as seated:
        sign_in(seated, OPERATOR)
        seated.open(f"{RUN}/return")
        seated.page.locator("#payee").select_option("kaze")
        seated.page.locator("#reason").fill("口座なし")
        seated.press("portal.payouts.press.return")
        seated.open(f"{RUN}/confirm")
        seated.press("portal.payouts.press.confirm")
        seated.look(f"{RUN}-answered")
        seated.open("/payouts/again")
        seated.page.locator("#pay_on").fill("2027-01-02")
        seated.press("portal.payouts.again_press")
        assert seated.page.get_by_role("alert").is_visible()
        seated.look("/payouts/again-refused")
        seated.page.locator("#pay_on").fill("2027-01-05")
        seated.press("portal.payouts.again_press")
        assert seated.page.url.endswith("/payouts/PAY-2027-01-R1")
        seated.look("/payouts/planned-again")
        seated.open("/acts")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_waits_is_found_from_home_and_a_receipt_is_matched(
    language: str, browser: Browser, portal: Portal
) -> None:
    dispute(portal.database)
    for width, theme in SCREENS:
        with seat(browser, portal, language, width, theme) as seated:
            sign_in(seated, OPERATOR)
            for path in ("/desk", "/reviews", DISPUTE, "/machinery"):
                seated.open(path)
            for path in ("/receipts", "/receipts/import", "/receipts/lines/1"):
                seated.open(path)
            seated.page.get_by_role("link", name="INV-2026-000003").click()
            seated.look("/receipts/lines/1/match")
            seated.open("/receipts/lines/1/dismiss")
    with seat(browser, portal, language) as seated:
        sign_in(seated, OPERATOR)
        seated.open("/receipts/lines/1")
        seated.page.get_by_role("link", name="INV-2026-000003").click()
        seated.page.get_by_role("textbox").fill("電話で確認")
        seated.press("portal.receipts.press.match")
        assert seated.page.get_by_role("alert").is_visible()  # It came before the invoice.
        assert seated.page.locator("#reason").input_value() == "電話で確認"
        seated.look("/receipts/lines/1-refused")
        seated.open("/machinery")
        seated.press("portal.machinery.compare")
        seated.look("/machinery-compared")
        seated.open(DISPUTE)
        seated.page.get_by_role("radio").first.check()
        seated.page.get_by_role("textbox").fill("再集計で確認")
        seated.press("portal.reviews.press")
        seated.look("/reviews-decided")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_party_is_found_looked_at_and_corrected(
    language: str, browser: Browser, portal: Portal
) -> None:
    for width, theme in SCREENS:
        with seat(browser, portal, language, width, theme) as seated:
            sign_in(seated, OPERATOR)
            for path in ("/parties", "/parties/kaze", "/parties/kaze/account", *CONTRACTS):
                seated.open(path)
            seated.open("/parties/kaze/correct")
            seated.page.locator("#address_ja").fill("東京都杉並区見本台3-2-1")
            seated.page.locator("#reason").fill("移転の届出")
            seated.press("portal.parties.to_review")
            seated.look("/parties/kaze/correct-review")
    with seat(browser, portal, language) as seated:
        sign_in(seated, OPERATOR)
        seated.open("/parties/kaze/entrustment")
        seated.open("/parties/kaze/correct")
        seated.page.locator("#name_en").fill("Kazane Animation Studio Inc.")
        seated.page.locator("#reason").fill("商号変更")
        seated.press("portal.parties.to_review")
        seated.press("portal.parties.press")
        seated.look("/parties/kaze-corrected")
