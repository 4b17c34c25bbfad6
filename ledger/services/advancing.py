"""
Advancing: what a payee is paid ahead, as it was agreed; settlements pay it and set it off.

One that was not paid yet can be withdrawn. One that was is there until it is used up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.core.fields import check_instant, check_new, check_text, check_whole
from ledger.core.party import PartyKind, Role
from ledger.core.payee_advance import AdvanceIsNotPayable, NewPayeeAdvance, check_payee_advance
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import payee_advances, settlements
from ledger.store.database import Database
from ledger.store.parties import lock_names, require_parties
from ledger.store.payee_advances import PayeeAdvanceInBook

#: Most rows of one page.
LIMIT_MAX = 1_000


class PayeeAdvanceUnknown(Refusal):
    """No advance to a payee has the reference."""

    code = "payee_advance_unknown"
    field = "reference"


class PayeeAdvanceIsPaid(Refusal):
    """An advance that a payout run pays cannot be withdrawn any more. Carries the month."""

    code = "payee_advance_is_paid"
    field = "reference"


class PayeeAdvanceIsWithdrawn(Refusal):
    """The advance was withdrawn before. Carries by whom and when."""

    code = "payee_advance_is_withdrawn"
    field = "reference"


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some advances, and where to go on; None when there are no more."""

    advances: tuple[PayeeAdvanceInBook, ...]
    next_after: int | None


def enter_advances(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    advances: Sequence[NewPayeeAdvance],
    recorded_by: str,
    recorded_at: datetime,
) -> None:
    """
    Write advances that were agreed with payees, all or none.

    :raises ReferenceTaken: one is in the book already, or twice in the list.
    :raises PartyUnknown: a payee is not in the book.
    :raises AdvanceIsNotPayable: it is no company or person that holds rights.
    :raises FieldRefusal: another field cannot be taken as it was sent.
    """
    check_text(recorded_by, field="recorded_by")
    at = check_instant(recorded_at, field="recorded_at")
    for each in advances:
        check_payee_advance(each)
    references = [each.reference for each in advances]
    with database.transaction() as session:
        lock_names(session)
        taken = payee_advances.find_advances(session, book_id=book_id, references=references)
        check_new(references, taken=taken, field="reference")
        found = require_parties(
            session, book_id=book_id, fields={each.payee: "payee" for each in advances}
        )
        for party in found.values():
            if party.kind == PartyKind.COMMITTEE or party.role != Role.RIGHTS_HOLDER:
                raise AdvanceIsNotPayable(field="payee", value=party.reference)
        payee_advances.insert_advances(
            session,
            book_id=book_id,
            advances=advances,
            payee_ids={reference: party.id for reference, party in found.items()},
            recorded_by=recorded_by,
            recorded_at=at,
        )


def withdraw_advance(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    reference: str,
    reason: str,
    withdrawn_by: str,
    withdrawn_at: datetime,
) -> None:
    """
    Withdraw an advance that was not paid yet, for a reason.

    :raises PayeeAdvanceUnknown: there is no such advance.
    :raises PayeeAdvanceIsPaid: a payout run pays it.
    :raises PayeeAdvanceIsWithdrawn: it was withdrawn before.
    :raises TextMissing: there is no reason, or nobody withdraws it.
    """
    check_text(reason, field="reason")
    check_text(withdrawn_by, field="withdrawn_by")
    at = check_instant(withdrawn_at, field="withdrawn_at")
    with database.transaction() as session:
        settlements.lock_settlements(session, book_id=book_id)
        found = payee_advances.find_advances(session, book_id=book_id, references=[reference])
        if reference not in found:
            raise PayeeAdvanceUnknown(reference=reference)
        advance = found[reference]
        if advance.paid_in is not None:
            raise PayeeAdvanceIsPaid(reference=reference, month=advance.paid_in)
        if advance.withdrawn_at is not None:
            raise PayeeAdvanceIsWithdrawn(
                reference=reference, by=advance.withdrawn_by, at=advance.withdrawn_at
            )
        payee_advances.withdraw_advance(
            session,
            advance_id=advance.id,
            withdrawn_by=withdrawn_by,
            withdrawn_at=at,
            reason=reason,
        )


def list_advances(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    payee_id: int | None,
    after: int = 0,
    limit: int = 100,
) -> Page:
    """
    Return a page of advances with what became of them, in the order in which they were entered.

    ``payee_id`` is whose advances are meant; only the house asks for everybody's (None).

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        found = payee_advances.list_advances(
            session, book_id=book_id, payee_id=payee_id, after=after, limit=limit + 1
        )
    page = tuple(found[:limit])
    return Page(advances=page, next_after=page[-1].id if len(found) > limit else None)
