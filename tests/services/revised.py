"""Statements as tests revise them, two days after they were issued, and how they differ."""

from datetime import date
from typing import Any

from ledger.core.statement import Statement
from ledger.services import auditing, mending, revising
from ledger.services.mending import PartyChange
from ledger.store.database import Database
from tests.services import money
from tests.services.committees import committee

REVISED_ON = date(2026, 12, 12)


def revise(database: Database, statement: str, **changes: Any) -> tuple[Statement, ...]:
    """Revise a statement two days after it was issued."""
    on = changes.pop("issued_on", REVISED_ON)
    asked: dict[str, Any] = {
        "statement": statement,
        "reason": "The shares are those of the memorandum of 1 December",
        "revised_by": "keiri",
        "revised_at": money.noon(on),
        "issued_on": on,
    }
    return revising.revise_statement(database, **(asked | changes))


def correct(database: Database, party: str, **change: Any) -> None:
    mending.correct_party(
        database,
        party=party,
        change=PartyChange(**change),
        reason="As it is in the register",
        recorded_by="keiri",
        recorded_at=money.noon(REVISED_ON),
    )


def is_sound(database: Database) -> bool:
    broken = {name: found for name, found in auditing.audit(database).items() if found}
    assert broken == {}
    return True


def said(statement: Statement) -> list[tuple[str, str, str, str, str]]:
    """Return how a revision differs: whose, what, how, from and to."""
    assert statement.revises is not None
    return [
        (each.part, each.field, each.change, each.before, each.after)
        if each.before_minor is None
        else (each.part, each.field, each.change, str(each.before_minor), str(each.after_minor))
        for each in statement.revises.differences
    ]


def pay_a_committee(database: Database) -> dict[str, Statement]:
    """The committee's statements of November, from which everybody was paid."""
    money.house(database)
    committee(database)
    money.sell(database, 8_765_432, work="drama")
    money.receive_all(database, money.bill(database))
    run = money.settle(database).run_reference
    assert run is not None
    money.release(database, run)
    return money.statements(database)
