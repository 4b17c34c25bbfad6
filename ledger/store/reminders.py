"""Open invoices with what was done about them, and the letters that remind of them, as rows."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session, insert

from ledger.core.dunning import Due, OpenInvoice
from ledger.core.late_interest import Received
from ledger.core.reminder import DunningLetter, OnlineWay
from ledger.core.snapshot import to_json
from ledger.store.tables.dunning import ReminderRow
from ledger.store.tables.members import MailRow


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Somebody at a firm who is written to."""

    licensee_id: int
    email: str
    name: str
    language: str


@dataclass(frozen=True, kw_only=True)
class LetterListed:
    """A letter that was written, of which invoice, and what became of it on its way."""

    reference: str
    licensee: str
    tone: str
    written_on: date
    invoice: str
    days: int
    currency: str
    open_minor: int
    recorded_at: datetime
    recorded_by: str
    email: str | None
    outcome: str | None  # of the last try; None while it waits
    tried_at: datetime | None


_LOCK = "SELECT pg_advisory_xact_lock(hashtext('genbo.dunning'))"

# An invoice that was corrected is named as it is now. A license that charges nothing on an
# invoice is not on it.
_OPEN = """
    SELECT i.document_id, coalesce(newest.reference, d.reference) AS reference, i.licensee_id,
           p.reference AS licensee, i.currency, i.issued_on, i.due_on, i.total_minor,
           CAST(got.minor AS bigint) AS received_minor,
           ARRAY(SELECT r.license_id FROM invoice_line l JOIN royalty_line r USING (royalty_line_id)
                 WHERE l.document_id = i.document_id AND l.amount_minor <> 0
                 UNION
                 SELECT g.license_id FROM invoice_prepayment l
                 JOIN prepayment a USING (prepayment_id)
                 JOIN recoup_group g USING (recoup_group_id) WHERE l.document_id = i.document_id
                 ORDER BY 1) AS license_ids,
           ARRAY(SELECT m.days FROM reminder m
                 WHERE m.document_id = i.document_id AND m.tone <> 'warning' ORDER BY 1) AS sent,
           (SELECT w.written_on FROM reminder m JOIN dunning_letter w USING (dunning_letter_id)
            WHERE m.document_id = i.document_id AND m.tone = 'warning') AS warned_on,
           (SELECT h.kind || ': ' || h.reason FROM dunning_hold h
            LEFT JOIN dunning_release r USING (dunning_hold_id)
            WHERE h.licensee_id = i.licensee_id AND r.dunning_hold_id IS NULL
              AND (h.document_id IS NULL OR h.document_id = i.document_id)
            ORDER BY h.dunning_hold_id LIMIT 1) AS held_because
    FROM invoice i
    JOIN document d USING (document_id)
    JOIN party p ON p.party_id = i.licensee_id
    CROSS JOIN LATERAL (SELECT coalesce(sum(r.amount_minor), 0) AS minor
                        FROM receipt r WHERE r.document_id = i.document_id) got
    LEFT JOIN LATERAL (SELECT d2.reference
                       FROM invoice_reissue again JOIN document d2 USING (document_id)
                       WHERE again.invoice_id = i.document_id
                       ORDER BY again.document_id DESC LIMIT 1) newest ON true
    WHERE i.book_id = :book AND (i.total_minor > got.minor OR (:with_late AND EXISTS (
        SELECT FROM receipt r WHERE r.document_id = i.document_id AND r.received_on > i.due_on)))
    ORDER BY p.reference COLLATE "C", i.due_on, i.document_id
"""

_RECEIVED = """
    SELECT document_id, received_on, amount_minor FROM receipt
    WHERE document_id = ANY (CAST(:documents AS bigint[])) ORDER BY received_on, receipt_id
"""

_SNAPSHOTS = """
    SELECT i.document_id, coalesce(newest.snapshot, d.snapshot) AS snapshot
    FROM invoice i
    JOIN document d USING (document_id)
    LEFT JOIN LATERAL (SELECT d2.snapshot
                       FROM invoice_reissue again JOIN document d2 USING (document_id)
                       WHERE again.invoice_id = i.document_id
                       ORDER BY again.document_id DESC LIMIT 1) newest ON true
    WHERE i.document_id = ANY (CAST(:documents AS bigint[]))
"""

# A contact that was agreed stands beside the members; both are written to once.
_RECIPIENTS = """
    SELECT DISTINCT ON (f.party_id, q.email) f.party_id AS licensee_id, q.email, q.name, q.language
    FROM party f
    CROSS JOIN LATERAL (
        SELECT p.email, p.name, p.language, 0 AS place
        FROM member m JOIN person p USING (person_id)
        LEFT JOIN member_ending e USING (member_id)
        WHERE m.owner_id = f.party_id AND e.member_id IS NULL
        UNION ALL
        (SELECT t.contact_email, f.name_ja, f.language, 1
         FROM dunning_terms t
         WHERE t.licensee_id = f.party_id AND t.contact_email <> '' AND t.effective_from <= :on
         ORDER BY t.effective_from DESC, t.dunning_terms_id DESC LIMIT 1)
    ) q
    WHERE f.party_id = ANY (CAST(:licensees AS bigint[]))
    ORDER BY f.party_id, q.email, q.place
"""

_WAYS = """
    SELECT DISTINCT ON (q.document_id) q.document_id, o.answer ->> 'url' AS url,
           o.answer -> 'virtual_account' AS account
    FROM payment_request q
    JOIN document d USING (document_id)
    JOIN stripe_call c ON c.book_id = d.book_id AND c.kind = 'open' AND c.subject = q.reference
    JOIN LATERAL (SELECT outcome, answer FROM stripe_outcome o
                  WHERE o.stripe_call_id = c.stripe_call_id ORDER BY number DESC LIMIT 1) o ON true
    WHERE q.document_id = ANY (CAST(:documents AS bigint[])) AND o.outcome = 'done'
      AND coalesce(CAST(o.answer ->> 'expires_at' AS timestamptz), 'infinity') > :at
      AND NOT EXISTS (SELECT FROM stripe_call w WHERE w.book_id = d.book_id
                      AND w.kind = 'withdraw' AND w.subject = q.reference)
    ORDER BY q.document_id, q.payment_request_id DESC
"""

_LICENSES = (
    "SELECT license_id, reference FROM license WHERE license_id = ANY (CAST(:ids AS bigint[]))"
)

_INSERT_LETTER = """
    INSERT INTO dunning_letter (licensee_id, book_id, tone, written_on, snapshot, recorded_at,
                                recorded_by)
    VALUES (:licensee_id, :book_id, :tone, :written_on, :snapshot, :recorded_at, :recorded_by)
    RETURNING dunning_letter_id, reference
"""

_HISTORY = """
    SELECT w.reference, p.reference AS licensee, w.tone, w.written_on, d.reference AS invoice,
           m.days, i.currency, m.open_minor, w.recorded_at, w.recorded_by, a.email, t.outcome,
           t.tried_at
    FROM dunning_letter w
    JOIN party p ON p.party_id = w.licensee_id
    JOIN reminder m USING (dunning_letter_id)
    JOIN invoice i ON i.document_id = m.document_id
    JOIN document d ON d.document_id = m.document_id
    LEFT JOIN mail a USING (dunning_letter_id)
    LEFT JOIN LATERAL (SELECT outcome, tried_at FROM mail_attempt t
                       WHERE t.mail_id = a.mail_id ORDER BY number DESC LIMIT 1) t ON true
    WHERE w.book_id = :book
      AND (CAST(:owner AS bigint) IS NULL OR w.licensee_id = :owner)
      AND (CAST(:invoice AS text) IS NULL OR d.reference = :invoice)
    ORDER BY w.dunning_letter_id DESC, d.reference, a.email
    LIMIT :limit
"""


def lock_dunning(session: Session) -> None:
    """Make whoever else writes reminders wait until this transaction ends."""
    session.execute(text(_LOCK))


def open_invoices(
    session: Session, *, book_id: int, with_late: bool = False
) -> tuple[OpenInvoice, ...]:
    """
    Return every invoice of which something is to be paid, by firm and due day.

    ``with_late`` adds those that are paid, and of which something came after the due day.
    """
    rows = session.execute(text(_OPEN), {"book": book_id, "with_late": with_late})
    return tuple(
        OpenInvoice(
            **{
                **row._mapping,
                "license_ids": tuple(row.license_ids),
                "sent": tuple(row.sent),
            }
        )
        for row in rows
    )


def received_of(session: Session, *, document_ids: Collection[int]) -> dict[int, list[Received]]:
    """Return what was received of some invoices and when, by key, in the order of the days."""
    found: dict[int, list[Received]] = {}
    for row in session.execute(text(_RECEIVED), {"documents": list(document_ids)}):
        own = found.setdefault(row.document_id, [])
        own.append(Received(on=row.received_on, amount_minor=row.amount_minor))
    return found


def snapshots_of(session: Session, *, document_ids: Collection[int]) -> dict[int, str]:
    """Return what invoices say, as they were last issued, by key."""
    rows = session.execute(text(_SNAPSHOTS), {"documents": list(document_ids)})
    return {row.document_id: row.snapshot for row in rows}


def recipients_of(
    session: Session, *, licensee_ids: Collection[int], on: date
) -> dict[int, list[Recipient]]:
    """Return who is written to at some firms: their members, and the contact agreed with them."""
    found: dict[int, list[Recipient]] = {}
    asked = {"licensees": list(licensee_ids), "on": on}
    for row in session.execute(text(_RECIPIENTS), asked):
        found.setdefault(row.licensee_id, []).append(Recipient(**row._mapping))
    return found


def ways_of(
    session: Session, *, document_ids: Collection[int], at: datetime
) -> dict[int, OnlineWay]:
    """Return how some invoices can be paid without the bank just now, by key."""
    asked = {"documents": list(document_ids), "at": at}
    return {
        row.document_id: OnlineWay(url=row.url or None, account=row.account)
        for row in session.execute(text(_WAYS), asked)
    }


def license_references(session: Session, *, license_ids: Collection[int]) -> dict[int, str]:
    """Return how licenses are called, by key."""
    rows = session.execute(text(_LICENSES), {"ids": list(license_ids)})
    return {row.license_id: row.reference for row in rows}


def insert_letter(
    session: Session,
    *,
    book_id: int,
    letter: DunningLetter,
    due: Sequence[Due],
    to: Iterable[Recipient],
    recorded_at: datetime,
    recorded_by: str,
) -> str:
    """Write a letter, of which invoices it reminds, and to whom it goes; return its reference."""
    licensee_id = due[0].invoice.licensee_id
    row = {
        "licensee_id": licensee_id,
        "book_id": book_id,
        "tone": letter.tone,
        "written_on": letter.written_on,
        "snapshot": to_json(letter),
        "recorded_at": recorded_at,
        "recorded_by": recorded_by,
    }
    written = session.execute(text(_INSERT_LETTER), row).one()
    reminders = [
        {
            "document_id": each.invoice.document_id,
            "tone": each.tone,
            "days": each.days,
            "licensee_id": licensee_id,
            "dunning_letter_id": written.dunning_letter_id,
            "open_minor": each.invoice.open_minor,
        }
        for each in due
    ]
    session.execute(insert(ReminderRow), reminders)
    mails = [
        {
            "dunning_letter_id": written.dunning_letter_id,
            "email": each.email,
            "name": each.name,
            "language": each.language,
            "recorded_at": recorded_at,
        }
        for each in to
    ]
    session.execute(insert(MailRow), mails)
    reference: str = written.reference
    return reference


def list_letters(
    session: Session,
    *,
    book_id: int,
    owner_id: int | None = None,
    invoice: str | None = None,
    limit: int = 100,
) -> Sequence[LetterListed]:
    """Return letters, the newest first, a row for each invoice and each of whom it went to."""
    asked = {"book": book_id, "owner": owner_id, "invoice": invoice, "limit": limit}
    return [LetterListed(**row._mapping) for row in session.execute(text(_HISTORY), asked)]
