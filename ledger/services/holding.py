"""
Holding: a payee is held back from payout runs, and let go again; each with who, when and why.

What a held payee earns is carried. A run that was planned before cannot be released while it pays
somebody who is held.
"""

from collections.abc import Sequence
from datetime import datetime

from ledger.core.fields import check_instant, check_text, check_whole
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import payee_holds, settlements
from ledger.store.database import Database, Transaction
from ledger.store.parties import PartyInBook, require_holder, require_parties
from ledger.store.payee_holds import PayeeHold

#: How many holds are listed at once, at most.
LIMIT_MAX = 1_000


class PayeeHeldAlready(Refusal):
    """The payee is held back. Carries by whom and why."""

    code = "payee_held_already"
    field = "payee"


class PayeeNotHeld(Refusal):
    """The payee is not held back. Carries it."""

    code = "payee_not_held"
    field = "payee"


def hold_payee(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    payee: str,
    reason: str,
    held_by: str,
    held_at: datetime,
) -> None:
    """
    Let nothing be paid to a payee from now on.

    :raises PartyUnknown: there is no such party.
    :raises NotARightsHolder: it is nobody whom the house pays.
    :raises PayeeHeldAlready: somebody held it back before.
    """
    reason = check_text(reason, field="reason")
    held_by = check_text(held_by, field="held_by")
    at = check_instant(held_at, field="held_at")
    with database.transaction() as session:
        party, hold = _found(session, book_id, payee)
        if hold is not None:
            raise PayeeHeldAlready(payee=payee, held_by=hold.held_by, reason=hold.reason)
        payee_holds.insert_hold(
            session, owner_id=party.id, held_at=at, held_by=held_by, reason=reason
        )


def let_go(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    payee: str,
    reason: str,
    ended_by: str,
    ended_at: datetime,
) -> None:
    """
    Let a payee be paid again, from the next run on.

    :raises PartyUnknown, NotARightsHolder: as of :func:`hold_payee`.
    :raises PayeeNotHeld: nobody held it back.
    """
    reason = check_text(reason, field="reason")
    ended_by = check_text(ended_by, field="ended_by")
    at = check_instant(ended_at, field="ended_at")
    with database.transaction() as session:
        party, hold = _found(session, book_id, payee)
        if hold is None:
            raise PayeeNotHeld(payee=payee)
        payee_holds.insert_ending(
            session,
            hold_id=hold.id,
            owner_id=party.id,
            ended_at=at,
            ended_by=ended_by,
            reason=reason,
        )


def list_holds(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    payee: str | None = None,
    is_open: bool = True,
    limit: int = LIMIT_MAX,
) -> Sequence[PayeeHold]:
    """
    Return who is held back, or with ``is_open`` false who ever was, in the order of writing.

    :raises FieldRefusal: ``limit`` is not from 1 to 1,000.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        return payee_holds.list_holds(
            session, book_id=book_id, payee=payee, is_open=is_open, limit=limit
        )


def _found(session: Transaction, book_id: int, payee: str) -> tuple[PartyInBook, PayeeHold | None]:
    """Return a payee and its hold, while nobody else settles, releases or decides on it."""
    settlements.lock_settlements(session, book_id=book_id)
    party = require_parties(session, book_id=book_id, fields={payee: "payee"})[payee]
    require_holder(party, field="payee")
    found = payee_holds.list_holds(session, book_id=book_id, payee=payee, is_open=True, limit=1)
    return party, next(iter(found), None)
