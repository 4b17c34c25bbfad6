"""The trial balance is the journal added up: by any days, by party or not, and zero in sum."""

from datetime import date

import pytest

from ledger.core.journal import AccountCode
from ledger.core.trial_balance import totals
from ledger.services import balancing
from ledger.store.database import Database
from tests.refusals import refusal
from tests.services import money
from tests.services.withheld import pay

LAST = date(2026, 12, 31)


@pytest.fixture
def paid(database: Database) -> Database:
    """A book of one month, invoiced on 5 November, paid out on 25 December."""
    money.house(database)
    pay(database)
    return database


def test_debits_are_credits_and_balances_sum_to_zero(paid: Database) -> None:
    lines = balancing.trial_balance(paid, last_day=LAST)
    (total,) = totals(lines)
    assert total.debit_minor == total.credit_minor > 0
    assert (total.opening_minor, total.closing_minor, total.currency) == (0, 0, "JPY")
    assert [line.code for line in lines] == [
        code for code in AccountCode if code in {line.code for line in lines}
    ]


def test_it_is_the_balances_that_the_book_keeps(paid: Database) -> None:
    lines = balancing.trial_balance(paid, last_day=LAST, is_by_party=True)
    found = {
        f"{line.code}:{line.party}" if line.party else str(line.code): line.closing_minor
        for line in lines
        if line.closing_minor
    }
    assert found == money.balances(paid)


def test_what_closes_some_days_opens_the_next(paid: Database) -> None:
    november = balancing.trial_balance(paid, last_day=date(2026, 11, 30), is_by_party=True)
    december = balancing.trial_balance(
        paid, first_day=date(2026, 12, 1), last_day=LAST, is_by_party=True
    )
    closing = {(line.code, line.party): line.closing_minor for line in november}
    opening = {(line.code, line.party): line.opening_minor for line in december}
    assert {key: amount for key, amount in closing.items() if amount} == {
        key: amount for key, amount in opening.items() if amount
    }
    bank = next(line for line in december if line.code == AccountCode.BANK)
    assert (bank.opening_minor, bank.debit_minor) == (3_200_000, 0)


def test_parties_add_up_to_their_account(paid: Database) -> None:
    whole = balancing.trial_balance(paid, last_day=LAST)
    parts = balancing.trial_balance(paid, last_day=LAST, is_by_party=True)
    for line in whole:
        same = [part for part in parts if part.code == line.code]
        assert line.debit_minor == sum(part.debit_minor for part in same)
        assert line.closing_minor == sum(part.closing_minor for part in same)
    assert {part.party for part in parts if part.code == AccountCode.PAYABLE} == {
        *("han", "kawasemi", "minami")
    }


def test_days_that_are_reversed_are_refused(paid: Database) -> None:
    with refusal("days_reversed", "from"):
        balancing.trial_balance(paid, first_day=LAST, last_day=date(2026, 12, 30))


def test_nothing_was_posted_before_the_first_entry(paid: Database) -> None:
    assert balancing.trial_balance(paid, last_day=date(2026, 11, 4)) == ()
