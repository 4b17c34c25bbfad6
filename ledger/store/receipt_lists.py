"""What is still to be paid by AI firms, and how far, for whoever looks after what comes in."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session


@dataclass(frozen=True, kw_only=True)
class InvoiceDue:
    """An invoice of which something is left to pay."""

    reference: str
    licensee: str
    name_ja: str
    name_en: str
    issued_on: date
    due_on: date
    currency: str
    total_minor: int
    left_minor: int


_DUE = """
    SELECT d.reference, p.reference AS licensee, p.name_ja, p.name_en, i.issued_on, i.due_on,
           i.currency, i.total_minor,
           CAST(i.total_minor - coalesce(sum(r.amount_minor), 0) AS bigint) AS left_minor
    FROM invoice i
    JOIN document d USING (document_id)
    JOIN party p ON p.party_id = i.licensee_id
    LEFT JOIN receipt r USING (document_id)
    WHERE i.book_id = :book
    GROUP BY d.document_id, p.party_id, i.document_id
    HAVING i.total_minor > coalesce(sum(r.amount_minor), 0)
    ORDER BY i.due_on, d.document_id
    LIMIT :limit
"""


def invoices_due(session: Session, *, book_id: int, limit: int) -> tuple[InvoiceDue, ...]:
    """Return invoices of which something is left to pay, those due first, first."""
    rows = session.execute(text(_DUE), {"book": book_id, "limit": limit})
    return tuple(InvoiceDue(**row._mapping) for row in rows)
