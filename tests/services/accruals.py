"""The house's own money in tests, and what statements say of lines that are divided by it."""

from datetime import date

from ledger.core.own_funds import MoveKind, OwnFunds
from ledger.core.statement import Statement
from ledger.services import funding
from ledger.store.database import Database
from tests.services.money import noon

NOVEMBER_6 = date(2026, 11, 6)


def put(database: Database, amount_minor: int, *, reference: str = "own 1") -> OwnFunds:
    """Let the house put its own money in."""
    return move(database, MoveKind.PUT, amount_minor, reference=reference)


def take(database: Database, amount_minor: int, *, reference: str = "own 2") -> OwnFunds:
    """Let the house take its own money out."""
    return move(database, MoveKind.TAKE, amount_minor, reference=reference)


def move(
    database: Database,
    kind: MoveKind,
    amount_minor: int,
    *,
    reference: str,
    on: date = NOVEMBER_6,
    recorded_on: date | None = None,
) -> OwnFunds:
    """Move the house's own money."""
    return funding.move_own_funds(
        database,
        kind=kind,
        currency="JPY",
        amount_minor=amount_minor,
        moved_on=on,
        bank_reference=reference,
        reason="royalty that firms owe",
        recorded_by="keiri",
        recorded_at=noon(recorded_on or on),
    )


def used(statement: Statement) -> list[tuple[str, int]]:
    """Return what a statement lists: from what it is paid, and how much."""
    return [
        (row.paid_from, row.royalty_minor)
        for section in statement.sections
        for row in section.usage
    ]
