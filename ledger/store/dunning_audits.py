"""What the audit reads of reminders and suspensions."""

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.dunning_facts import ReminderFact, SuspensionFact

_REMINDERS = """
    SELECT d.reference AS invoice, m.tone, m.days, w.written_on - i.due_on AS late_days,
           m.open_minor, i.total_minor
    FROM reminder m
    JOIN dunning_letter w USING (dunning_letter_id)
    JOIN invoice i USING (document_id)
    JOIN document d USING (document_id)
    WHERE i.book_id = :book
    ORDER BY m.document_id, m.days, m.tone
"""

_SUSPENSIONS = """
    SELECT c.reference AS license, d.reference AS invoice, s.after_days,
           CAST(s.suspended_at AT TIME ZONE 'Asia/Tokyo' AS date) - i.due_on AS late_days,
           CAST(s.suspended_at AT TIME ZONE 'Asia/Tokyo' AS date)
               - (SELECT min(w.written_on)
                  FROM reminder m JOIN dunning_letter w USING (dunning_letter_id)
                  WHERE m.document_id = s.document_id AND m.tone = 'warning') AS warned_days,
           coalesce(l.reason = 'paid', false) AS is_lifted_as_paid,
           CAST((SELECT coalesce(sum(r.amount_minor), 0) FROM receipt r
                 WHERE r.document_id = s.document_id) AS bigint) AS received_minor,
           i.total_minor
    FROM license_suspension s
    JOIN license c USING (license_id)
    JOIN invoice i USING (document_id)
    JOIN document d USING (document_id)
    LEFT JOIN license_lifting l USING (license_suspension_id)
    WHERE i.book_id = :book
    ORDER BY s.license_suspension_id
"""


def load_reminders(session: Session, *, book_id: int) -> tuple[ReminderFact, ...]:
    """Return every reminder that was written, by invoice and day."""
    rows = session.execute(text(_REMINDERS), {"book": book_id})
    return tuple(ReminderFact(**row._mapping) for row in rows)


def load_suspensions(session: Session, *, book_id: int) -> tuple[SuspensionFact, ...]:
    """Return every suspension, in the order in which they were."""
    rows = session.execute(text(_SUSPENSIONS), {"book": book_id})
    return tuple(SuspensionFact(**row._mapping) for row in rows)
