"""The operator's months: a preview, one button that closes, and what each role may do there."""

from collections.abc import Iterator
from datetime import date

import pytest

from api.demo.hosting import DemoClock
from ledger.core.completeness import NewDeclaration
from ledger.services import conducting, declaring
from ledger.store.database import Database
from tests import builders
from tests.api.portals import Portal, serving
from tests.rows import rows
from tests.services import money
from tests.services.usage import generation, report

NOVEMBER = money.NOVEMBER


@pytest.fixture
def portal(database: Database, clock: DemoClock) -> Iterator[Portal]:
    """A portal on 5 December 2026, of a book with use in November."""
    money.house(database)
    builders.license(database)
    report(database, generation(1_000, on=date(2026, 11, 5)))
    clock.move_to(money.noon(date(2026, 12, 5)))
    with serving(database, clock) as opened:
        yield opened


def operator(portal: Portal) -> str:
    return portal.person("genbo", role="operator", email="unno@genbo.example", name="Unno Aki")


def test_months_are_listed_with_how_they_stand(portal: Portal) -> None:
    with portal.browser(operator(portal)) as browser:
        text = browser.get("/months").text
        assert text.index("December 2026") < text.index("November 2026")
        assert "Running" in text
        assert "Ready to close" in text


def test_a_preview_writes_nothing_and_shows_what_stands_in_the_way(portal: Portal) -> None:
    with portal.browser(operator(portal)) as browser:
        text = browser.get("/months/2026-11").text
        assert "JPY 12,000" in text
        assert "Not declared yet: studio-a (1)." in text
        assert "Close November 2026" in text
        running = browser.get("/months/2026-12").text
        assert "cannot be closed before" in running
        assert '<button class="button is-main"' not in running
    assert rows(portal.database, "SELECT FROM month_closing") == []


def test_one_button_closes_a_month_through_its_statements(portal: Portal) -> None:
    with portal.browser(operator(portal)) as browser:
        shown = browser.send("/months/2026-11")
        assert shown.url.path == "/portal/months/2026-11"
        assert shown.text.count("Done") == 4
        assert "Unno Aki &lt;unno@genbo.example&gt;" in shown.text
        assert "Close November 2026" not in shown.text
        assert "Began to close 2026-11" in browser.get("/acts").text
        assert "INV-2026" in browser.get("/documents").text
    state = conducting.month_state(portal.database, month=NOVEMBER)
    assert state.closed_by == "Unno Aki <unno@genbo.example>"
    assert state.settled_at is not None
    assert state.invoice_count == 1


def test_a_month_is_closed_once_however_often_the_button_is_pressed(portal: Portal) -> None:
    with portal.browser(operator(portal)) as browser:
        shown = browser.get("/months/2026-11").text
        browser.send("/months/2026-11")
        token = shown.partition('action="/portal/months/2026-11"')[2]
        csrf = token.partition('name="csrf" value="')[2].partition('"')[0]
        again = browser.client.post("/months/2026-11", data={"csrf": csrf})
        assert again.status_code == 200
    assert len(rows(portal.database, "SELECT FROM month_closing")) == 1
    assert len(rows(portal.database, "SELECT FROM invoice")) == 1


def test_a_difference_is_accepted_with_a_reason_or_not_at_all(portal: Portal) -> None:
    declare_otherwise(portal)
    with portal.browser(operator(portal)) as browser:
        refused = browser.send("/months/2026-11")
        assert refused.status_code == 409
        assert "differ" in refused.text
        assert rows(portal.database, "SELECT FROM month_closing") == []
        browser.send("/months/2026-11", reason="agreed by telephone")
    assert rows(portal.database, "SELECT reason FROM accepted_difference") == [
        ("agreed by telephone",)
    ]


def declare_otherwise(portal: Portal) -> None:
    """Let the firm declare that there was nothing."""
    [(firm,)] = rows(portal.database, "SELECT party_id FROM party WHERE role = 'licensee'")
    declaring.declare(
        portal.database,
        licensee_id=firm,
        licensee="studio-a",
        month=NOVEMBER,
        new=NewDeclaration(is_nil=True),
        declared_at=portal.clock(),
    )


def test_an_approver_looks_and_does_not_close(portal: Portal) -> None:
    email = portal.person("genbo", role="approver", email="shimizu@genbo.example", name="Shimizu")
    with portal.browser(email) as browser:
        shown = browser.get("/months/2026-11")
        assert "Operators close months" in shown.text
        assert '<button class="button is-main"' not in shown.text
        assert browser.send("/account", "/months/2026-11").status_code == 404
        assert rows(portal.database, "SELECT FROM month_closing") == []


@pytest.mark.parametrize(
    "path", ["/months/2026-13", "/months/2026-1", "/months/x", "/months/2026-11/close"]
)
def test_what_is_no_month_is_not_there(path: str, portal: Portal) -> None:
    with portal.browser(operator(portal)) as browser:
        assert browser.get(path).status_code == 404
