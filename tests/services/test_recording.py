"""What payees were paid in a year is recorded once, above the threshold, and ties to the books."""

from datetime import date
from typing import Any

import pytest

from ledger.core.payment_record import records_due_on
from ledger.services import BOOK_ID, recording
from ledger.services.recording import Recorded
from ledger.store import documents
from ledger.store.database import Database
from tests import builders
from tests.refusals import refusal
from tests.rows import row_counts
from tests.services import money
from tests.services.revised import is_sound
from tests.services.test_noticing import RUN

NEW_YEAR = date(2027, 1, 12)


def issue(database: Database, **changes: Any) -> Recorded:
    """Issue the records of 2026 in January."""
    asked: dict[str, Any] = {
        "year": 2026,
        "issued_on": NEW_YEAR,
        "is_banking_day": money.is_banking_day,
    }
    return recording.issue_records(database, **(asked | changes))


def pay(database: Database, **amounts: int) -> None:
    """Pay some authors in December 2026 for a work of each; "london" is abroad."""
    money.house(database)
    for name, amount in amounts.items():
        country = "GB" if name == "london" else "JP"
        builders.parties(
            database, builders.new_person(name, minimum_payment_minor=0, country=country)
        )
        builders.work(database, f"work-{name}", owner=name)
        money.sell(database, amount, work=f"work-{name}")
    money.receive_all(database, money.bill(database))
    money.settle(database)
    money.release(database, RUN)


def test_authors_above_the_threshold_have_a_record_and_all_are_in_the_total(
    database: Database,
) -> None:
    pay(database, minami=1_000_000, kita=40_000)
    made = issue(database)
    (record,) = made.records
    assert (record.number, record.payee.reference) == ("PRC-2026-000001", "minami")
    assert record.amount_minor == 920_000
    assert record.withheld_minor == 93_932  # 10.21 % of 920,000
    assert record.due_on == date(2027, 2, 1)
    assert made.total is not None
    assert [
        (each.is_recorded, each.payee_count, each.amount_minor) for each in made.total.totals
    ] == [
        (True, 1, 920_000),
        (False, 1, 36_800),
    ]
    # What was withheld in all is what the journal holds as withheld, unrecorded payees included.
    assert money.balances(database)["withholding"] == -made.total.withheld_minor
    assert is_sound(database)


def test_a_second_call_issues_nothing_and_burns_no_number(database: Database) -> None:
    pay(database, minami=1_000_000)
    issue(database)
    before = row_counts(database)
    again = issue(database)
    assert (again.records, again.total) == ((), None)
    assert row_counts(database) == before


def test_each_payee_abroad_is_recorded_however_little_it_was_paid(database: Database) -> None:
    pay(database, london=10_000)
    (record,) = issue(database).records
    assert record.scope == "non_resident"
    assert record.payments[0].rates_bp == (2042,)
    assert is_sound(database)


@pytest.mark.parametrize(
    ("paid", "is_recorded"),
    [
        (54_347, False),  # 50,000 after the fee of 8 %: not above it
        (54_348, True),
    ],
)
def test_the_threshold_itself_is_not_above_it(
    database: Database, paid: int, is_recorded: bool
) -> None:
    pay(database, minami=paid)
    made = issue(database)
    assert bool(made.records) is is_recorded


def test_the_house_gets_the_total_sheet_and_payees_see_only_their_own(database: Database) -> None:
    pay(database, minami=1_000_000)
    issue(database)
    with database.transaction() as session:
        found = documents.list_documents(
            session, book_id=BOOK_ID, owner_id=None, kind="payment_record_total", limit=10
        )
    assert [each.owner_reference for each in found] == ["genbo"]


def test_a_year_that_is_not_over_or_empty_is_refused(database: Database) -> None:
    money.house(database)
    with refusal("year_not_over", "issued_on"):
        issue(database, issued_on=date(2026, 12, 31))
    with refusal("nothing_to_record", "year"):
        issue(database)
    with refusal("number_out_of_range", "year"):
        issue(database, year=0)


@pytest.mark.parametrize(
    ("year", "due_on"),
    [(2026, date(2027, 2, 1)), (2027, date(2028, 1, 31)), (2025, date(2026, 2, 2))],
)
def test_records_are_due_at_the_end_of_january_or_the_next_day_banks_are_open(
    year: int, due_on: date
) -> None:
    assert records_due_on(year, is_banking_day=money.is_banking_day) == due_on
