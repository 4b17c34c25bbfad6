"""
The writing of money that came in: its payment, what it pays, its entry, and who is told.

It is written within the transaction of whoever takes it, with the invoice locked.
"""

from datetime import datetime

from sqlmodel import Session

from ledger.core.bank_statement import StatementLine
from ledger.core.journal import Account, JournalEntry
from ledger.core.payment import ACCOUNT_OF_CHANNEL, Applied, Channel, apply_payment, postings
from ledger.core.period import first_open_day
from ledger.core.told_payment import (
    InvoiceToPay,
    Recorded,
    ToldPayment,
    check_payment,
    otherwise,
)
from ledger.core.webhook import invoice_paid
from ledger.store import bank_files, entries, months, outbox, payments
from ledger.store.payments import NewPayment, NewReceipt


def record(session: Session, told: ToldPayment, invoice: InvoiceToPay) -> Recorded:
    """
    Write money that pays an invoice, which was locked and checked before; return what it did.

    :raises PaymentRecordedOtherwise: somebody told of it for another firm at this very moment.
    """
    terms = payments.fee_terms(
        session,
        licensee_id=invoice.licensee_id,
        currency=told.currency,
        on=told.received_on,
    )
    applied = apply_payment(
        told.amount_minor,
        items=payments.items_left(session, document_id=invoice.document_id),
        fee_terms=terms,
    )
    payment_id, receipt_id = _write(session, told, invoice, applied)
    last_closed = months.read_months(session, book_id=told.book_id).last_closed
    entry = JournalEntry(
        kind="receipt",
        posted_on=first_open_day(told.received_on, last_closed=last_closed),
        currency=told.currency,
        source=invoice.reference,
        postings=postings(
            applied,
            paid_minor=told.amount_minor,
            account=Account(ACCOUNT_OF_CHANNEL[told.channel]),
            licensee_id=invoice.licensee_id,
        ),
    )
    entries.write_entry(session, book_id=told.book_id, entry=entry, recorded_at=told.recorded_at)
    if applied.applied_minor == invoice.left_minor > 0:
        paid = invoice_paid(
            licensee_id=invoice.licensee_id,
            invoice=invoice.reference,
            received_on=told.received_on,
            currency=told.currency,
            amount_minor=invoice.total_minor,
        )
        outbox.enqueue(session, book_id=told.book_id, events=[paid], occurred_at=told.recorded_at)
    return Recorded(
        payment_id=payment_id,
        receipt_id=receipt_id,
        applied_minor=applied.applied_minor,
        bank_fee_minor=applied.bank_fee_minor,
        credit_minor=applied.over_minor,
        is_new=True,
    )


def _write(
    session: Session, told: ToldPayment, invoice: InvoiceToPay, applied: Applied
) -> tuple[int, int | None]:
    """Write a payment, and what of it pays the invoice; return the keys, of that if anything."""
    payment_id = payments.insert_payment(
        session,
        book_id=told.book_id,
        payment=NewPayment(
            licensee_id=invoice.licensee_id,
            channel=told.channel,
            external_reference=told.external_reference,
            received_on=told.received_on,
            currency=told.currency,
            amount_minor=told.amount_minor,
            recorded_by=told.recorded_by,
            recorded_at=told.recorded_at,
        ),
    )
    if payment_id is None:  # Told for an invoice of another firm at this very moment.
        raise otherwise(told, told.amount_minor, told.currency, told.received_on)
    if not applied.applied_minor:
        return payment_id, None
    receipt = NewReceipt(
        document_id=invoice.document_id,
        licensee_id=invoice.licensee_id,
        payment_id=payment_id,
        received_on=told.received_on,
        currency=told.currency,
        amount_minor=applied.applied_minor,
        bank_fee_minor=applied.bank_fee_minor,
        recorded_by=told.recorded_by,
        recorded_at=told.recorded_at,
    )
    return payment_id, payments.insert_receipt(session, receipt=receipt, parts=applied.parts)


def receive_line(
    session: Session,
    *,
    book_id: int,
    line_id: int,
    line: StatementLine,
    account: str,
    currency: str,
    invoice_reference: str,
    recorded_by: str,
    recorded_at: datetime,
    overpaid: bool = False,
) -> Recorded:
    """
    Write what a line of a bank's statement brought as a payment of an invoice.

    :raises InvoiceUnknown: no invoice has the number.
    :raises ReceiptBeyondInvoice, ReceiptBeforeInvoice: see
        :func:`ledger.core.told_payment.check_payment`.
    """
    invoice = payments.lock_invoice(session, book_id=book_id, reference=invoice_reference)
    told = ToldPayment(
        book_id=book_id,
        channel=Channel.BANK,
        external_reference=f"{account}/{line.booked_on}/{line_id}",
        amount_minor=line.amount_minor,
        currency=currency,
        received_on=line.booked_on,
        recorded_by=recorded_by,
        recorded_at=recorded_at,
    )
    check_payment(invoice, told, overpaid=overpaid)
    return record(session, told, invoice)


def end_line(
    session: Session,
    *,
    book_id: int,
    line_id: int,
    payment_id: int,
    reason: str,
    ended_by: str,
    ended_at: datetime,
) -> None:
    """Write that a line of a bank's statement stands behind a payment."""
    bank_files.insert_ending(
        session,
        book_id=book_id,
        line_id=line_id,
        state="matched",
        payment_id=payment_id,
        reason=reason,
        ended_at=ended_at,
        ended_by=ended_by,
    )
