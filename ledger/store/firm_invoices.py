"""What an AI firm was invoiced, what came in for it, and what is left; read under its own role."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session


@dataclass(frozen=True, kw_only=True)
class FirmInvoice:
    """An invoice and how far it is paid. What corrected it asks for the same money."""

    document_id: int
    reference: str
    kind: str  # "royalty", or "advance" for what is paid before any use
    accrual_month: date
    issued_on: date
    due_on: date
    currency: str
    subtotal_minor: int
    tax_minor: int
    total_minor: int
    received_minor: int
    last_received_on: date | None
    corrected_by: str | None  # the newest invoice that takes its place

    @property
    def left_minor(self) -> int:
        """What is left to pay."""
        return max(self.total_minor - self.received_minor, 0)


@dataclass(frozen=True, kw_only=True)
class FirmReceipt:
    """What paid an invoice, or a part of it."""

    received_on: date
    currency: str
    amount_minor: int
    channel: str | None  # None where a credit was used
    bank_fee_minor: int  # of the amount; kept by a bank and borne by the house


_INVOICES = """
    SELECT i.document_id, d.reference, i.kind, i.accrual_month, i.issued_on, i.due_on, i.currency,
           i.subtotal_minor, i.tax_minor, i.total_minor,
           CAST(coalesce(paid.amount_minor, 0) AS bigint) AS received_minor,
           paid.last_received_on,
           (SELECT c.reference FROM invoice_reissue again JOIN document c USING (document_id)
            WHERE again.invoice_id = i.document_id
            ORDER BY again.document_id DESC LIMIT 1) AS corrected_by
    FROM invoice i
    JOIN document d USING (document_id)
    LEFT JOIN LATERAL (
        SELECT sum(r.amount_minor) AS amount_minor, max(r.received_on) AS last_received_on
        FROM receipt r WHERE r.document_id = i.document_id
    ) paid ON true
    WHERE d.book_id = :book AND i.licensee_id = :licensee
"""
_PAGE = (
    _INVOICES
    + "AND i.document_id < :before"
    + " AND (NOT :open OR i.total_minor > coalesce(paid.amount_minor, 0))"
    + " ORDER BY i.document_id DESC LIMIT :limit"
)
_NAMED = _INVOICES + "AND i.document_id = :document"

# A corrected invoice asks for what the first one does.
_MEANT = """
    SELECT coalesce(again.invoice_id, asked.document_id)
    FROM document asked LEFT JOIN invoice_reissue again USING (document_id)
    WHERE asked.book_id = :book AND asked.reference = :reference
"""

_RECEIPTS = """
    SELECT r.received_on, r.currency, r.amount_minor, p.channel, r.bank_fee_minor
    FROM receipt r LEFT JOIN payment p USING (payment_id)
    WHERE r.document_id = :document ORDER BY r.received_on, r.receipt_id
"""

#: Later than every document there is.
LAST = 2**63 - 1


def list_invoices(
    session: Session,
    *,
    book_id: int,
    licensee_id: int,
    is_open_only: bool,
    before: int,
    limit: int,
) -> list[FirmInvoice]:
    """Return a firm's invoices, the latest first; with ``is_open_only`` those not paid in full."""
    asked = {
        "book": book_id,
        "licensee": licensee_id,
        "open": is_open_only,
        "before": before,
        "limit": limit,
    }
    return [_invoice(row) for row in session.execute(text(_PAGE), asked)]


def find_invoice(
    session: Session, *, book_id: int, licensee_id: int, reference: str
) -> FirmInvoice | None:
    """Return a firm's invoice, also by the number of one that corrected it; None if none."""
    named = {"book": book_id, "reference": reference}
    meant = session.execute(text(_MEANT), named).scalar_one_or_none()
    asked = {"book": book_id, "licensee": licensee_id, "document": meant}
    row = session.execute(text(_NAMED), asked).one_or_none()
    return None if row is None else _invoice(row)


def list_receipts(session: Session, *, document_id: int) -> list[FirmReceipt]:
    """Return what came in for an invoice, in the order in which it came."""
    rows = session.execute(text(_RECEIPTS), {"document": document_id})
    return [FirmReceipt(**row._mapping) for row in rows]


def _invoice(row: Row[Any]) -> FirmInvoice:
    return FirmInvoice(**row._mapping)
