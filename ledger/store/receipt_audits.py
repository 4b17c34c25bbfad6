"""What the audit reads of invoices that were paid or divided, and of their lines."""

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
        SELECT document_id, number, amount_minor - recouped_minor + tax_minor AS asked_minor,
               royalty_line_id
        FROM invoice_line
        UNION ALL
        SELECT document_id, number, amount_minor + tax_minor, NULL FROM invoice_prepayment
    ), paid AS (
        SELECT r.document_id, p.number, sum(p.amount_minor + p.tax_minor) AS paid_minor,
               sum(p.amount_minor + p.tax_minor) FILTER (WHERE done.receipt_id IS NOT NULL)
                   AS settled_minor
        FROM receipt r JOIN receipt_part p USING (receipt_id)
        LEFT JOIN settled_receipt done USING (receipt_id)
        GROUP BY 1, 2
    )
    SELECT d.reference, i.total_minor, coalesce(c.received_minor, 0) AS received_minor,
           a.asked_minor, CAST(coalesce(paid.paid_minor, 0) AS bigint) AS paid_minor,
           coalesce(basis.recognition = 'accrual', false) AS is_accrual,
           CASE WHEN basis.recognition = 'cash'
                THEN CAST(coalesce(paid.settled_minor, 0) AS bigint) ELSE 0 END AS divided_minor,
           accrued.amount_minor + accrued.tax_minor AS accrued_minor
    FROM invoice i
    JOIN document d USING (document_id)
    JOIN asked a USING (document_id)
    LEFT JOIN came_in c USING (document_id)
    LEFT JOIN paid ON paid.document_id = a.document_id AND paid.number = a.number
    LEFT JOIN royalty_line basis USING (royalty_line_id)
    LEFT JOIN accrued_line accrued USING (royalty_line_id)
    WHERE i.book_id = :book
      AND (c.document_id IS NOT NULL
           OR EXISTS (SELECT FROM invoice_line l JOIN accrued_line USING (royalty_line_id)
                      WHERE l.document_id = i.document_id))
    ORDER BY d.document_id, a.number
"""


def load_paid_invoices(session: Session, *, book_id: int) -> tuple[PaidInvoiceFact, ...]:
    """Return every invoice that something was received for or divided of, in order of issue."""
    rows = session.execute(text(_LINES), {"book": book_id})
    return tuple(
        PaidInvoiceFact(
            reference=reference,
            total_minor=total_minor,
            received_minor=received_minor,
            lines=tuple(
                PaidLineFact(
                    asked_minor=line.asked_minor,
                    paid_minor=line.paid_minor,
                    is_accrual=line.is_accrual,
                    divided_minor=line.divided_minor,
                    accrued_minor=line.accrued_minor,
                )
                for line in lines
            ),
        )
        for (reference, total_minor, received_minor), lines in groupby(
            rows, key=attrgetter("reference", "total_minor", "received_minor")
        )
    )
