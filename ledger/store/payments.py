"""
Payments: money that came in, written once with what it pays; and what firms paid too much.

What is read for it is what an invoice still asks for, line by line. What became of the money
afterwards is read in :mod:`ledger.store.receipts`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session, insert

from ledger.core.payment import (
    Channel,
    FeeBearer,
    InvoiceUnknown,
    ItemLeft,
    ReceiptPart,
    TransferFeeTerms,
)
from ledger.core.told_payment import InvoiceToPay, PaymentInBook
from ledger.store.tables.payments import CreditReturnRow, ReceiptPartRow, TransferFeeTermsRow


@dataclass(frozen=True, kw_only=True)
class NewPayment:
    """Money that came in, about to be written."""

    licensee_id: int
    channel: Channel
    external_reference: str
    received_on: date
    currency: str
    amount_minor: int
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class NewReceipt:
    """What pays an invoice, about to be written with its parts."""

    document_id: int
    licensee_id: int
    payment_id: int | None  # None when it is paid from what the firm has over
    received_on: date
    currency: str
    amount_minor: int
    bank_fee_minor: int
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class Credit:
    """What a firm paid too much in one currency, and has not used."""

    licensee: str
    currency: str
    amount_minor: int


_LOCK = "SELECT lock_money_of(:licensee)"

_INVOICE = """
    SELECT i.document_id, d.reference, i.licensee_id, i.issued_on, i.currency, i.total_minor,
           CAST(coalesce(sum(r.amount_minor), 0) AS bigint) AS received_minor,
           max(r.received_on) AS last_received_on
    FROM invoice i
    JOIN document d USING (document_id)
    LEFT JOIN receipt r USING (document_id)
    WHERE i.document_id = (  -- A corrected invoice asks for what the first one does.
        SELECT coalesce(again.invoice_id, asked.document_id)
        FROM document asked LEFT JOIN invoice_reissue again USING (document_id)
        WHERE asked.book_id = :book AND asked.reference = :reference
    )
    GROUP BY i.document_id, d.reference
"""

_ITEMS = """
    WITH paid AS (
        SELECT p.number, sum(p.amount_minor) AS amount_minor, sum(p.tax_minor) AS tax_minor
        FROM receipt r JOIN receipt_part p USING (receipt_id)
        WHERE r.document_id = :document GROUP BY p.number
    ), asked AS (
        SELECT number, royalty_line_id, CAST(NULL AS bigint) AS prepayment_id,
               amount_minor - recouped_minor AS amount_minor, tax_minor,
               recouped_minor = 0 AND amount_minor = 0 AS is_bare
        FROM invoice_line WHERE document_id = :document
        UNION ALL
        SELECT number, NULL, prepayment_id, amount_minor, tax_minor, false
        FROM invoice_prepayment WHERE document_id = :document
    )
    SELECT a.number, a.royalty_line_id, a.prepayment_id,
           CAST(a.amount_minor - coalesce(paid.amount_minor, 0) AS bigint) AS amount_minor,
           CAST(a.tax_minor - coalesce(paid.tax_minor, 0) AS bigint) AS tax_minor,
           a.is_bare AND paid.number IS NULL AS is_bare
    FROM asked a LEFT JOIN paid USING (number) ORDER BY a.number
"""

_INSERT_PAYMENT = """
    INSERT INTO payment (licensee_id, book_id, channel, external_reference, received_on, currency,
                         amount_minor, recorded_at, recorded_by)
    VALUES (:licensee_id, :book_id, :channel, :external_reference, :received_on, :currency,
            :amount_minor, :recorded_at, :recorded_by)
    ON CONFLICT (book_id, channel, external_reference) DO NOTHING
    RETURNING payment_id
"""

_INSERT_RECEIPT = """
    INSERT INTO receipt (document_id, licensee_id, payment_id, received_on, currency, amount_minor,
                         bank_fee_minor, recorded_at, recorded_by)
    VALUES (:document_id, :licensee_id, :payment_id, :received_on, :currency, :amount_minor,
            :bank_fee_minor, :recorded_at, :recorded_by)
    RETURNING receipt_id
"""

_PAYMENT = """
    SELECT p.payment_id AS id, p.licensee_id, p.currency, p.amount_minor, p.received_on,
           min(d.reference) AS invoice_reference, min(r.receipt_id) AS receipt_id,
           CAST(coalesce(sum(r.amount_minor), 0) AS bigint) AS applied_minor,
           CAST(coalesce(sum(r.bank_fee_minor), 0) AS bigint) AS bank_fee_minor
    FROM payment p
    LEFT JOIN receipt r USING (payment_id)
    LEFT JOIN document d USING (document_id)
    WHERE p.book_id = :book AND p.channel = :channel AND p.external_reference = :reference
    GROUP BY p.payment_id
"""

_FEE_TERMS = """
    SELECT bearer, up_to_minor FROM transfer_fee_terms
    WHERE licensee_id = :licensee AND currency = :currency AND effective_from <= :on
    ORDER BY effective_from DESC LIMIT 1
"""

_HAS_FEE_TERMS = """
    SELECT EXISTS (SELECT FROM transfer_fee_terms
                   WHERE licensee_id = :licensee AND currency = :currency AND effective_from = :on)
"""

_CREDIT = "SELECT credit_of(:licensee, :currency)"

_CREDITS = """
    SELECT p.reference AS licensee, m.currency, credit_of(p.party_id, m.currency) AS amount_minor
    FROM (SELECT DISTINCT licensee_id, currency FROM payment WHERE book_id = :book) m
    JOIN party p ON p.party_id = m.licensee_id
    WHERE credit_of(p.party_id, m.currency) > 0
    ORDER BY p.reference COLLATE "C", m.currency
"""


def lock_money(session: Session, *, licensee_id: int) -> None:
    """Wait for whoever is paying, or using, a firm's money; the next waits for us."""
    session.execute(text(_LOCK), {"licensee": licensee_id})


def lock_invoice(session: Session, *, book_id: int, reference: str) -> InvoiceToPay:
    """
    Return what an invoice of the book asks for, while nobody else pays it or uses its firm's money.

    :raises InvoiceUnknown: there is none of that number.
    """
    asked = {"book": book_id, "reference": reference}
    found = session.execute(text(_INVOICE), asked).one_or_none()
    if found is None:
        raise InvoiceUnknown(reference=reference)
    lock_money(session, licensee_id=found.licensee_id)
    return InvoiceToPay(**session.execute(text(_INVOICE), asked).one()._mapping)


def find_invoice(session: Session, *, book_id: int, reference: str) -> InvoiceToPay | None:
    """Return what an invoice of the book asks for, None when there is none of that number."""
    row = session.execute(text(_INVOICE), {"book": book_id, "reference": reference}).one_or_none()
    return None if row is None else InvoiceToPay(**row._mapping)


def items_left(session: Session, *, document_id: int) -> list[ItemLeft]:
    """Return the lines and prepayments of an invoice with what is to be paid of each, in order."""
    rows = session.execute(text(_ITEMS), {"document": document_id})
    return [ItemLeft(**row._mapping) for row in rows]


def insert_payment(session: Session, *, book_id: int, payment: NewPayment) -> int | None:
    """Write money that came in, and return its key; None when its reference is in the book."""
    return session.execute(
        text(_INSERT_PAYMENT), {"book_id": book_id, **vars(payment)}
    ).scalar_one_or_none()


def insert_receipt(session: Session, *, receipt: NewReceipt, parts: Iterable[ReceiptPart]) -> int:
    """Write what pays an invoice, and return its key."""
    receipt_id: int = session.execute(text(_INSERT_RECEIPT), vars(receipt)).scalar_one()
    rows = [
        {"receipt_id": receipt_id, "licensee_id": receipt.licensee_id, **vars(part)}
        for part in parts
    ]
    session.execute(insert(ReceiptPartRow), rows)
    return receipt_id


def find_payment(
    session: Session, *, book_id: int, channel: Channel, external_reference: str
) -> PaymentInBook | None:
    """Return the payment of a channel's reference, None when it is not in the book."""
    asked = {"book": book_id, "channel": channel, "reference": external_reference}
    row = session.execute(text(_PAYMENT), asked).one_or_none()
    return None if row is None else PaymentInBook(**row._mapping)


def fee_terms(
    session: Session, *, licensee_id: int, currency: str, on: date
) -> TransferFeeTerms | None:
    """Return what is agreed with a firm about fees of banks on a day, None when nothing is."""
    asked = {"licensee": licensee_id, "currency": currency, "on": on}
    row = session.execute(text(_FEE_TERMS), asked).one_or_none()
    if row is None:
        return None
    return TransferFeeTerms(bearer=FeeBearer(row.bearer), up_to_minor=row.up_to_minor)


def has_fee_terms_of(session: Session, *, licensee_id: int, currency: str, on: date) -> bool:
    """Tell whether terms about fees begin on that very day."""
    asked = {"licensee": licensee_id, "currency": currency, "on": on}
    return bool(session.scalar(text(_HAS_FEE_TERMS), asked))


def insert_fee_terms(
    session: Session,
    *,
    book_id: int,
    licensee_id: int,
    currency: str,
    effective_from: date,
    terms: TransferFeeTerms,
    recorded_at: datetime,
    recorded_by: str,
) -> None:
    """Write what is agreed with a firm about fees of banks."""
    row = {
        "licensee_id": licensee_id,
        "currency": currency,
        "effective_from": effective_from,
        "book_id": book_id,
        **vars(terms),
        "recorded_at": recorded_at,
        "recorded_by": recorded_by,
    }
    session.execute(insert(TransferFeeTermsRow), [row])


def credit_of(session: Session, *, licensee_id: int, currency: str) -> int:
    """Return what a firm paid too much and has not used; lock its money before."""
    asked = {"licensee": licensee_id, "currency": currency}
    found: int = session.execute(text(_CREDIT), asked).scalar_one()
    return found


def list_credits(session: Session, *, book_id: int) -> tuple[Credit, ...]:
    """Return what firms paid too much and have not used, by firm and currency."""
    rows = session.execute(text(_CREDITS), {"book": book_id})
    return tuple(Credit(**row._mapping) for row in rows)


def insert_credit_return(
    session: Session,
    *,
    book_id: int,
    licensee_id: int,
    currency: str,
    amount_minor: int,
    recorded_at: datetime,
    recorded_by: str,
) -> None:
    """Write that what a firm paid too much is owed to it again."""
    row = {
        "licensee_id": licensee_id,
        "book_id": book_id,
        "currency": currency,
        "amount_minor": amount_minor,
        "recorded_at": recorded_at,
        "recorded_by": recorded_by,
    }
    session.execute(insert(CreditReturnRow), [row])
