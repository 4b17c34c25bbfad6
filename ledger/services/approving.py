"""
Approving: a second person looks at a planned payout run, and lets it go or stops it.

Neither moves money. What a cancelled run would have paid stays owed, and is planned again.
"""

from datetime import datetime

from ledger.core.fields import check_instant, check_text
from ledger.core.payout_run import (
    Payment,
    PayoutRun,
    check_approval,
    check_open,
)
from ledger.services import BOOK_ID
from ledger.store import payout_steps, payouts, settlements
from ledger.store.database import Database


def look_at_run(
    database: Database, *, book_id: int = BOOK_ID, run_reference: str
) -> tuple[PayoutRun, tuple[Payment, ...]]:
    """
    Return a run and its payments with what became of each, by payee.

    :raises PayoutRunUnknown: there is no such run.
    """
    with database.transaction() as session:
        run = payouts.require_run(session, book_id=book_id, reference=run_reference)
        return run, payout_steps.list_payments(session, run_id=run.id)


def approve_run(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    run_reference: str,
    approved_by: str,
    approved_at: datetime,
    note: str = "",
) -> PayoutRun:
    """
    Approve a run, once, so that it can be released by anybody who may.

    :raises PayoutRunUnknown: there is no such run.
    :raises PayoutsAlreadyReleased, PayoutRunCancelled, PayoutRunAlreadyApproved: as they say.
    :raises PayoutRunOverItsDay: it should have been paid before.
    :raises SamePersonCannotApprove: the person planned it.
    """
    check_text(approved_by, field="approved_by")
    check_text(note, field="note", may_be_empty=True)
    at = check_instant(approved_at, field="approved_at")
    with database.transaction() as session:
        settlements.lock_settlements(session, book_id=book_id)
        run = payouts.require_run(session, book_id=book_id, reference=run_reference)
        check_approval(run, approved_by=approved_by, approved_at=at)
        payout_steps.insert_approval(
            session, run_id=run.id, approved_at=at, approved_by=approved_by, note=note
        )
        return payouts.require_run(session, book_id=book_id, reference=run_reference)


def cancel_run(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    run_reference: str,
    cancelled_by: str,
    cancelled_at: datetime,
    reason: str,
) -> PayoutRun:
    """
    Stop a run that was not released; whoever planned it may do so too.

    :raises PayoutRunUnknown: there is no such run.
    :raises PayoutsAlreadyReleased, PayoutRunCancelled: as they say.
    """
    check_text(cancelled_by, field="cancelled_by")
    check_text(reason, field="reason")
    at = check_instant(cancelled_at, field="cancelled_at")
    with database.transaction() as session:
        settlements.lock_settlements(session, book_id=book_id)
        run = payouts.require_run(session, book_id=book_id, reference=run_reference)
        check_open(run)
        payout_steps.insert_cancellation(
            session, run_id=run.id, cancelled_at=at, cancelled_by=cancelled_by, reason=reason
        )
        return payouts.require_run(session, book_id=book_id, reference=run_reference)
