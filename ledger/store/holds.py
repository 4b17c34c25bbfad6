"""Holds: whoever use of a batch waits for is told, in the transaction that records it."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.batch import Batch
from ledger.core.holding import held_by_holder, held_by_subject, held_of_firm
from ledger.core.webhook import hold_opened
from ledger.store import outbox

_OWNERS = "SELECT subject_id, owner_id FROM subject WHERE subject_id = ANY (:subjects)"
_LICENSEE = "SELECT reference FROM party WHERE party_id = :licensee"


def tell_of_holds(
    session: Session,
    *,
    book_id: int,
    licensee_id: int,
    batch_number: int,
    batch: Batch,
    recorded_at: datetime,
) -> None:
    """Tell the AI firm, and each holder concerned, what of a recorded batch is held; or nobody."""
    of_firm = held_of_firm(batch)
    if of_firm is None:
        return
    by_subject = held_by_subject(batch)
    rows = session.execute(text(_OWNERS), {"subjects": list(by_subject)})
    owners = {row.subject_id: row.owner_id for row in rows}
    licensee = session.execute(text(_LICENSEE), {"licensee": licensee_id}).scalar_one()
    told = {licensee_id: of_firm, **held_by_holder(by_subject, owners)}
    outbox.enqueue(
        session,
        book_id=book_id,
        events=[
            hold_opened(
                owner_id=owner_id,
                licensee=licensee,
                batch_number=batch_number,
                use_count=hold.use_count,
                reasons=hold.reasons,
            )
            for owner_id, hold in told.items()
        ],
        occurred_at=recorded_at,
    )
