"""
Transferring: what Stripe answered to the transfers of payouts becomes what became of the payouts.

A transfer that was made confirms its payout; one that Stripe will not make, or that was taken
back, is a payment that came back. Each is written once, whoever looks and however often.
"""

from datetime import date, datetime

from ledger.core.fields import check_instant, check_text
from ledger.core.payout_entry import returned_entry
from ledger.core.payout_run import Payment, PayoutRun, named
from ledger.core.payout_transfer import TransferAnswer
from ledger.core.period import first_open_day, tokyo_day
from ledger.core.webhook import payout_returned
from ledger.services import BOOK_ID
from ledger.store import entries, months, outbox, payout_steps, payouts, settlements, transfers
from ledger.store.database import Database, Transaction
from ledger.store.transfers import TransferInBook


def record_answers(
    database: Database, *, book_id: int = BOOK_ID, at: datetime, recorded_by: str
) -> int:
    """Write of every transfer that was answered what became of its payout; return how many."""
    check_text(recorded_by, field="recorded_by")
    check_instant(at, field="at")
    with database.transaction() as session:
        if not transfers.find_answers(session, book_id=book_id):
            return 0  # Nobody is made to wait for nothing.
    with database.transaction() as session:
        settlements.lock_settlements(session, book_id=book_id)
        answers = transfers.find_answers(session, book_id=book_id)
        for each in answers:
            if each.is_done:
                payout_steps.insert_confirmations(
                    session,
                    run_id=each.run_id,
                    payee_ids=[each.payee_id],
                    confirmed_on=tokyo_day(each.answered_at),
                    bank_reference=each.told,
                    recorded_at=at,
                    recorded_by=recorded_by,
                )
            else:
                _give_back(session, book_id, _named(each), each.told, at, recorded_by)
    return len(answers)


def find_transfer(
    database: Database, *, book_id: int = BOOK_ID, reference: str
) -> TransferInBook | None:
    """Return the payout that a transfer pays, by its reference; None for none of ours."""
    with database.transaction() as session:
        return transfers.find_transfer(session, book_id=book_id, reference=reference)


def record_reversal(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    transfer: TransferInBook,
    reason: str,
    recorded_by: str,
    recorded_at: datetime,
) -> None:
    """Write that all of a transfer was taken back, unless that is written already."""
    check_text(reason, field="reason")
    check_text(recorded_by, field="recorded_by")
    at = check_instant(recorded_at, field="recorded_at")
    with database.transaction() as session:
        settlements.lock_settlements(session, book_id=book_id)
        _give_back(session, book_id, transfer, reason, at, recorded_by)


def _named(answer: TransferAnswer) -> TransferInBook:
    return TransferInBook(run=answer.run, payee=answer.payee)


def _give_back(
    session: Transaction,
    book_id: int,
    transfer: TransferInBook,
    reason: str,
    at: datetime,
    by: str,
) -> None:
    """Owe a payout again, with what was withheld from it, once."""
    run = payouts.require_run(session, book_id=book_id, reference=transfer.run)
    made = payout_steps.list_payments(session, run_id=run.id)
    payment = named(run, made, transfer.payee)
    if payment.returned_on is not None:
        return
    day = tokyo_day(at)
    payout_steps.insert_return(
        session,
        run_id=run.id,
        payee_id=payment.payee_id,
        returned_on=day,
        reason=reason,
        bank_reference="",
        recorded_at=at,
        recorded_by=by,
    )
    _post(session, book_id, run, payment, day, at)
    told = payout_returned(
        payee_id=payment.payee_id,
        run=run.reference,
        returned_on=day,
        currency=run.currency,
        amount_minor=payment.payout_minor,
        reason=reason,
    )
    outbox.enqueue(session, book_id=book_id, events=[told], occurred_at=at)


def _post(
    session: Transaction, book_id: int, run: PayoutRun, payment: Payment, day: date, at: datetime
) -> None:
    last_closed = months.read_months(session, book_id=book_id).last_closed
    posted_on = first_open_day(day, last_closed=last_closed)
    entry = returned_entry(run, payment, posted_on=posted_on)
    entries.write_entry(session, book_id=book_id, entry=entry, recorded_at=at)
