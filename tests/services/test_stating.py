"""Revenue is stated in turns, and never slips past a closing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from ledger.core.agreement import NewRevenueShare
from ledger.core.period import Month
from ledger.core.revenue_report import NewRevenue, RevenueMonth
from ledger.services import auditing, closing, stating
from ledger.services.closing import AlreadyClosed
from ledger.store.database import Database
from tests import builders
from tests.refusals import refusal
from tests.rows import rows
from tests.services.usage import generation, report

OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)
AT = datetime(2026, 11, 2, tzinfo=UTC)
SHARE = NewRevenueShare(percent=50, base="gross_revenue", currency="JPY")


@pytest.fixture(autouse=True)
def agreed(database: Database) -> None:
    """A firm that owes half of what it takes in, and has used something."""
    terms = builders.new_terms(revenue_share=SHARE)
    builders.license(database, grants=(builders.new_grant(terms=terms),))
    report(database, generation(1))


def state(database: Database, amount: int, month: Month = OCTOBER) -> RevenueMonth:
    return stating.state_revenue(
        database,
        licensee="studio-a",
        month=month,
        new=(NewRevenue(license="LIC-2026-001", amount=amount, currency="JPY"),),
        stated_by="studio-a",
        stated_at=AT,
    )


def close(database: Database, month: Month = OCTOBER) -> None:
    closing.close_month(
        database, month=month, closed_by="keiri", closed_at=month.ends_at + timedelta(hours=1)
    )


def test_statements_at_once_are_numbered_one_after_another(database: Database) -> None:
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(lambda amount: state(database, amount), range(1, 9)))
    (grant,) = state(database, 9).grants
    assert [each.version for each in grant.versions] == list(range(1, 10))
    assert {each.amount for each in grant.versions} == set(range(1, 10))


def test_a_statement_beside_a_closing_is_counted_by_it_or_by_the_next_one(
    database: Database,
) -> None:
    with ThreadPoolExecutor(max_workers=5) as pool:
        stated = [pool.submit(state, database, amount) for amount in (100, 200, 300, 400)]
        pool.submit(close, database).result()
        for each in stated:
            each.result()
    counted = rows(
        database,
        "SELECT c.revenue_version, (SELECT max(version) FROM revenue_report"
        " WHERE counted_month = '2026-10-01') FROM revenue_comparison c",
    )
    assert counted[0][0] == counted[0][1]  # All that were counted in October were known to it.
    state(database, 0, NOVEMBER)
    close(database, NOVEMBER)
    assert not any(auditing.audit(database).values())
    (grant,) = state(database, 0, NOVEMBER).grants
    assert grant.latest is not None


def test_a_month_is_stated_from_its_beginning_on(database: Database) -> None:
    with refusal("month_not_begun", "month"):
        state(database, 1, NOVEMBER.next())


def test_a_closed_month_is_stated_for_the_next_closing(database: Database) -> None:
    close(database)
    (grant,) = state(database, 1_000).grants
    assert [each.counted_month for each in grant.versions] == [NOVEMBER.first_day]
    with pytest.raises(AlreadyClosed):
        close(database)
    state(database, 0, NOVEMBER)
    close(database, NOVEMBER)
    assert not any(auditing.audit(database).values())
    found = stating.read_month(database, licensee="studio-a", month=OCTOBER)
    assert [each.top_up_minor for each in found.grants[0].comparisons] == [None, 488]


def test_nobody_else_has_a_month(database: Database) -> None:
    with refusal("licensee_not_found", "licensee"):
        stating.read_month(database, licensee="hoshino", month=OCTOBER)
