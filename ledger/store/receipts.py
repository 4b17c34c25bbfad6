"""
Receipts: the payments of invoices, and the royalty lines each of them paid for.

A receipt belongs to the licensee that paid. What it paid for belongs to rights holders, and is
read line by line when it is settled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.closing import Cause
from ledger.core.statement import UsageRow
from ledger.core.unsettled import ReceivedLine
from ledger.core.usage import Modality, UseClass
from ledger.store.royalties import basis_shown, rate_shown


@dataclass(frozen=True, kw_only=True)
class InvoiceToPay:
    """What an invoice asks for."""

    document_id: int
    reference: str
    licensee_id: int
    issued_on: date
    currency: str
    total_minor: int


@dataclass(frozen=True, kw_only=True)
class NewReceipt:
    """A payment about to be written."""

    document_id: int
    licensee_id: int
    received_on: date
    currency: str
    amount_minor: int
    bank_reference: str
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """A payment in the book; ``settled_in`` is the closing month it was divided in, if any."""

    id: int
    invoice_reference: str
    licensee_reference: str
    received_on: date
    currency: str
    amount_minor: int
    bank_reference: str
    recorded_by: str
    recorded_at: datetime
    settled_in: date | None


_INVOICE = """
    SELECT i.document_id, d.reference, i.licensee_id, i.issued_on, i.currency, i.total_minor
    FROM invoice i JOIN document d USING (document_id)
    WHERE d.book_id = :book AND d.reference = :reference
"""

_INSERT = """
    INSERT INTO receipt (document_id, licensee_id, received_on, currency, amount_minor,
                         bank_reference, recorded_at, recorded_by)
    VALUES (:document_id, :licensee_id, :received_on, :currency, :amount_minor,
            :bank_reference, :recorded_at, :recorded_by)
    ON CONFLICT (document_id) DO NOTHING
    RETURNING receipt_id
"""

_RECEIVED_ON = "SELECT received_on FROM receipt WHERE document_id = :document"

_UNSETTLED_LINES = """
    SELECT r.receipt_id, r.licensee_id, holder.reference AS holder,
           licensee.name_ja AS licensee_ja, licensee.name_en AS licensee_en,
           s.reference AS subject_reference, s.title_ja, s.title_en,
           line.royalty_line_id, line.accrual_month, line.cause, line.steps, rate.basis, rate.rate,
           v.revenue_percent,
           coalesce(rate.modality, CASE WHEN cardinality(g.modalities) = 1
                                        THEN g.modalities[1] END) AS modality,
           coalesce(rate.use_class, CASE WHEN cardinality(g.use_classes) = 1
                                         THEN g.use_classes[1] END) AS use_class,
           rate.tier_mode <> 'none' AS is_tiered,
           line.generation_count, line.quantity,
           il.amount_minor - il.recouped_minor AS amount_minor, il.tax_minor
    FROM receipt r
    JOIN invoice i USING (document_id)
    JOIN invoice_line il USING (document_id)
    JOIN royalty_line line USING (royalty_line_id)
    JOIN rate_line rate USING (rate_line_id)
    JOIN terms_version v ON v.terms_version_id = line.terms_version_id
    JOIN license_grant g USING (license_grant_id)
    JOIN subject s USING (subject_id)
    JOIN party holder ON holder.party_id = line.owner_id
    JOIN party licensee ON licensee.party_id = r.licensee_id
    LEFT JOIN settled_receipt settled USING (receipt_id)
    WHERE i.book_id = :book AND r.currency = :currency AND r.received_on <= :through
      AND settled.receipt_id IS NULL
      AND (il.recouped_minor = 0 OR il.amount_minor <> il.recouped_minor)
    ORDER BY holder.reference COLLATE "C", s.reference COLLATE "C",
             licensee.reference COLLATE "C", line.accrual_month, line.royalty_line_id
"""

_BARE_RECEIPTS = """
    SELECT r.receipt_id, r.licensee_id
    FROM receipt r
    JOIN invoice i USING (document_id)
    LEFT JOIN settled_receipt settled USING (receipt_id)
    WHERE i.book_id = :book AND r.currency = :currency AND r.received_on <= :through
      AND settled.receipt_id IS NULL
      AND NOT EXISTS (SELECT FROM invoice_line il WHERE il.document_id = i.document_id
                      AND (il.recouped_minor = 0 OR il.amount_minor <> il.recouped_minor))
    ORDER BY r.receipt_id
"""

_LIST = """
    SELECT r.receipt_id AS id, d.reference AS invoice_reference,
           licensee.reference AS licensee_reference, r.received_on, r.currency, r.amount_minor,
           r.bank_reference, r.recorded_by, r.recorded_at, settlement.closing_month AS settled_in
    FROM receipt r
    JOIN document d USING (document_id)
    JOIN party licensee ON licensee.party_id = r.licensee_id
    LEFT JOIN settled_receipt USING (receipt_id)
    LEFT JOIN settlement USING (settlement_id)
    WHERE d.book_id = :book AND r.receipt_id > :after
      AND (CAST(:licensee AS bigint) IS NULL OR r.licensee_id = :licensee)
    ORDER BY r.receipt_id
    LIMIT :limit
"""


def find_invoice(session: Session, *, book_id: int, reference: str) -> InvoiceToPay | None:
    """Return what an invoice of the book asks for, None when there is none of that number."""
    row = session.execute(text(_INVOICE), {"book": book_id, "reference": reference}).one_or_none()
    return None if row is None else InvoiceToPay(**row._mapping)


def insert_receipt(session: Session, *, receipt: NewReceipt) -> int | None:
    """Write a payment and return its key; None when its invoice has been paid already."""
    return session.execute(text(_INSERT), vars(receipt)).scalar_one_or_none()


def received_on(session: Session, *, document_id: int) -> date | None:
    """Return the day on which an invoice was paid, None when it has not been."""
    return session.execute(text(_RECEIVED_ON), {"document": document_id}).scalar_one_or_none()


def unsettled_lines(
    session: Session, *, book_id: int, currency: str, received_through: date
) -> list[ReceivedLine]:
    """
    Return every royalty line paid for by a day and not settled yet, in one currency.

    They come by rights holder, subject, licensee and month of use, which is the order in which
    a statement lists them.
    """
    rows = session.execute(
        text(_UNSETTLED_LINES),
        {"book": book_id, "currency": currency, "through": received_through},
    )
    return [_received_line(row) for row in rows]


def bare_receipts(
    session: Session, *, book_id: int, currency: str, received_through: date
) -> dict[int, int]:
    """Return receipts of prepayments alone, not settled yet, each with its licensee."""
    rows = session.execute(
        text(_BARE_RECEIPTS),
        {"book": book_id, "currency": currency, "through": received_through},
    )
    return {row.receipt_id: row.licensee_id for row in rows}


def list_receipts(
    session: Session, *, book_id: int, licensee_id: int | None, after: int, limit: int
) -> Sequence[Receipt]:
    """
    Return payments in the order in which they were recorded.

    ``licensee_id`` is whose payments are meant; only the house asks for everybody's (None).
    ``after`` is the id of the last one seen, 0 to begin.
    """
    rows = session.execute(
        text(_LIST), {"book": book_id, "licensee": licensee_id, "after": after, "limit": limit}
    )
    return [Receipt(**row._mapping) for row in rows]


def _received_line(row: Row[Any]) -> ReceivedLine:
    is_top_up = row.cause == Cause.REVENUE_SHARE
    return ReceivedLine(
        receipt_id=row.receipt_id,
        licensee_id=row.licensee_id,
        holder=row.holder,
        tax_minor=row.tax_minor,
        royalty_line_id=row.royalty_line_id,
        usage=UsageRow(
            title_ja=row.title_ja,
            title_en=row.title_en,
            subject_reference=row.subject_reference,
            licensee_ja=row.licensee_ja,
            licensee_en=row.licensee_en,
            accrual_month=row.accrual_month,
            basis=basis_shown(row),
            modality=None if row.modality is None or is_top_up else Modality(row.modality),
            use_class=None if row.use_class is None or is_top_up else UseClass(row.use_class),
            generation_count=row.generation_count,
            quantity=row.quantity,
            rate=rate_shown(row),
            is_tiered=row.is_tiered and not is_top_up,
            royalty_minor=row.amount_minor,
            is_top_up=is_top_up,
        ),
    )
