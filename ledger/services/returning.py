"""
Returning: money on a statement that is a payout which came back (組戻し), as a person says.

What may be meant is proposed by the amount alone, and never taken by itself. The return is recorded
with the bank's own day and line, unless a person recorded it before; then the line only says so.
"""

from datetime import datetime

from ledger.core.fields import check_instant, check_text
from ledger.core.payout_entry import returned_entry
from ledger.core.payout_run import check_answered, named
from ledger.core.period import first_open_day
from ledger.core.refusal import Refusal
from ledger.core.webhook import payout_returned
from ledger.services import BOOK_ID
from ledger.store import (
    bank_files,
    entries,
    months,
    outbox,
    payout_steps,
    payouts,
    returned_lines,
    settlements,
)
from ledger.store.bank_files import LineInBook
from ledger.store.database import Database, Transaction
from ledger.store.returned_lines import MayHaveReturned


class NoLineToReturn(Refusal):
    """No line of that number waits, or it took money away. Carries it."""

    code = "no_line_to_return"
    field = "line"


class LineIsNotThatPayout(Refusal):
    """The payout has another amount than the line, or is returned by another one already."""

    code = "line_is_not_that_payout"
    field = "payee"


def propose_returns(
    database: Database, *, book_id: int = BOOK_ID, line_id: int
) -> tuple[MayHaveReturned, ...]:
    """
    Return the payouts that a line may be: of just its amount, paid before it, the newest first.

    :raises NoLineToReturn: no such line waits.
    """
    with database.transaction() as session:
        return _candidates(session, book_id, _waiting(session, book_id, line_id))


def take_return(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    line_id: int,
    run_reference: str,
    payee: str,
    reason: str,
    recorded_by: str,
    recorded_at: datetime,
) -> None:
    """
    Say that a line is a payout that came back; it is owed again, unless that was recorded before.

    :raises NoLineToReturn: no such line waits.
    :raises PayoutRunUnknown, PayoutRunNotReleased, PayeeNotInRun: there is no such payment.
    :raises LineIsNotThatPayout: its amount is another, or another line is it.
    :raises BankAnsweredEarly: the line is of a day before the run's.
    """
    reason = check_text(reason, field="reason")
    recorded_by = check_text(recorded_by, field="recorded_by")
    at = check_instant(recorded_at, field="recorded_at")
    with database.transaction() as session:
        settlements.lock_settlements(session, book_id=book_id)
        bank_files.lock_bank_lines(session, book_id=book_id)
        line = _waiting(session, book_id, line_id)
        run = payouts.require_run(session, book_id=book_id, reference=run_reference)
        check_answered(run, answered_on=line.booked_on, recorded_at=at)
        payment = named(run, payout_steps.list_payments(session, run_id=run.id), payee)
        if (run.reference, payee) not in {
            (each.run, each.payee) for each in _candidates(session, book_id, line)
        }:
            raise LineIsNotThatPayout(
                line=line_id, run=run.reference, payee=payee, amount=payment.payout_minor
            )
        if payment.returned_on is None:
            payout_steps.insert_return(
                session,
                run_id=run.id,
                payee_id=payment.payee_id,
                returned_on=line.booked_on,
                reason=reason,
                bank_reference=line.number,
                recorded_at=at,
                recorded_by=recorded_by,
            )
            last_closed = months.read_months(session, book_id=book_id).last_closed
            posted_on = first_open_day(line.booked_on, last_closed=last_closed)
            entry = returned_entry(run, payment, posted_on=posted_on)
            entries.write_entry(session, book_id=book_id, entry=entry, recorded_at=at)
            told = payout_returned(
                payee_id=payment.payee_id,
                run=run.reference,
                returned_on=line.booked_on,
                currency=run.currency,
                amount_minor=payment.payout_minor,
                reason=reason,
            )
            outbox.enqueue(session, book_id=book_id, events=[told], occurred_at=at)
        bank_files.insert_ending(
            session,
            book_id=book_id,
            line_id=line_id,
            state="returned",
            payment_id=None,
            reason=reason,
            ended_at=at,
            ended_by=recorded_by,
            returned=(run.id, payment.payee_id),
        )


def _waiting(session: Transaction, book_id: int, line_id: int) -> LineInBook:
    line = bank_files.find_line(session, book_id=book_id, line_id=line_id)
    if line is None or line.state != "open" or line.amount_minor <= 0:
        raise NoLineToReturn(line=line_id)
    return line


def _candidates(
    session: Transaction, book_id: int, line: LineInBook
) -> tuple[MayHaveReturned, ...]:
    return returned_lines.may_have_returned(
        session,
        book_id=book_id,
        currency=line.currency,
        amount_minor=line.amount_minor,
        day=line.booked_on,
    )
