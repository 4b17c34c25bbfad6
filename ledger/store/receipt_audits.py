"""What the audit reads of receipts, and of the lines of invoices that they paid."""

from itertools import groupby
from operator import attrgetter

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.receipt_facts import PaidInvoiceFact, PaidLineFact

_LINES = """
    WITH came_in AS (
        SELECT document_id, CAST(sum(amount_minor) AS bigint) AS received_minor
        FROM receipt GROUP BY 1
    ), asked AS (
        SELECT document_id, number, amount_minor - recouped_minor + tax_minor AS asked_minor
        FROM invoice_line
        UNION ALL
        SELECT document_id, number, amount_minor + tax_minor FROM invoice_prepayment
    ), paid AS (
        SELECT r.document_id, p.number, sum(p.amount_minor + p.tax_minor) AS paid_minor
        FROM receipt r JOIN receipt_part p USING (receipt_id) GROUP BY 1, 2
    )
    SELECT d.reference, i.total_minor, c.received_minor, a.asked_minor,
           CAST(coalesce(paid.paid_minor, 0) AS bigint) AS paid_minor
    FROM came_in c
    JOIN invoice i USING (document_id)
    JOIN document d USING (document_id)
    JOIN asked a USING (document_id)
    LEFT JOIN paid ON paid.document_id = a.document_id AND paid.number = a.number
    WHERE i.book_id = :book
    ORDER BY d.document_id, a.number
"""


def load_paid_invoices(session: Session, *, book_id: int) -> tuple[PaidInvoiceFact, ...]:
    """Return every invoice that something was received for, in the order of issue."""
    rows = session.execute(text(_LINES), {"book": book_id})
    return tuple(
        PaidInvoiceFact(
            reference=reference,
            total_minor=total_minor,
            received_minor=received_minor,
            lines=tuple(
                PaidLineFact(asked_minor=line.asked_minor, paid_minor=line.paid_minor)
                for line in lines
            ),
        )
        for (reference, total_minor, received_minor), lines in groupby(
            rows, key=attrgetter("reference", "total_minor", "received_minor")
        )
    )
