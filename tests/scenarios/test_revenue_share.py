"""DOMAIN E6 by the calendar: the greater of units and a share of revenue, from abroad."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from api.explanation_trees import tree
from invoices.documents import html_of
from ledger.core.closing import Cause
from ledger.core.replay_changes import Changes
from ledger.core.replay_refusal import ReplayChangesNothing, ReplayValueWrong
from ledger.core.replay_revenue import ChangedShare
from ledger.services import auditing, replaying, reviewing
from ledger.store.database import Database
from tests.rows import rows
from tests.scenarios.revenues import EARNED, REVENUE, SOUND, TOP_UPS, close, e6, state, top_ups
from tests.services import billed
from tests.services.explained import explained
from tests.services.money import OCTOBER, receive, settle, statements, total_of

pytestmark = pytest.mark.usefixtures("worked_out_again")


@pytest.fixture
def world(database: Database) -> Database:
    return e6(database)


def test_the_period_of_e6_is_topped_up_invoiced_and_paid_out_to_the_yen(world: Database) -> None:
    state(world, REVENUE)
    closed = close(world, OCTOBER)
    (compared,) = closed.comparisons
    assert (compared.per_unit_minor, compared.top_up_minor) == (5_412_300, 466_223)
    assert compared.share is not None
    assert int(compared.share * 100) == 587_852_337
    assert top_ups(closed.lines) == list(TOP_UPS.values())
    assert closed.totals_minor == {"JPY": 5_878_523}

    (invoice,) = billed.bill(world, OCTOBER)
    assert total_of(world, invoice) == 5_878_523  # From abroad: without consumption tax.
    receive(world, invoice)
    settle(world)
    paid = {
        payee.removesuffix("-holder"): each.settlement.payout_minor
        for payee, each in statements(world).items()
    }
    assert paid == {"akari": 2_916_312, "hinata": 1_519_224, "kage": 925_681}
    assert auditing.audit(world) == SOUND


def test_the_invoice_and_the_statements_say_what_a_top_up_is_a_part_of(world: Database) -> None:
    state(world, REVENUE)
    close(world, OCTOBER)
    (number,) = billed.bill(world, OCTOBER)
    invoice = billed.invoice(world, number)
    assert [(line.amount_minor, line.top_up is None) for line in invoice.lines] == [
        *((amount, True) for amount in EARNED.values()),
        *((amount, False) for amount in TOP_UPS.values()),
    ]
    page = " ".join(html_of(invoice).split())
    assert "18% of net revenue, USD 214,336.57 at 152.37 (ecb, 30 October 2026, the last" in page
    assert "is JPY 5,878,523; use comes to JPY 5,412,300" in page
    assert page.count("The difference, JPY 466,223, is shared out here") == 1
    assert (
        "純売上 USD 214,336.57（レート152.37、ecb 2026年10月30日、約定日の直前のもの）の18%は"
        in page
    )
    receive(world, number)
    settle(world)
    (section,) = statements(world)["akari-holder"].sections
    assert [(row.is_top_up, row.royalty_minor, row.rate) for row in section.usage] == [
        (False, 2_944_100, Decimal(1)),
        (True, 253_609, Decimal(18)),
    ]
    assert "Share of revenue, beyond use" in html_of(statements(world)["akari-holder"])


def test_an_explanation_shows_both_sides_of_the_comparison(world: Database) -> None:
    state(world, REVENUE)
    close(world, OCTOBER)
    line = explained(world, "LINE-2026-10-4")
    assert line.text("amount") == "253609"
    (compared,) = line.all("revenue_comparison")
    assert [compared.text(each) for each in ("units_total", "top_up", "greater")] == [
        "5412300",
        "466223",
        "share",
    ]
    (stated,) = line.all("stated_revenue")
    assert (stated.text("revenue"), stated.text("revenue_currency")) == (REVENUE, "USD")
    (exchange,) = line.all("exchange")
    assert [exchange.text(each) for each in ("fx_source", "asked_on", "fx_rate", "carried")] == [
        "ecb",
        "2026-10-31",
        "152.37",
        "last_before",
    ]
    (published,) = line.all("published_rate")
    assert (published.text("on"), published.text("fx_rate")) == ("2026-10-30", "152.37")
    (product,) = line.all("share_of_revenue")
    assert product.text("percent") == "18"
    assert line.all("usage") == []  # No generation is counted by it.
    assert [each.text("amount") for each in explained(world, "LINE-2026-10-1").all("line")] == [
        "2944100"
    ]
    for language in ("ja", "en"):
        told = str(tree(line, language=language).label)
        assert "revenue_" not in told


def test_a_preview_says_what_waits_and_whose_rate_is_used(world: Database) -> None:
    at = datetime(2026, 11, 2, tzinfo=UTC)

    def told() -> list[tuple[str, dict[str, str]]]:
        found = reviewing.preview_month(world, month=OCTOBER, at=at)
        shares = {"revenue_unknown", "exchange_rate_unknown", "rate_carried"}
        return [(each.code, dict(each.values)) for each in found.findings if each.code in shares]

    october = "LIC-2026-001 (2026-10)"
    assert told() == [("revenue_unknown", {"count": "1", "licenses": october})]
    state(world, REVENUE)
    carried = {"license": october, "source": "ecb", "day": "2026-10-30"}
    assert told() == [("rate_carried", carried)]
    found = reviewing.preview_month(world, month=OCTOBER, at=at)
    topped_up = [each for each in found.lines if each.cause is Cause.REVENUE_SHARE]
    assert [each.amount_minor for each in topped_up] == list(TOP_UPS.values())
    assert {(each.place.basis, each.is_adjustment) for each in topped_up} == {
        ("revenue_share", False)
    }
    assert rows(world, "SELECT count(*) FROM revenue_comparison") == [(0,)]  # Nothing is written.
    close(world, OCTOBER)
    assert told() == [("rate_carried", carried)]


def test_a_replay_compares_the_month_under_another_percentage(world: Database) -> None:
    state(world, REVENUE)
    close(world, OCTOBER)

    def firm(percent: str) -> tuple[int, int]:
        change = ChangedShare(license="LIC-2026-001", percent=percent)
        replayed = replaying.replay(
            world, first=OCTOBER, last=OCTOBER, changes=Changes(revenue_shares=(change,))
        )
        (found,) = (each for each in replayed.differences if each.place.group == "licensee")
        return found.before_minor, found.after_minor

    assert firm("20") == (5_878_523, 6_531_692)
    assert firm("0") == (5_878_523, 5_412_300)  # What units alone come to.
    with pytest.raises(ReplayChangesNothing):
        firm("18")
    with pytest.raises(ReplayValueWrong):
        firm("101")
