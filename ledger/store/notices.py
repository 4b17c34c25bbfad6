"""Notices of payments: the figures of each, and the steps it went through."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.archive import facts_of
from ledger.core.confirmation import ConfirmationMode, NoticeState
from ledger.core.notice import PaymentNotice
from ledger.core.refusal import Refusal
from ledger.core.snapshot import to_json
from ledger.store.documents import NewDocument, insert_documents
from ledger.store.parties import insert_all
from ledger.store.tables.notices import NoticeStepRow, PaymentNoticeRow


class NoticeUnknown(Refusal):
    """No notice of the payee has the number."""

    code = "notice_unknown"
    field = "notice"


@dataclass(frozen=True, kw_only=True)
class NewNotice:
    """A notice about to be written; its document's number is the next of its series."""

    payee_id: int
    run_id: int
    series: str
    number: int
    notice: PaymentNotice


@dataclass(frozen=True, kw_only=True)
class NoticeInBook:
    """A notice and where it stands."""

    document_id: int
    number: str
    payee_id: int
    payee: str
    run_id: int
    form: str
    revision: int
    issued_on: date
    currency: str
    payout_minor: int
    confirm_within_days: int | None
    sent_at: datetime
    version: int
    state: NoticeState
    mode: ConfirmationMode | None
    clause: str
    reason: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, kw_only=True)
class NewStep:
    """A step about to be written; ``version`` is the next of its notice."""

    document_id: int
    payee_id: int
    version: int
    state: NoticeState
    mode: ConfirmationMode | None = None
    clause: str = ""
    reason: str = ""


_NOTICES = """
    SELECT n.document_id, d.reference AS number, n.owner_id AS payee_id, p.reference AS payee,
           n.payout_run_id AS run_id, n.form, n.revision, d.issued_on, n.currency,
           n.payout_minor, n.confirm_within_days, sent.recorded_at AS sent_at, last.version,
           last.state, last.mode, last.clause, last.reason, last.recorded_at, last.recorded_by
    FROM payment_notice n
    JOIN document d USING (document_id)
    JOIN party p ON p.party_id = n.owner_id
    JOIN notice_step sent ON sent.document_id = n.document_id AND sent.version = 1
    JOIN LATERAL (
        SELECT * FROM notice_step s WHERE s.document_id = n.document_id
        ORDER BY s.version DESC LIMIT 1
    ) last ON true
    WHERE d.book_id = :book AND (CAST(:payee AS bigint) IS NULL OR n.owner_id = :payee)
"""
_NAMED = _NOTICES + " AND d.reference = :number"
_LISTED = (
    _NOTICES
    + """
      AND (CAST(:state AS text) IS NULL OR last.state = :state) AND n.document_id > :after
    ORDER BY n.document_id LIMIT :limit
"""
)
_SILENT = (
    _NOTICES
    + """
      AND last.state = 'sent' AND n.confirm_within_days IS NOT NULL
      AND CAST(sent.recorded_at AT TIME ZONE 'Asia/Tokyo' AS date) + n.confirm_within_days < :on
    ORDER BY n.document_id
"""
)

_STEPS = """
    SELECT s.version, s.state, s.mode, s.clause, s.reason, s.recorded_at, s.recorded_by
    FROM notice_step s WHERE s.document_id = :document ORDER BY s.version
"""

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('genbo.notices', :book))"


@dataclass(frozen=True, kw_only=True)
class StepInBook:
    """One step of a notice, by whom, when and why."""

    version: int
    state: NoticeState
    mode: ConfirmationMode | None
    clause: str
    reason: str
    recorded_at: datetime
    recorded_by: str


def lock_notices(session: Session, *, book_id: int) -> None:
    """Make whoever else issues or answers notices of the book wait for this transaction."""
    session.execute(text(_LOCK), {"book": book_id})


def insert_notices(
    session: Session,
    *,
    book_id: int,
    notices: Sequence[NewNotice],
    sent_by: str,
    sent_at: datetime,
) -> None:
    """Issue notices under their numbers, with their figures as rows, and say that they are sent."""
    issued = [
        NewDocument(
            owner_id=each.payee_id,
            kind="notice",
            series=each.series,
            number=each.number,
            issued_on=each.notice.issued_on,
            snapshot=to_json(each.notice),
            facts=facts_of(
                each.notice.payee,
                currency=each.notice.currency,
                amount_minor=each.notice.payout_minor,
            ),
        )
        for each in notices
    ]
    keys = insert_documents(session, book_id=book_id, documents=issued)
    insert_all(
        session,
        PaymentNoticeRow,
        (
            _notice_row(keys[document.reference], each)
            for document, each in zip(issued, notices, strict=True)
        ),
    )
    steps = [
        NewStep(
            document_id=keys[document.reference],
            payee_id=document.owner_id,
            version=1,
            state=NoticeState.SENT,
        )
        for document in issued
    ]
    insert_steps(session, steps=steps, recorded_by=sent_by, recorded_at=sent_at)


def insert_steps(
    session: Session, *, steps: Sequence[NewStep], recorded_by: str, recorded_at: datetime
) -> None:
    """Write the next steps of some notices."""
    insert_all(
        session,
        NoticeStepRow,
        (
            {
                "document_id": step.document_id,
                "owner_id": step.payee_id,
                "version": step.version,
                "state": str(step.state),
                "mode": None if step.mode is None else str(step.mode),
                "clause": step.clause,
                "reason": step.reason,
                "recorded_at": recorded_at,
                "recorded_by": recorded_by,
            }
            for step in steps
        ),
    )


def require_notice(
    session: Session, *, book_id: int, number: str, payee_id: int | None
) -> NoticeInBook:
    """
    Return a notice by its printed number.

    ``payee_id`` is whose it has to be; only the house asks for anybody's (None).

    :raises NoticeUnknown: there is none; another's is as unknown as none.
    """
    asked = {"book": book_id, "payee": payee_id, "number": number}
    row = session.execute(text(_NAMED), asked).one_or_none()
    if row is None:
        raise NoticeUnknown(notice=number)
    return _notice(row)


def list_notices(
    session: Session,
    *,
    book_id: int,
    payee_id: int | None,
    state: str | None,
    after: int,
    limit: int,
) -> list[NoticeInBook]:
    """Return notices in the order of issue; ``state`` is where they stand, None for anywhere."""
    asked = {"book": book_id, "payee": payee_id, "state": state, "after": after, "limit": limit}
    return [_notice(row) for row in session.execute(text(_LISTED), asked)]


def silent_notices(session: Session, *, book_id: int, on: date) -> list[NoticeInBook]:
    """Return the notices that nothing was said to in the days that were agreed, by a day."""
    asked = {"book": book_id, "payee": None, "on": on}
    return [_notice(row) for row in session.execute(text(_SILENT), asked)]


def steps_of(session: Session, *, document_id: int) -> list[StepInBook]:
    """Return the steps of a notice, in their order."""
    rows = session.execute(text(_STEPS), {"document": document_id})
    return [StepInBook(**_worded(row)) for row in rows]


def _notice_row(document_id: int, new: NewNotice) -> dict[str, Any]:
    notice = new.notice
    return {
        "document_id": document_id,
        "payout_run_id": new.run_id,
        "owner_id": new.payee_id,
        "revision": notice.revision,
        "form": str(notice.form),
        "currency": notice.currency,
        "payable_minor": notice.payable_minor,
        "consumption_tax_minor": notice.consumption_tax_minor,
        "withholding_minor": notice.withholding_minor,
        "payout_minor": notice.payout_minor,
        "confirm_within_days": notice.confirm_within_days,
    }


def _notice(row: Row[Any]) -> NoticeInBook:
    return NoticeInBook(**_worded(row))


def _worded(row: Row[Any]) -> dict[str, Any]:
    mode = None if row.mode is None else ConfirmationMode(row.mode)
    return {**row._mapping, "state": NoticeState(row.state), "mode": mode}
