"""
Noticing: payees are told of a released payment by a notice, and of a wrong one by another.

A notice says what was paid, so it is issued once the run is released. It follows from the newest
revision of the payee's statement. A correction is a whole new notice of the same payment, which
names the one before; both are kept.
"""

from collections.abc import Sequence
from datetime import date, datetime

from ledger.core.confirmation import NoticeState, check_turn
from ledger.core.fields import check_instant, check_text
from ledger.core.notice import PaymentNotice, ReplacedNotice
from ledger.core.notice_draft import differs, draft
from ledger.core.payout_run import PayoutRun
from ledger.core.period import tokyo_day
from ledger.core.refusal import Refusal
from ledger.core.snapshot import from_json
from ledger.services import BOOK_ID
from ledger.store import documents, notice_payments, notices, payouts
from ledger.store.database import Database
from ledger.store.documents import printed_number
from ledger.store.notices import NewNotice, NewStep


class PayoutsNotReleased(Refusal):
    """The run was not released, so nothing was paid that payees could be told of."""

    code = "payouts_not_released"
    field = "run_reference"


class NoticeTooEarly(Refusal):
    """The notice is dated before the release of the payment it tells of. Carries that day."""

    code = "notice_too_early"
    field = "issued_on"


class NoticeAgrees(Refusal):
    """The book says the same as the notice; its statement, or the party, is corrected first."""

    code = "notice_agrees"
    field = "notice"


def issue_notices(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    run_reference: str,
    issued_by: str,
    issued_at: datetime,
    issued_on: date,
) -> Sequence[PaymentNotice]:
    """
    Issue a notice for each payment of a released run that has none; return them, by payee.

    Being issued they are sent: payees find them here from then on. A second call issues nothing.

    :raises PayoutRunUnknown: there is no such run.
    :raises PayoutsNotReleased: it was not released.
    :raises NoticeTooEarly: ``issued_on`` lies before the release.
    """
    check_text(issued_by, field="issued_by")
    at = check_instant(issued_at, field="issued_at")
    with database.transaction() as session:
        notices.lock_notices(session, book_id=book_id)
        run = payouts.require_run(session, book_id=book_id, reference=run_reference)
        _check_released(run, issued_on)
        payments = notice_payments.payments_without_notice(session, run_id=run.id)
        if not payments:
            return ()
        series = f"NTC-{issued_on.year}"
        first = documents.next_number(session, book_id=book_id, series=series)
        made = [
            NewNotice(
                payee_id=each.payee_id,
                run_id=each.run_id,
                series=series,
                number=number,
                notice=draft(each.paid, number=printed_number(series, number), issued_on=issued_on),
            )
            for number, each in enumerate(payments, start=first)
        ]
        notices.insert_notices(
            session, book_id=book_id, notices=made, sent_by=issued_by, sent_at=at
        )
    return tuple(each.notice for each in made)


def correct_notice(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    notice: str,
    reason: str,
    corrected_by: str,
    corrected_at: datetime,
    issued_on: date,
) -> PaymentNotice:
    """
    Issue a notice of the same payment in the place of another, as the book has it now.

    What it prints of the payee comes from the newest revision of the statement; what was paid
    was paid, and stays.

    :raises NoticeUnknown: there is no such notice.
    :raises ConfirmationOutOfTurn: another has taken its place.
    :raises NoticeAgrees: nothing would differ.
    :raises NoticeTooEarly: it would be dated before the one it replaces.
    """
    reason = check_text(reason, field="reason")
    check_text(corrected_by, field="corrected_by")
    at = check_instant(corrected_at, field="corrected_at")
    with database.transaction() as session:
        notices.lock_notices(session, book_id=book_id)
        before = notices.require_notice(session, book_id=book_id, number=notice, payee_id=None)
        check_turn(before=before.state, said=NoticeState.CORRECTED, notice=notice)
        if issued_on < before.issued_on:
            raise NoticeTooEarly(issued_on=issued_on, released_on=before.issued_on)
        payment = notice_payments.find_payment(
            session, run_id=before.run_id, payee_id=before.payee_id
        )
        issued = documents.find_document(
            session, book_id=book_id, reference=notice, owner_id=before.payee_id
        )
        assert issued is not None
        if not differs(from_json(PaymentNotice, issued.snapshot), payment.paid):
            raise NoticeAgrees(notice=notice)
        series = f"NTC-{issued_on.year}"
        number = documents.next_number(session, book_id=book_id, series=series)
        made = draft(
            payment.paid,
            number=printed_number(series, number),
            issued_on=issued_on,
            revision=before.revision + 1,
            replaces=ReplacedNotice(
                number=notice,
                issued_on=before.issued_on,
                reason=reason,
                corrected_by=corrected_by,
            ),
        )
        new = NewNotice(
            payee_id=before.payee_id,
            run_id=before.run_id,
            series=series,
            number=number,
            notice=made,
        )
        notices.insert_notices(
            session, book_id=book_id, notices=[new], sent_by=corrected_by, sent_at=at
        )
        step = NewStep(
            document_id=before.document_id,
            payee_id=before.payee_id,
            version=before.version + 1,
            state=NoticeState.CORRECTED,
            reason=f"{made.number}: {reason}",
        )
        notices.insert_steps(session, steps=[step], recorded_by=corrected_by, recorded_at=at)
    return made


def _check_released(run: PayoutRun, issued_on: date) -> None:
    if run.released_at is None:
        raise PayoutsNotReleased(reference=run.reference)
    released_on = tokyo_day(run.released_at)
    if issued_on < released_on:
        raise NoticeTooEarly(issued_on=issued_on, released_on=released_on)
