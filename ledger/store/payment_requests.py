"""Payment requests: which firm is asked to pay what of an invoice, how, and where it pays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, insert

from ledger.core.processor import Method
from ledger.store.tables.stripe import PaymentRequestRow


@dataclass(frozen=True, kw_only=True)
class InvoiceAsked:
    """An invoice that may be paid, and what is left of it."""

    document_id: int
    reference: str
    licensee_id: int
    currency: str
    left_minor: int
    requests: int  # how many there were before


@dataclass(frozen=True, kw_only=True)
class PaymentRequest:
    """One way in which a firm may pay what was left of an invoice."""

    reference: str
    invoice: str
    licensee_id: int
    licensee: str
    method: Method
    is_live: bool
    currency: str
    amount_minor: int
    requested_at: datetime
    requested_by: str
    outcome: str | None  # "done" where it can be paid; None while Stripe was not asked
    reason: str | None
    answer: Mapping[str, Any] | None
    is_withdrawn: bool
    paid_on: date | None  # when the invoice was paid, by whatever way


_INVOICE = """
    SELECT i.document_id, d.reference, i.licensee_id, i.currency,
           CAST(i.total_minor - coalesce((SELECT sum(amount_minor) FROM receipt r
                                          WHERE r.document_id = i.document_id), 0)
                AS bigint) AS left_minor,
           (SELECT count(*) FROM payment_request q WHERE q.document_id = i.document_id) AS requests
    FROM invoice i JOIN document d USING (document_id)
    WHERE d.book_id = :book AND d.reference = :reference
      AND (CAST(:owner AS bigint) IS NULL OR i.licensee_id = :owner)
"""

_LIST = """
    SELECT q.reference, d.reference AS invoice, q.licensee_id, p.reference AS licensee, q.method,
           q.is_live, q.currency, q.amount_minor, q.requested_at, q.requested_by,
           o.outcome, o.reason, o.answer,
           EXISTS (SELECT FROM stripe_call w WHERE w.book_id = c.book_id AND w.kind = 'withdraw'
                   AND w.subject = q.reference) AS is_withdrawn,
           (SELECT max(r.received_on) FROM receipt r WHERE r.document_id = q.document_id
            HAVING sum(r.amount_minor) >= i.total_minor) AS paid_on
    FROM payment_request q
    JOIN invoice i USING (document_id)
    JOIN document d USING (document_id)
    JOIN party p ON p.party_id = q.licensee_id
    JOIN stripe_call c ON c.book_id = d.book_id AND c.kind = 'open' AND c.subject = q.reference
    LEFT JOIN LATERAL (SELECT * FROM stripe_outcome o WHERE o.stripe_call_id = c.stripe_call_id
                       ORDER BY number DESC LIMIT 1) o ON true
    WHERE d.book_id = :book AND (CAST(:owner AS bigint) IS NULL OR q.licensee_id = :owner)
      AND (CAST(:invoice AS text) IS NULL OR d.reference = :invoice)
      AND (CAST(:request AS text) IS NULL OR q.reference = :request)
    ORDER BY q.payment_request_id DESC
    LIMIT :limit
"""

_OPEN_OF_PAID = """
    SELECT q.reference
    FROM payment_request q
    JOIN invoice i USING (document_id)
    WHERE i.book_id = :book
      AND NOT EXISTS (SELECT FROM stripe_call w WHERE w.book_id = i.book_id
                      AND w.kind = 'withdraw' AND w.subject = q.reference)
      AND (SELECT sum(r.amount_minor) FROM receipt r
           WHERE r.document_id = q.document_id) >= i.total_minor
    ORDER BY q.payment_request_id
"""


def find_invoice(
    session: Session, *, book_id: int, reference: str, owner_id: int | None
) -> InvoiceAsked | None:
    """Return an invoice of a firm's, of anybody's for the house (None); None if there is none."""
    asked = {"book": book_id, "reference": reference, "owner": owner_id}
    row = session.execute(text(_INVOICE), asked).one_or_none()
    return None if row is None else InvoiceAsked(**row._mapping)


def insert_request(
    session: Session,
    *,
    invoice: InvoiceAsked,
    reference: str,
    method: Method,
    is_live: bool,
    requested_at: datetime,
    requested_by: str,
) -> None:
    """Write a request for what is left of an invoice."""
    row = {
        "licensee_id": invoice.licensee_id,
        "document_id": invoice.document_id,
        "reference": reference,
        "method": method,
        "is_live": is_live,
        "currency": invoice.currency,
        "amount_minor": invoice.left_minor,
        "requested_at": requested_at,
        "requested_by": requested_by,
    }
    session.execute(insert(PaymentRequestRow), [row])


def open_of_paid(session: Session, *, book_id: int) -> Sequence[PaymentRequest]:
    """Return requests that nobody withdrew though their invoices were paid in full."""
    found = session.execute(text(_OPEN_OF_PAID), {"book": book_id}).scalars().all()
    return [
        request
        for reference in found
        for request in list_requests(session, book_id=book_id, request=reference)
    ]


def list_requests(
    session: Session,
    *,
    book_id: int,
    owner_id: int | None = None,
    invoice: str | None = None,
    request: str | None = None,
    limit: int = 100,
) -> Sequence[PaymentRequest]:
    """Return requests, the newest first; of one firm, invoice or reference where that is asked."""
    asked = {
        "book": book_id,
        "owner": owner_id,
        "invoice": invoice,
        "request": request,
        "limit": limit,
    }
    return [
        PaymentRequest(**{**row._mapping, "method": Method(row.method)})
        for row in session.execute(text(_LIST), asked)
    ]
