"""The house's invoices for its fee: which fees have none yet, and the figures of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.archive import facts_of
from ledger.core.credit_note import NOTE_NEEDED_FROM_YEN
from ledger.core.fee_invoice import FeeInvoice, SettledFee
from ledger.core.snapshot import to_json
from ledger.store.documents import NewDocument, insert_documents
from ledger.store.parties import insert_all
from ledger.store.tables.fees import FeeInvoiceRow


@dataclass(frozen=True, kw_only=True)
class FeeToInvoice:
    """A fee without an invoice, and the keys of whose it is."""

    settlement_id: int
    holder_id: int
    fee: SettledFee


@dataclass(frozen=True, kw_only=True)
class NewFeeInvoice:
    """An invoice about to be written; its document's number is the next of its series."""

    of: FeeToInvoice
    series: str
    number: int
    invoice: FeeInvoice


_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('genbo.fee_invoices', :book))"

_SETTLED_ON = """
    SELECT e.posted_on
    FROM settlement s
    JOIN entry e ON e.book_id = s.book_id AND e.kind = 'settlement'
                AND e.source = 'SET-' || to_char(s.closing_month, 'YYYY-MM')
    WHERE s.book_id = :book AND s.closing_month = :month
"""

_FEES = """
    SELECT h.settlement_id, h.owner_id AS holder_id, p.reference AS holder, e.source AS settlement,
           s.closing_month, e.posted_on AS settled_on, h.currency,
           h.receipts_minor - h.sold_minor AS receipts_minor, h.admin_fee_bp,
           h.admin_fee_minor - h.margin_minor AS fee_minor, h.admin_fee_tax_minor AS tax_minor
    FROM holder_settlement h
    JOIN settlement s USING (settlement_id)
    JOIN party p ON p.party_id = h.owner_id
    JOIN entry e ON e.book_id = s.book_id AND e.kind = 'settlement'
                AND e.source = 'SET-' || to_char(s.closing_month, 'YYYY-MM')
    WHERE s.book_id = :book AND s.closing_month = :month AND h.admin_fee_minor <> h.margin_minor
      AND (h.admin_fee_minor > h.margin_minor
           OR h.admin_fee_minor - h.margin_minor + h.admin_fee_tax_minor <= -:needed_from)
      AND NOT EXISTS (SELECT FROM fee_invoice f WHERE f.settlement_id = h.settlement_id
                                                  AND f.owner_id = h.owner_id)
    ORDER BY p.reference COLLATE "C"
"""


def lock_fees(session: Session, *, book_id: int) -> None:
    """Make whoever else invoices fees of the book wait for this transaction."""
    session.execute(text(_LOCK), {"book": book_id})


def settled_on(session: Session, *, book_id: int, closing_month: date) -> date | None:
    """Return the day on which a month's settlement was posted; None when it was not."""
    found = session.execute(text(_SETTLED_ON), {"book": book_id, "month": closing_month})
    day: date | None = found.scalar_one_or_none()
    return day


def fees_to_invoice(session: Session, *, book_id: int, closing_month: date) -> list[FeeToInvoice]:
    """
    Return the fees of a settled month that have no invoice, by rights holder.

    Of those that went back, the ones that a return invoice is needed for.
    """
    asked = {"book": book_id, "month": closing_month, "needed_from": NOTE_NEEDED_FROM_YEN}
    rows = session.execute(text(_FEES), asked)
    return [
        FeeToInvoice(
            settlement_id=row.settlement_id,
            holder_id=row.holder_id,
            fee=SettledFee(
                holder=row.holder,
                settlement=row.settlement,
                closing_month=row.closing_month,
                settled_on=row.settled_on,
                currency=row.currency,
                receipts_minor=row.receipts_minor,
                admin_fee_bp=row.admin_fee_bp,
                fee_minor=row.fee_minor,
                tax_minor=row.tax_minor,
            ),
        )
        for row in rows
    ]


def insert_fee_invoices(
    session: Session, *, book_id: int, invoices: Sequence[NewFeeInvoice]
) -> None:
    """Issue invoices for fees under their numbers, with their figures as rows."""
    issued = [
        NewDocument(
            owner_id=each.of.holder_id,
            kind="fee_invoice",
            series=each.series,
            number=each.number,
            issued_on=each.invoice.issued_on,
            snapshot=to_json(each.invoice),
            facts=facts_of(
                each.invoice.recipient,
                currency=each.invoice.currency,
                amount_minor=each.invoice.total_minor,
            ),
        )
        for each in invoices
    ]
    keys = insert_documents(session, book_id=book_id, documents=issued)
    insert_all(
        session,
        FeeInvoiceRow,
        (
            {
                "document_id": keys[document.reference],
                "settlement_id": each.of.settlement_id,
                "owner_id": each.of.holder_id,
                "currency": each.invoice.currency,
                "subtotal_minor": each.invoice.subtotal_minor,
                "tax_minor": each.invoice.tax_minor,
                "total_minor": each.invoice.total_minor,
            }
            for document, each in zip(issued, invoices, strict=True)
        ),
    )
