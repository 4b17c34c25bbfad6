"""
Receipts: what was paid of invoices, and of which royalty lines, as settlements take it.

A receipt belongs to the licensee that paid. What it paid for belongs to rights holders, and is
read line by line when it is settled. Lines under accrual terms are read by their invoices instead,
and what is paid of them later pays back who paid for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.closing import Cause
from ledger.core.statement import UsageRow
from ledger.core.terms import Recognition
from ledger.core.translation import ForeignPart
from ledger.core.unsettled import ReceivedLine
from ledger.core.usage import Modality, UseClass
from ledger.store.royalties import basis_shown, rate_shown


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What pays an invoice; ``settled_in`` is the closing month it was divided in, if any."""

    id: int
    invoice_reference: str
    licensee_reference: str
    received_on: date
    currency: str
    amount_minor: int  # of the invoice
    bank_fee_minor: int  # of it, kept by a bank and borne by the house
    channel: str | None  # None, and no reference, when it is paid from what the firm had over
    external_reference: str | None
    recorded_by: str
    recorded_at: datetime
    settled_in: date | None


# What is to be divided, as a statement shows it.
_SHOWN = """
    SELECT line.licensee_id, holder.reference AS holder,
           licensee.name_ja AS licensee_ja, licensee.name_en AS licensee_en,
           s.reference AS subject_reference, s.title_ja, s.title_en,
           line.royalty_line_id, line.accrual_month, line.cause, line.steps, line.recognition,
           rate.basis, rate.rate,
           v.revenue_percent,
           coalesce(rate.modality, CASE WHEN cardinality(g.modalities) = 1
                                        THEN g.modalities[1] END) AS modality,
           coalesce(rate.use_class, CASE WHEN cardinality(g.use_classes) = 1
                                         THEN g.use_classes[1] END) AS use_class,
           rate.tier_mode <> 'none' AS is_tiered,
           line.generation_count, line.quantity,
           CAST(paid.amount_minor AS bigint) AS amount_minor,
           CAST(paid.tax_minor AS bigint) AS tax_minor,
           il.amount_minor - il.recouped_minor AS asked_minor,
           invoiced.capacity = 'principal' AS is_own,
           line.currency, paid.receipt_id, paid.day, paid.invoice
    FROM paid
    JOIN royalty_line line USING (royalty_line_id)
    JOIN invoice_line il USING (royalty_line_id)
    JOIN invoice invoiced ON invoiced.document_id = il.document_id
    JOIN rate_line rate USING (rate_line_id)
    JOIN terms_version v ON v.terms_version_id = line.terms_version_id
    JOIN license_grant g USING (license_grant_id)
    JOIN subject s USING (subject_id)
    JOIN party holder ON holder.party_id = line.owner_id
    JOIN party licensee ON licensee.party_id = line.licensee_id
    ORDER BY holder.reference COLLATE "C", s.reference COLLATE "C",
             licensee.reference COLLATE "C", line.accrual_month, line.royalty_line_id,
             paid.day, paid.receipt_id
"""

_OF_BOOK = """
    WITH paid AS (
        SELECT part.royalty_line_id, sum(part.amount_minor) AS amount_minor,
               sum(part.tax_minor) AS tax_minor, CAST(NULL AS bigint) AS receipt_id,
               CAST(NULL AS date) AS day, '' AS invoice
        FROM receipt r
        JOIN receipt_part part USING (receipt_id)
        JOIN invoice i USING (document_id)
        JOIN royalty_line basis USING (royalty_line_id)
        LEFT JOIN settled_receipt settled USING (receipt_id)
        WHERE i.book_id = :book AND r.currency = :currency AND r.received_on <= :through
          AND settled.receipt_id IS NULL AND basis.recognition = 'cash'
        GROUP BY part.royalty_line_id
        UNION ALL
        SELECT royalty_line_id, asked.amount_minor - asked.recouped_minor, asked.tax_minor,
               NULL, NULL, ''
        FROM royalty_line basis
        JOIN invoice_line asked USING (royalty_line_id)
        JOIN invoice i USING (document_id)
        LEFT JOIN accrued_line done USING (royalty_line_id)
        WHERE basis.recognition = 'accrual' AND done.royalty_line_id IS NULL
          AND i.book_id = :book AND i.currency = :currency
          AND basis.closing_month <= :through AND i.issued_on <= :settled_on
          AND (asked.recouped_minor = 0 OR asked.amount_minor <> asked.recouped_minor)
    )
"""

# Of other currencies, receipt by receipt: each has the rate of its own day.
_FOREIGN = """
    WITH paid AS (
        SELECT part.royalty_line_id, part.amount_minor, part.tax_minor, r.receipt_id,
               r.received_on AS day, d.reference AS invoice
        FROM receipt r
        JOIN receipt_part part USING (receipt_id)
        JOIN invoice i USING (document_id)
        JOIN document d USING (document_id)
        JOIN royalty_line basis USING (royalty_line_id)
        LEFT JOIN settled_receipt settled USING (receipt_id)
        WHERE i.book_id = :book AND r.currency <> :currency AND r.received_on <= :through
          AND settled.receipt_id IS NULL AND basis.recognition = 'cash'
        UNION ALL
        SELECT royalty_line_id, asked.amount_minor - asked.recouped_minor, asked.tax_minor,
               NULL, :settled_on, d.reference
        FROM royalty_line basis
        JOIN invoice_line asked USING (royalty_line_id)
        JOIN invoice i USING (document_id)
        JOIN document d USING (document_id)
        LEFT JOIN accrued_line done USING (royalty_line_id)
        WHERE basis.recognition = 'accrual' AND done.royalty_line_id IS NULL
          AND i.book_id = :book AND i.currency <> :currency
          AND basis.closing_month <= :through AND i.issued_on <= :settled_on
          AND (asked.recouped_minor = 0 OR asked.amount_minor <> asked.recouped_minor)
    )
"""

_UNSETTLED = """
    SELECT r.receipt_id, r.licensee_id
    FROM receipt r
    JOIN invoice i USING (document_id)
    LEFT JOIN settled_receipt settled USING (receipt_id)
    WHERE i.book_id = :book AND r.received_on <= :through AND settled.receipt_id IS NULL
    ORDER BY r.receipt_id
"""

_LIST = """
    SELECT r.receipt_id AS id, d.reference AS invoice_reference,
           licensee.reference AS licensee_reference, r.received_on, r.currency, r.amount_minor,
           r.bank_fee_minor, paid.channel, paid.external_reference, r.recorded_by, r.recorded_at,
           settlement.closing_month AS settled_in
    FROM receipt r
    JOIN document d USING (document_id)
    JOIN party licensee ON licensee.party_id = r.licensee_id
    LEFT JOIN payment paid USING (payment_id)
    LEFT JOIN settled_receipt USING (receipt_id)
    LEFT JOIN settlement USING (settlement_id)
    WHERE d.book_id = :book AND r.receipt_id > :after
      AND (CAST(:licensee AS bigint) IS NULL OR r.licensee_id = :licensee)
    ORDER BY r.receipt_id
    LIMIT :limit
"""


def unsettled_lines(
    session: Session, *, book_id: int, currency: str, received_through: date, settled_on: date
) -> list[ReceivedLine]:
    """
    Return every royalty line with what is to be divided of it, and no settlement has divided yet.

    Of most it is what was paid by the last day of a closing month. Of one under accrual terms it
    is all that its invoice asks for, once its month is closed and the invoice issued by
    ``settled_on``.
    All are of one currency. They come by rights holder, subject, licensee and month of use, which
    is the order in which a statement lists them.
    """
    rows = session.execute(
        text(_OF_BOOK + _SHOWN),
        {
            "book": book_id,
            "currency": currency,
            "through": received_through,
            "settled_on": settled_on,
        },
    )
    return [_received_line(row) for row in rows]


def unsettled_foreign(
    session: Session, *, book_id: int, currency: str, received_through: date, settled_on: date
) -> list[ForeignPart]:
    """
    Return what is to be divided in other currencies than one, receipt by receipt.

    A line under accrual terms is divided as of ``settled_on``, without a receipt.
    """
    rows = session.execute(
        text(_FOREIGN + _SHOWN),
        {
            "book": book_id,
            "currency": currency,
            "through": received_through,
            "settled_on": settled_on,
        },
    )
    return [
        ForeignPart(
            line=_received_line(row),
            currency=row.currency,
            day=row.day,
            receipt_id=row.receipt_id,
            invoice=row.invoice,
            amount_minor=row.amount_minor,
            tax_minor=row.tax_minor,
        )
        for row in rows
    ]


def unsettled_receipts(session: Session, *, book_id: int, received_through: date) -> dict[int, int]:
    """Return the receipts by a day that are not settled yet, each with its licensee."""
    rows = session.execute(text(_UNSETTLED), {"book": book_id, "through": received_through})
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
    is_accrued = row.recognition == Recognition.ACCRUAL
    return ReceivedLine(
        licensee_id=row.licensee_id,
        holder=row.holder,
        tax_minor=row.tax_minor,
        royalty_line_id=row.royalty_line_id,
        is_accrued=is_accrued,
        is_own=row.is_own,
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
            paid_from="accrued" if is_accrued else "invoice",
            part_of_minor=None if row.amount_minor == row.asked_minor else row.asked_minor,
        ),
    )
