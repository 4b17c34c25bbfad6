"""
Funding: the house puts its own money into the book's bank account, and takes it out again.

Payees under accrual terms are paid before the AI firm has paid, from this money. What is taken out
is never more than is the house's own: what it put in and earned, less what it has paid ahead.
"""

from dataclasses import dataclass
from datetime import date, datetime

from ledger.core.fields import CurrencyUnknown, check_instant, check_text, check_whole
from ledger.core.money import CURRENCY_EXPONENTS
from ledger.core.own_funds import (
    MoveKind,
    OwnFunds,
    OwnFundsInFuture,
    OwnFundsMove,
    OwnFundsMovedAlready,
    entry_of,
)
from ledger.core.period import first_open_day, tokyo_day
from ledger.services import BOOK_ID
from ledger.store import entries, months, own_funds
from ledger.store.database import Database


@dataclass(frozen=True, kw_only=True)
class OwnFundsShown:
    """How the house stands in one currency, and its newest moves."""

    funds: OwnFunds
    moves: tuple[OwnFundsMove, ...]


def move_own_funds(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    kind: MoveKind,
    currency: str,
    amount_minor: int,
    moved_on: date,
    bank_reference: str,
    reason: str,
    recorded_by: str,
    recorded_at: datetime,
) -> OwnFunds:
    """
    Write that the house put money into the bank account or took it out; return how it stands.

    It is posted on its own day, or on the first day the book is open after it.

    :raises OwnFundsInUse: more is to be taken out than is the house's own and free.
    :raises OwnFundsMovedAlready: the same reference of the bank was written down before.
    :raises OwnFundsInFuture: the day lies after ``recorded_at``.
    :raises FieldRefusal: a field cannot be taken as it was sent.
    """
    at = check_instant(recorded_at, field="recorded_at")
    move = OwnFundsMove(
        kind=kind,
        currency=_check_currency(currency),
        amount_minor=check_whole(amount_minor, field="amount_minor", least=1),
        moved_on=moved_on,
        bank_reference=check_text(bank_reference, field="bank_reference"),
        reason=check_text(reason, field="reason"),
        recorded_at=at,
        recorded_by=check_text(recorded_by, field="recorded_by"),
    )
    if moved_on > tokyo_day(at):
        raise OwnFundsInFuture(moved_on=moved_on, today=tokyo_day(at))
    with database.transaction() as session:
        own_funds.lock_own_funds(session, book_id=book_id)
        if own_funds.has_move(session, book_id=book_id, bank_reference=move.bank_reference):
            raise OwnFundsMovedAlready(value=move.bank_reference)
        if kind is MoveKind.TAKE:
            before = own_funds.find_own_funds(session, book_id=book_id, currency=move.currency)
            before.require_free(amount_minor)
        own_funds.insert_move(session, book_id=book_id, move=move)
        last_closed = months.read_months(session, book_id=book_id).last_closed
        posted_on = first_open_day(moved_on, last_closed=last_closed)
        entry = entry_of(move, posted_on=posted_on)
        entries.write_entry(session, book_id=book_id, entry=entry, recorded_at=at)
        return own_funds.find_own_funds(session, book_id=book_id, currency=move.currency)


def show_own_funds(
    database: Database, *, book_id: int = BOOK_ID, currency: str = "JPY", limit: int = 100
) -> OwnFundsShown:
    """Return how the house stands in a currency, and its moves in any, the newest first."""
    _check_currency(currency)
    with database.transaction() as session:
        return OwnFundsShown(
            funds=own_funds.find_own_funds(session, book_id=book_id, currency=currency),
            moves=own_funds.list_moves(session, book_id=book_id, limit=limit),
        )


def _check_currency(currency: str) -> str:
    if currency not in CURRENCY_EXPONENTS:
        raise CurrencyUnknown(field="currency", value=currency)
    return currency
