"""Exports of the journal are logged once, and new entries leave once."""

from datetime import date
from typing import Any

import pytest

from ledger.services import journaling
from ledger.services.journaling import Exported
from ledger.store.database import Database
from ledger.store.journal_exports import Selection
from tests.refusals import refusal
from tests.rows import row_counts
from tests.services import money
from tests.services.withheld import pay

NEW = Selection(not_yet_in="freee")


@pytest.fixture
def paid(database: Database) -> Database:
    """A book of one month, from invoice to payout."""
    money.house(database)
    pay(database)
    return database


def log(database: Database, **changes: Any) -> Exported:
    whole = journaling.read_journal(database, selection=Selection(), has_balances=False)
    asked: dict[str, Any] = {
        "format_": "freee",
        "selection": NEW,
        "encoding": "utf-8-sig",
        "book": whole,
        "content": b"...",
        "exported_by": "keiri",
        "exported_at": money.noon(date(2027, 1, 5)),
    }
    return journaling.log_export(database, **(asked | changes))


def test_two_who_export_what_is_new_at_once_do_not_get_the_same(paid: Database) -> None:
    book = journaling.read_journal(paid, selection=NEW, has_balances=False)
    assert log(paid, book=book).number == 1
    before = row_counts(paid)
    with refusal("journal_exported_meanwhile", "new"):
        log(paid, book=book)
    assert row_counts(paid) == before
    assert log(paid, book=book, selection=Selection()).number == 2  # Not only what is new.
    assert log(paid, format_="yayoi", selection=Selection(not_yet_in="yayoi")).number == 3


def test_a_file_of_whole_days_has_what_was_there_before(paid: Database) -> None:
    december = Selection(first_day=date(2026, 12, 1), last_day=date(2026, 12, 31))
    book = journaling.read_journal(paid, selection=december, has_balances=True)
    assert book.opening is not None
    assert sum(book.opening.values()) == 0
    assert {booked.entry.posted_on.month for booked in book.entries} == {12}
    assert journaling.read_journal(paid, selection=december, has_balances=False).opening is None


def test_entries_are_those_of_a_currency(paid: Database) -> None:
    with refusal("nothing_to_export", "from"):
        journaling.read_journal(paid, selection=Selection(currency="USD"), has_balances=False)
