"""What an AI firm sees: its month and what it costs, its declarations, licenses and invoices."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from api.demo.hosting import DemoClock
from ledger.core.completeness import NewDeclaration
from ledger.core.period import Month
from ledger.core.terms import Tier
from ledger.services import declaring
from ledger.store.database import Database
from ledger.store.parties import find_parties
from tests import builders
from tests.api.portals import Portal, serving
from tests.services import money
from tests.services.usage import generation, report

FIRM = "riku@studio-a.example"

#: Every page of an AI firm's own.
PAGES = (
    "/overview",
    "/usage",
    "/usage/months",
    "/usage/batches",
    "/licenses",
    "/invoices",
    "/usage/days.csv",
    "/usage/not-accepted.csv",
)


def license_in_tiers(database: Database) -> None:
    """License a work at 12 yen an image up to 1,000 and 10 beyond."""
    line = builders.new_rate_line(
        rate=Decimal(0),
        tier_mode="marginal",
        tiers=(
            Tier(up_to=Decimal(1_000), rate=Decimal(12)),
            Tier(up_to=None, rate=Decimal(10)),
        ),
    )
    terms = builders.new_terms(rate_lines=(line,))
    builders.license(database, grants=(builders.new_grant(terms=terms, territories=("JP",)),))


@pytest.fixture
def portal(database: Database, clock: DemoClock) -> Iterator[Portal]:
    """A portal on 5 December: October is invoiced and part paid, November has run."""
    money.house(database)
    license_in_tiers(database)
    report(database, generation(900, on=date(2026, 10, 5)))
    [invoice] = money.bill(database)
    money.receive(database, invoice, amount_minor=5_000)
    report(
        database,
        generation(1_100, on=date(2026, 11, 5)),
        generation(None, on=date(2026, 11, 6)),
        generation(1, on=date(2026, 11, 6), territory="US"),
        generation(1, on=date(2026, 11, 7), territory="US"),
    )
    clock.move_to(money.noon(date(2026, 12, 5)))
    with serving(database, clock) as opened:
        opened.person("studio-a", role="licensee", email=FIRM)
        yield opened


def figures(text: str) -> list[str]:
    """Return the large figures of a page."""
    return [each.strip() for each in re.findall(r'<dd class="large">([^<]*)', text)]


def test_a_month_shows_its_use_its_cost_and_what_is_to_be_paid(portal: Portal) -> None:
    with portal.browser(FIRM) as browser:
        text = browser.get("/overview?month=2026-11").text
        # 1,000 images at 12 and 100 at 10; three events of which one is held and two refused.
        assert figures(text) == ["JPY 13,000", "1", "3", "JPY 6,880"]
        assert "1 held, 2 refused" in text
        assert "Next due 30 November 2026" in text
        assert "Overdue" in text
        assert browser.get("/").url.path == "/portal/overview"


def test_a_closed_month_costs_what_its_closing_charged(portal: Portal) -> None:
    with portal.browser(FIRM) as browser:
        text = browser.get("/overview?month=2026-10").text
        assert figures(text)[0] == "JPY 10,800"
        assert "This month is closed" in text


@pytest.mark.parametrize("month", ["2027-01", "2026-13", "1999-12", "x", "0001-01", "%00"])
def test_a_month_that_nobody_can_have_used_is_not_there(month: str, portal: Portal) -> None:
    with portal.browser(FIRM) as browser:
        assert browser.get(f"/overview?month={month}").status_code == 404
        assert browser.get(f"/usage/days.csv?month={month}").status_code == 404


def test_the_files_have_what_the_chart_and_the_table_show(portal: Portal) -> None:
    with portal.browser(FIRM) as browser:
        days = browser.get("/usage/days.csv?month=2026-11")
        assert days.headers["content-type"] == "text/csv; charset=utf-8"
        assert list(csv.reader(io.StringIO(days.content.decode("utf-8-sig")))) == [
            ["day", "accepted", "held", "refused"],
            ["2026-11-05", "1", "0", "0"],
            ["2026-11-06", "0", "1", "1"],
            ["2026-11-07", "0", "0", "1"],
        ]
        why = browser.get("/usage/not-accepted.csv?month=2026-11")
        rows = list(csv.reader(io.StringIO(why.content.decode("utf-8-sig"))))[1:]
        assert [(row[0], row[1], row[2], row[4]) for row in rows] == [
            ("2026-11-06", "held", "quantity_unknown", "1"),
            ("2026-11-06", "refused", "territory_not_granted", "1"),
            ("2026-11-07", "refused", "territory_not_granted", "1"),
        ]
        text = browser.get("/usage?month=2026-11").text
        assert "The territory is not granted" in text
        assert "6–7 November 2026" in text


def test_a_declaration_that_differs_is_shown_with_its_difference(portal: Portal) -> None:
    with portal.database.transaction() as session:
        firm = find_parties(session, book_id=1, references=["studio-a"])["studio-a"]
    declaring.declare(
        portal.database,
        licensee_id=firm.id,
        licensee="studio-a",
        month=Month(2026, 11),
        new=NewDeclaration(generation_count=6),
        declared_at=money.noon(date(2026, 12, 1)),
    )
    with portal.browser(FIRM) as browser:
        assert "Differs" in browser.get("/usage/months").text
        text = browser.get("/usage/months/2026-11").text
        assert "2 fewer generations arrived than you declared" in text
        assert browser.get("/usage/months/2025-01").status_code == 404


def test_reports_and_corrections_are_listed_as_they_came(portal: Portal) -> None:
    with portal.browser(FIRM) as browser:
        text = browser.get("/usage/batches").text
        assert text.index("November 2026") < text.index("October 2026")
        assert "Nothing reported yet" in browser.get("/usage/batches?kind=correction").text
        assert "Nothing reported yet" in browser.get("/usage/batches?before=1").text
        assert browser.get("/usage/batches?before=x").status_code == 404


def test_a_license_says_its_terms_in_words(portal: Portal) -> None:
    with portal.browser(FIRM) as browser:
        assert "LIC-2026-001" in browser.get("/licenses").text
        text = browser.get("/licenses/LIC-2026-001").text
        assert "up to 1,000" in text
        assert "kaze-no-machi" in text
        assert browser.get("/licenses/%00").status_code == 404


def test_an_invoice_shows_what_is_left_where_to_pay_and_what_came(portal: Portal) -> None:
    with portal.browser(FIRM) as browser:
        text = browser.get("/invoices/INV-2026-000001").text
        assert figures(text) == ["JPY 11,880", "JPY 5,000", "JPY 6,880"]
        assert "30 November 2026" in text
        assert "Bank transfer" in text
        assert "payment-requests" not in text  # The house takes payments to its account only.
        asked = browser.client.post(
            "/invoices/INV-2026-000001/payment-requests", data={"method": "card"}
        )
        assert asked.status_code == 403
        assert browser.get("/invoices/INV-2026-000009").status_code == 404
        assert browser.get("/invoices/%00").status_code == 404
        assert "INV-2026-000001" in browser.get("/invoices?open=yes").text


def test_what_was_paid_too_much_is_said(portal: Portal) -> None:
    money.receive(
        portal.database, "INV-2026-000001", amount_minor=7_000, overpaid=True,
        external_reference="second",
    )  # fmt: skip
    with portal.browser(FIRM) as browser:
        text = browser.get("/invoices").text
        assert "You paid JPY 120 too much" in text
        assert "Paid" in text
        assert "Nothing is to be paid" in browser.get("/overview").text


@pytest.mark.parametrize(
    ("organisation", "role"),
    [("hoshino", "holder"), ("hoshino", "accountant"), ("genbo", "operator")],
)
def test_pages_of_ai_firms_are_not_there_for_others(
    organisation: str, role: str, portal: Portal
) -> None:
    email = portal.person(organisation, role=role, email=f"{role}@{organisation}.example")
    with portal.browser(email) as browser:
        for path in PAGES:
            assert browser.get(path).status_code == 404, path
        assert "/portal/overview" not in browser.get("/account").text


def test_a_firms_accountant_sees_invoices_and_nothing_of_programs(portal: Portal) -> None:
    email = portal.person("studio-a", role="accountant", email="a@studio-a.example")
    with portal.browser(email) as browser:
        assert "Bank transfer" in browser.get("/invoices/INV-2026-000001").text
        assert browser.get("/overview").status_code == 404
