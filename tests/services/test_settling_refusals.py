"""What a settlement refuses, whom it waits for, and that a refused one leaves nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from ledger.core.agreement import NewTier
from ledger.core.fields import TextMissing
from ledger.core.payout_refusal import NotABankingDay
from ledger.core.reckoning import EntrustmentMissing, WaterfallMissing
from ledger.core.refusal import Refusal
from ledger.services.settling import (
    MonthAlreadySettled,
    MonthNotOver,
    PayOnBeforeIssue,
)
from ledger.store.database import Database
from ledger.store.payouts import InsufficientCash
from tests import builders
from tests.rows import counted_statements, row_counts, rows
from tests.services.committees import committee
from tests.services.money import (
    DECEMBER,
    NOVEMBER,
    OCTOBER,
    bill,
    house,
    receive_all,
    sell,
    settle,
)
from tests.services.usage import generation, report


def received(database: Database, amount_minor: int = 10_000, **changes: Any) -> None:
    """Sell, invoice and receive one month's fee."""
    house(database)
    sell(database, amount_minor, **changes)
    receive_all(database, bill(database))


@pytest.mark.parametrize(
    ("changes", "refusal", "values"),
    [
        (
            {"issued_on": date(2026, 11, 30)},  # Somebody may still pay today.
            MonthNotOver,
            {"month": "2026-11", "issued_on": "2026-11-30"},
        ),
        (
            {"pay_on": date(2026, 12, 9)},
            PayOnBeforeIssue,
            {"pay_on": "2026-12-09", "issued_on": "2026-12-10"},
        ),
        (
            {"pay_on": date(2026, 12, 26)},  # A Saturday.
            NotABankingDay,
            {"pay_on": "2026-12-26", "next_banking_day": "2026-12-28"},
        ),
        ({"settled_by": " "}, TextMissing, {"field": "settled_by"}),
    ],
)
def test_days_that_cannot_be_are_refused(
    database: Database, changes: dict[str, Any], refusal: type[Refusal], values: dict[str, str]
) -> None:
    received(database)
    before = row_counts(database)
    with pytest.raises(refusal) as refused:
        settle(database, **changes)
    assert refused.value.values.items() >= values.items()
    assert row_counts(database) == before


@pytest.mark.parametrize("month", [OCTOBER, NOVEMBER])
def test_a_month_is_settled_once_and_months_in_order(database: Database, month: Any) -> None:
    received(database)
    settle(database)
    before = row_counts(database)
    with pytest.raises(MonthAlreadySettled) as refused:
        settle(database, month, issued_on=date(2026, 12, 11), pay_on=date(2026, 12, 25))
    assert refused.value.values == {"month": str(month), "last": "2026-11"}
    assert row_counts(database) == before


def test_of_two_who_settle_at_once_one_is_told(database: Database) -> None:
    received(database)

    def attempt(_: int) -> str:
        try:
            settle(database)
        except MonthAlreadySettled as refusal:
            return refusal.code
        return "settled"

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(attempt, range(2))) == ["month_already_settled", "settled"]
    assert rows(database, "SELECT count(*) FROM statement") == [(1,)]


def test_a_receipt_is_settled_once_and_a_later_one_waits(database: Database) -> None:
    house(database)
    sell(database, 10_000)
    sell(database, 20_000, licensee="studio-b")
    first, second = bill(database)
    receive_all(database, [first])
    receive_all(database, [second], on=date(2026, 12, 1))  # A day after the month.
    assert settle(database).received_minor == 11_000
    assert settle(database, DECEMBER).received_minor == 22_000
    assert settle(database, DECEMBER.next()).receipt_count == 0


def test_a_holder_whose_fee_is_not_agreed_stops_the_settlement(database: Database) -> None:
    house(database)
    builders.party(database, "hoshino", entrustment=None)
    sell(database, 10_000)
    receive_all(database, bill(database))
    with pytest.raises(EntrustmentMissing) as refused:
        settle(database)
    assert refused.value.values == {"holder": "hoshino", "day": "2026-11-30"}


def test_a_committee_without_a_contract_in_force_stops_the_settlement(database: Database) -> None:
    house(database)
    committee(database, effective_from=DECEMBER)
    sell(database, 10_000, work="drama")
    receive_all(database, bill(database))
    with pytest.raises(WaterfallMissing) as refused:
        settle(database)
    assert refused.value.values == {"committee": "kaze-committee", "month": "2026-11"}


def test_what_is_given_back_to_one_is_not_paid_with_the_money_of_another(
    database: Database,
) -> None:
    house(database)
    builders.party(database, "umino", minimum_payment_minor=0)
    builders.work(database, "umi", owner="umino")
    tiers = (NewTier(up_to=100, rate=12), NewTier(up_to=None, rate=1))
    volume = builders.new_rate_line(
        tier_mode="whole_volume", tiers=tiers, counter_scope="contract_year"
    )
    builders.party(database, "hoshino", minimum_payment_minor=0)
    builders.license(
        database, grants=(builders.new_grant(terms=builders.new_terms(rate_lines=(volume,))),)
    )
    sell(database, 10_000, work="umi", month=NOVEMBER)
    report(database, generation(100))
    receive_all(database, bill(database))
    settle(database)  # The first hundred images: 1,200 yen, paid out.
    report(database, generation(10, on=date(2026, 11, 15)))
    receive_all(database, bill(database, NOVEMBER), on=date(2026, 12, 28))
    # 1,090 of it are given back, by a holder that has been paid; the other's 10,000 stand.
    with pytest.raises(InsufficientCash):
        settle(database, DECEMBER)


def test_the_statements_a_settlement_runs_do_not_grow_with_what_it_settles(
    database: Database,
) -> None:
    house(database)
    committee(database, effective_from=DECEMBER)  # Its fixed costs begin then.
    sell(database, 1_000_000)
    sell(database, 9_000_000, work="drama", month=NOVEMBER)
    for number in range(6):
        builders.party(database, f"holder-{number}")
        builders.work(database, f"work-{number}", owner=f"holder-{number}")
        sell(database, 1_000_000, work=f"work-{number}", month=NOVEMBER)
    receive_all(database, bill(database))
    with counted_statements(database) as few:
        assert len(settle(database).statements) == 1
    receive_all(database, bill(database, NOVEMBER), on=date(2026, 12, 28))
    with counted_statements(database) as many:
        assert len(settle(database, DECEMBER).statements) == 16
    assert len(many) == len(few)


def test_a_settlement_with_nothing_received_is_settled_all_the_same(database: Database) -> None:
    house(database)
    settled = settle(database)
    assert (settled.receipt_count, settled.statements, settled.run_reference) == (0, (), None)
    with pytest.raises(MonthAlreadySettled):
        settle(database)


def test_a_closed_month_takes_no_settlement(database: Database) -> None:
    received(database)
    bill(database, NOVEMBER)
    bill(database, DECEMBER)
    with pytest.raises(Refusal) as refused:
        settle(database)
    assert refused.value.code == "month_closed"
    with database.transaction() as session:
        assert session.execute(text("SELECT count(*) FROM settlement")).scalar_one() == 0
