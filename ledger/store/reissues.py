"""Invoices that were issued again: which one counts, and the rows of a corrected one."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.archive import facts_of
from ledger.core.invoice import Invoice
from ledger.core.snapshot import from_json, to_json
from ledger.store.documents import NewDocument, insert_documents
from ledger.store.parties import insert_all
from ledger.store.tables.reissues import InvoiceReissueRow


@dataclass(frozen=True, kw_only=True)
class InvoiceIssued:
    """An issued invoice, with where it stands among those in its place."""

    document_id: int
    number: str
    first_id: int
    first_number: str
    first_issued_on: date
    newest_number: str
    count: int  # of all that were issued, the first included
    licensee_id: int
    is_advance: bool
    invoice: Invoice


_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('invoice_reissue', :book))"

_ISSUED = """
    WITH asked AS (
        SELECT d.document_id, d.reference, d.snapshot,
               coalesce(r.invoice_id, d.document_id) AS first_id
        FROM document d LEFT JOIN invoice_reissue r USING (document_id)
        WHERE d.book_id = :book AND d.reference = :number AND d.kind = 'invoice'
    )
    SELECT asked.document_id, asked.reference AS number, asked.first_id, asked.snapshot,
           first.reference AS first_number, first.issued_on AS first_issued_on,
           coalesce(newest.reference, first.reference) AS newest_number,
           (SELECT 1 + count(*) FROM invoice_reissue c
            WHERE c.invoice_id = asked.first_id) AS count,
           i.licensee_id, i.kind = 'advance' AS is_advance
    FROM asked
    JOIN document first ON first.document_id = asked.first_id
    JOIN invoice i ON i.document_id = asked.first_id
    LEFT JOIN LATERAL (
        SELECT n.reference FROM invoice_reissue c JOIN document n USING (document_id)
        WHERE c.invoice_id = asked.first_id ORDER BY c.document_id DESC LIMIT 1
    ) newest ON true
"""


def lock_reissues(session: Session, *, book_id: int) -> None:
    """Let nobody else issue an invoice again until the transaction ends."""
    session.execute(text(_LOCK), {"book": book_id})


def find_issued(session: Session, *, book_id: int, number: str) -> InvoiceIssued | None:
    """Return an invoice by its number, None when there is none."""
    row = session.execute(text(_ISSUED), {"book": book_id, "number": number}).one_or_none()
    if row is None:
        return None
    read = {name: value for name, value in row._mapping.items() if name != "snapshot"}
    return InvoiceIssued(**read, invoice=from_json(Invoice, row.snapshot))


def insert_reissue(
    session: Session,
    *,
    book_id: int,
    before: InvoiceIssued,
    after: Invoice,
    corrected_at: datetime,
) -> None:
    """Write a corrected invoice, which owes its figures to the first one."""
    assert after.corrects is not None
    document = NewDocument(
        owner_id=before.licensee_id,
        kind="invoice",
        series=f"{before.first_number}-r",
        number=before.count,
        issued_on=after.issued_on,
        snapshot=to_json(after),
        printed=after.number,
        facts=facts_of(after.recipient, currency=after.currency, amount_minor=after.total_minor),
    )
    keys = insert_documents(session, book_id=book_id, documents=[document])
    row = {
        "document_id": keys[after.number],
        "licensee_id": before.licensee_id,
        "invoice_id": before.first_id,
        "corrects": before.document_id,
        "reason": after.corrects.reason,
        "corrected_by": after.corrects.corrected_by,
        "corrected_at": corrected_at,
    }
    insert_all(session, InvoiceReissueRow, [row])
