"""The house's home, its reviews and its machinery: what waits, how much of it, and what is done."""

from collections.abc import Iterator
from datetime import date

import pytest

from api.demo.hosting import DemoClock
from ledger.core.new_claim import NewClaim
from ledger.services import comparing, contesting, disputing, listening, stewarding
from ledger.store.database import Database
from ledger.store.tasks import Tasks
from tests import builders
from tests.api.portals import Portal, serving
from tests.rows import rows
from tests.services import money
from tests.services.usage import generation, report

TODAY = date(2026, 12, 29)


def tasks(database: Database, today: date = TODAY) -> Tasks:
    return stewarding.count_tasks(database, today=today)


@pytest.fixture
def portal(database: Database, clock: DemoClock) -> Iterator[Portal]:
    """A book in which something of each kind waits."""
    money.house(database)
    builders.licensee(database, "studio-b")
    builders.license(database)
    report(database, generation(None, on=date(2026, 12, 6)))  # Held: nobody knows how many.
    money.sell(database, 100_000, work="umi-no-uta")
    money.sell(database, 30_000, licensee="studio-b", work="hoshi-no-michi")
    first, _ = money.bill(database)
    money.receive(database, first)
    money.settle(database)
    clock.move_to(money.noon(TODAY))
    with serving(database, clock) as opened:
        opened.person("genbo", role="operator", email="unno@genbo.example")
        yield opened


def dispute(portal: Portal) -> tuple[str, str]:
    """Let a payee dispute a line; return the statement and the line."""
    [(statement,)] = rows(
        portal.database, "SELECT reference FROM document WHERE kind = 'statement'"
    )
    disputing.answer(
        portal.database,
        statement=statement,
        line="1",
        state="disputed",
        reason="the count is too low",
        payee_id=None,
        recorded_by="keiri",
        recorded_at=portal.clock(),
    )
    return statement, "1"


def test_an_empty_book_has_nothing_to_do(database: Database) -> None:
    counted = tasks(database)
    assert {name: count for name, count in vars(counted).items() if count} == {}
    assert counted.faults is None


def test_each_kind_is_counted_and_leads_to_its_page(portal: Portal) -> None:
    counted = tasks(portal.database)
    assert (counted.runs_late, counted.runs_to_approve) == (1, 0)
    assert tasks(portal.database, date(2026, 12, 20)).runs_to_approve == 1
    assert (counted.invoices_overdue, counted.uses_held) == (1, 1)
    dispute(portal)
    assert tasks(portal.database).disputes_open == 1
    with portal.browser("unno@genbo.example") as browser:
        text = browser.get("/").text
        for words in ("Payout runs past their day", "Overdue invoices", "Disputes to decide"):
            assert words in text
        assert "Receipts to match" not in text  # There are none.
        assert "Close November 2026" in text


def test_the_menu_of_the_house_begins_at_home(portal: Portal) -> None:
    with portal.browser("unno@genbo.example") as browser:
        assert browser.get("/").url.path == "/portal/desk"


def test_a_dispute_is_decided_once_with_a_reason(portal: Portal) -> None:
    statement, line = dispute(portal)
    path = f"/reviews/dispute?statement={statement}&line={line}"
    with portal.browser("unno@genbo.example") as browser:
        assert "the count is too low" in browser.get("/reviews").text
        for fields in ({"state": "upheld", "reason": ""}, {"state": "burnt", "reason": "x"}):
            assert browser.send(path, form="/reviews/dispute", **fields).status_code == 422
        browser.send(path, form="/reviews/dispute", state="upheld", reason="counted again")
        assert "counted again" in browser.get(path).text
        assert "<form class=" not in browser.get(path).text
        assert browser.get("/reviews/dispute?statement=STM-1&line=1").status_code == 404
    assert tasks(portal.database).disputes_open == 0


def test_claims_beyond_the_whole_are_shown_and_decided(portal: Portal) -> None:
    builders.party(portal.database, "kaze")
    for reference, party in (("CLM-1", "hoshino"), ("CLM-2", "kaze")):
        claim = NewClaim(
            reference=reference,
            subject="umi-no-uta",
            party=party,
            share_bp=6_000,
            starts_on=date(2026, 1, 1),
            state="asserted",
            reason="the contract of 2019",
        )
        contesting.enter_claims(
            portal.database, claims=[claim], recorded_by="keiri", recorded_at=portal.clock()
        )
    path = "/reviews/claims/CLM-1"
    with portal.browser("unno@genbo.example") as browser:
        assert "20" in browser.get("/reviews").text
        assert "CLM-2" in browser.get(path).text
        for share in ("0", "101", "x", "12.345"):
            told = browser.send(path, state="agreed", share=share, reason="agreed")
            assert told.status_code == 422, share
        browser.send(path, state="agreed", share="55.5", reason="agreed by both")
        browser.send("/reviews/claims/CLM-2", state="disputed", share="60", reason="no proof")
        assert browser.get("/reviews/claims/CLM-9").status_code == 404
    versions = "SELECT state, share_bp FROM claim_version ORDER BY version, claim_id"
    assert rows(portal.database, versions)[-2:] == [("agreed", 5_550), ("disputed", 6_000)]
    assert tasks(portal.database).claims_disputed == 1


def test_a_button_compares_the_book_and_keeps_what_was_found(portal: Portal) -> None:
    with portal.browser("unno@genbo.example") as browser:
        assert "has not been compared yet" in browser.get("/machinery").text
        browser.send("/machinery", form="/machinery/comparison")
        assert "unno@genbo.example" in browser.get("/machinery").text
    found = comparing.last_comparison(portal.database)
    assert found is not None
    assert found.agrees
    assert (tasks(portal.database).faults, len(found.broken)) == (0, 0)
    assert tasks(portal.database).bank_differences == len(found.bank_differences)
    assert rows(portal.database, "SELECT act FROM portal_act WHERE act = 'book_compared'") == [
        ("book_compared",)
    ]


def test_what_stripe_told_and_nobody_understood_is_handled_again(portal: Portal) -> None:
    listening.keep_event(
        portal.database,
        reference="evt_1",
        type_="charge.unheard_of",
        is_live=False,
        body="{}",
        created_at=portal.clock(),
        received_at=portal.clock(),
    )
    [event] = listening.list_events(portal.database)
    listening.record_look(
        portal.database,
        event=event,
        outcome="kept",
        reason="unknown",
        by="genbo work",
        at=portal.clock(),
    )
    assert tasks(portal.database).stripe_waiting == 1
    with portal.browser("unno@genbo.example") as browser:
        assert "charge.unheard_of" in browser.get("/machinery").text
        browser.send("/machinery", form="/machinery/stripe", event="evt_1")
        told = browser.send("/machinery", form="/machinery/comparison")
        assert told.status_code == 200
    assert tasks(portal.database).stripe_waiting == 0
