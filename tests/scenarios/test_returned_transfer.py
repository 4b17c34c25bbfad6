"""
A transfer that came back (組戻し), as the bank's statement tells of it.

It is found by its amount, said by a person, owed again and paid again; the ledger agrees with the
bank all along.
"""

from datetime import date
from typing import Any

import pytest

from api.bank_statements import narrow_or_none
from invoices.statement_file import read_zengin
from ledger.services import answering, auditing, comparing, importing, matching, returning
from ledger.store.database import Database
from tests.invoices.statement_files import statement
from tests.refusals import refused
from tests.rows import row_counts
from tests.services.money import (
    BANK_NAMES,
    balances,
    bill,
    house,
    is_banking_day,
    noon,
    receive_all,
    release,
    sell,
    settle,
)

RUN = "PAY-2026-11"
AMOUNT = 101_200
READ_ON = date(2027, 1, 4)


@pytest.fixture
def told(database: Database) -> Database:
    """A book that paid Hoshino on 25 December, and a statement: it came back on the 28th."""
    house(database)
    sell(database, 100_000)
    receive_all(database, bill(database))
    settle(database)
    release(database, RUN)
    out = {"amount_yen": AMOUNT, "direction": 2, "booked_on": "081225"}
    back = {"number": 9, "amount_yen": AMOUNT, "payer": "ｸﾐﾓﾄﾞｼ ﾎｼﾉ", "booked_on": "081228"}
    content = statement(out, back, days=("081201", "081231"), opening=110_000)
    importing.import_file(
        database,
        name="december.txt",
        content=content,
        statements=read_zengin(content, read_on=READ_ON),
        narrow=narrow_or_none,
        imported_by="keiri",
        imported_at=noon(READ_ON),
    )
    return database


def line_of(database: Database) -> int:
    (line,) = matching.list_unmatched(database).lines
    return line.id


def take(database: Database, **changes: Any) -> None:
    asked: dict[str, Any] = {
        "line_id": 2,
        "run_reference": RUN,
        "payee": "hoshino",
        "reason": "account closed",
        "recorded_by": "keiri",
        "recorded_at": noon(READ_ON),
    }
    returning.take_return(database, **asked | changes)


def is_whole(database: Database) -> bool:
    assert not {name: found for name, found in auditing.audit(database).items() if found}
    return sum(balances(database).values()) == 0


def test_what_came_back_is_proposed_taken_and_paid_again(told: Database) -> None:
    line = line_of(told)  # It waits: nothing is taken for a return by itself.
    (proposed,) = returning.propose_returns(told, line_id=line)
    assert (proposed.run, proposed.payee, proposed.returned_on) == (RUN, "hoshino", None)
    take(told, line_id=line)
    assert matching.list_unmatched(told).lines == ()
    assert balances(told)["payable:hoshino"] == -AMOUNT
    found = comparing.compare_bank(told)
    assert (found.agreed_count, found.difference_count) == (2, 0)
    again = answering.plan_again(
        told,
        pay_on=date(2027, 1, 8),
        planned_by="keiri",
        planned_at=noon(READ_ON),
        bank_names=BANK_NAMES,
        is_banking_day=is_banking_day,
    )
    release(told, again.reference)
    assert "payable:hoshino" not in balances(told)
    assert is_whole(told)


def test_a_return_that_was_recorded_before_is_linked_and_posted_once(told: Database) -> None:
    answering.record_return(
        told,
        run_reference=RUN,
        payee="hoshino",
        returned_on=date(2026, 12, 31),
        reason="the bank telephoned",
        recorded_by="keiri",
        recorded_at=noon(READ_ON),
    )
    before = row_counts(told)["entry"]
    take(told, line_id=line_of(told))
    assert row_counts(told)["entry"] == before
    assert comparing.compare_bank(told).difference_count == 0
    assert is_whole(told)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"line_id": 1}, "no_line_to_return"),  # It went out.
        ({"line_id": 99}, "no_line_to_return"),
        ({"run_reference": "PAY-2026-09"}, "payout_run_unknown"),
        ({"payee": "umino"}, "payee_not_in_run"),
        ({"reason": " "}, "text_missing"),
        ({"recorded_by": ""}, "text_missing"),
    ],
)
def test_what_cannot_be_is_refused(told: Database, changes: dict[str, Any], code: str) -> None:
    before = row_counts(told)
    with refused(code):
        take(told, **{"line_id": line_of(told)} | changes)
    assert row_counts(told) == before


def test_a_line_is_taken_once_and_a_payout_comes_back_once(told: Database) -> None:
    line = line_of(told)
    take(told, line_id=line)
    with refused("no_line_to_return"):
        take(told, line_id=line)
    content = statement(
        {"number": 11, "amount_yen": AMOUNT, "payer": "ﾎｼﾉ", "booked_on": "090105"},
        days=("090101", "090131"),
        opening=110_000,
    )
    importing.import_file(
        told,
        name="january.txt",
        content=content,
        statements=read_zengin(content, read_on=date(2027, 2, 1)),
        narrow=narrow_or_none,
        imported_by="keiri",
        imported_at=noon(date(2027, 2, 1)),
    )
    later = line_of(told)
    assert returning.propose_returns(told, line_id=later) == ()
    with refused("line_is_not_that_payout"):
        take(told, line_id=later, recorded_at=noon(date(2027, 2, 1)))
    assert is_whole(told)
