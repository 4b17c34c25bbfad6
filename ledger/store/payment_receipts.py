"""Receipts on paper: payments of an invoice that have none yet, and the rows of each."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.archive import facts_of
from ledger.core.payment_receipt import PaidPart, PaymentReceipt
from ledger.core.snapshot import to_json
from ledger.store.documents import NewDocument, insert_documents
from ledger.store.parties import insert_all
from ledger.store.tables.acknowledgements import PaymentReceiptRow


@dataclass(frozen=True, kw_only=True)
class PaymentOfInvoice:
    """A payment of an invoice: which, how it came, what it paid, and what was left after it."""

    receipt_id: int
    received_on: date
    channel: str
    external_reference: str
    left_minor: int
    has_paper: bool
    parts: tuple[PaidPart, ...]


_PAYMENTS = """
    SELECT r.receipt_id, r.received_on, coalesce(p.channel, 'credit') AS channel,
           coalesce(p.external_reference, '') AS external_reference,
           CAST(i.total_minor - sum(r.amount_minor) OVER (ORDER BY r.receipt_id)
                AS bigint) AS left_minor,
           paper.receipt_id IS NOT NULL AS has_paper
    FROM receipt r
    JOIN invoice i USING (document_id)
    LEFT JOIN payment p ON p.payment_id = r.payment_id
    LEFT JOIN payment_receipt paper ON paper.receipt_id = r.receipt_id
    WHERE r.document_id = :invoice ORDER BY r.receipt_id
"""

_PARTS = """
    SELECT part.receipt_id, part.number, part.amount_minor, part.tax_minor
    FROM receipt_part part JOIN receipt r USING (receipt_id)
    WHERE r.document_id = :invoice ORDER BY part.receipt_id, part.number
"""


def payments_of(session: Session, *, invoice_id: int) -> list[PaymentOfInvoice]:
    """Return the payments of an invoice in the order in which they were recorded."""
    parts: dict[int, list[PaidPart]] = defaultdict(list)
    for row in session.execute(text(_PARTS), {"invoice": invoice_id}):
        part = PaidPart(number=row.number, amount_minor=row.amount_minor, tax_minor=row.tax_minor)
        parts[row.receipt_id].append(part)
    return [
        PaymentOfInvoice(**row._mapping, parts=tuple(parts[row.receipt_id]))
        for row in session.execute(text(_PAYMENTS), {"invoice": invoice_id})
    ]


def insert_payment_receipts(
    session: Session,
    *,
    book_id: int,
    licensee_id: int,
    series: str,
    papers: Sequence[tuple[int, PaymentOfInvoice, PaymentReceipt]],
) -> None:
    """Write receipts with their documents: each by its number, and for its payment."""
    documents = [
        NewDocument(
            owner_id=licensee_id,
            kind="receipt",
            series=series,
            number=number,
            issued_on=paper.issued_on,
            snapshot=to_json(paper),
            facts=facts_of(
                paper.recipient, currency=paper.currency, amount_minor=paper.total_minor
            ),
        )
        for number, _, paper in papers
    ]
    keys = insert_documents(session, book_id=book_id, documents=documents)
    insert_all(
        session,
        PaymentReceiptRow,
        (
            {
                "document_id": keys[paper.number],
                "licensee_id": licensee_id,
                "receipt_id": payment.receipt_id,
                "subtotal_minor": paper.subtotal_minor,
                "tax_minor": paper.tax_minor,
                "total_minor": paper.total_minor,
            }
            for _, payment, paper in papers
        ),
    )
