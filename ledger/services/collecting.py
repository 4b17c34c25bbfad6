"""
Collecting: money of AI firms enters the book, and pays invoices in full or in part.

This is the one door for money that comes in, whatever its channel. Whoever tells of it (the bank's
file, a processor's webhook, a person) says to which invoice it belongs, and gives the reference by
which its channel knows it: :func:`record_receipt` writes each reference once, and answers the
second time with what the first did. So it may be called again and again, in any order.

- ``channel`` decides where the money stands: ``bank`` on the bank's account, ``stripe`` on the one
  of what Stripe has and has not paid out. What Stripe keeps for itself is not the firm's affair:
  ``amount_minor`` is what the firm paid, and the fee is the gateway's own entry.
- A part of an invoice is shared over what is left of its lines and their tax
  (:mod:`ledger.core.payment`). Rights holders are paid from what was received.
- More than is left is refused, unless it is told as ``overpaid``: then the rest is the firm's
  credit, which :mod:`ledger.services.crediting` uses for another invoice or gives back.
- Less by no more than a bank's fee that the house agreed to bear pays the invoice in full.

``invoice.paid`` is told once, when nothing is left to pay.
"""

from dataclasses import dataclass
from datetime import date, datetime

from ledger.core.fields import check_instant, check_text, check_whole
from ledger.core.journal import Account, JournalEntry
from ledger.core.money import Money
from ledger.core.payment import (
    ACCOUNT_OF_CHANNEL,
    Applied,
    Channel,
    apply_payment,
    postings,
)
from ledger.core.period import first_open_day, tokyo_day
from ledger.core.refusal import Refusal
from ledger.core.webhook import invoice_paid
from ledger.services import BOOK_ID
from ledger.store import entries, months, outbox, payments, receipts
from ledger.store.database import Database, Transaction
from ledger.store.payments import InvoiceToPay, NewPayment, NewReceipt, PaymentInBook
from ledger.store.receipts import Receipt

#: Most rows of one page.
LIMIT_MAX = 1_000


class PaymentRecordedOtherwise(Refusal):
    """The reference is of a payment in the book that is another one. Carries what that is."""

    code = "payment_recorded_otherwise"
    field = "external_reference"


class InvoiceAlreadyPaid(Refusal):
    """Nothing is left to pay of the invoice. Carries the day of the last payment."""

    code = "invoice_already_paid"
    field = "invoice_reference"


class ReceiptInOtherCurrency(Refusal):
    """The payment is not in the currency of the invoice."""

    code = "receipt_in_other_currency"
    field = "currency"


class ReceiptBeyondInvoice(Refusal):
    """The payment is more than is left to pay of the invoice. Carries both."""

    code = "receipt_beyond_invoice"
    field = "amount_minor"


class InvoiceAsksForNothing(Refusal):
    """All that the invoice is about was paid in advance."""

    code = "invoice_asks_for_nothing"
    field = "invoice_reference"


class ReceiptBeforeInvoice(Refusal):
    """The payment is said to have come before the invoice was issued."""

    code = "receipt_before_invoice"
    field = "received_on"


class ReceiptInFuture(Refusal):
    """The payment is said to have come on a day that has not come yet."""

    code = "receipt_in_future"
    field = "received_on"


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What became of a payment; of one that was in the book before, what became of it then."""

    receipt_id: int | None  # None when all of it is the firm's credit
    applied_minor: int  # of the invoice, the fee that the house bears included
    bank_fee_minor: int
    credit_minor: int
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some receipts, and where to go on; None when there are no more."""

    receipts: tuple[Receipt, ...]
    next_after: int | None


@dataclass(frozen=True, kw_only=True)
class _Told:
    """Money as somebody told of it."""

    book_id: int
    channel: Channel
    external_reference: str
    amount_minor: int
    currency: str
    received_on: date
    recorded_by: str
    recorded_at: datetime


def record_receipt(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    invoice_reference: str,
    amount_minor: int,
    currency: str,
    received_on: date,
    channel: Channel = Channel.BANK,
    external_reference: str,
    overpaid: bool = False,
    recorded_by: str,
    recorded_at: datetime,
) -> Recorded:
    """
    Record that money came in for an invoice, once for each reference of its channel.

    It is posted on the day on which it came, or on the first day the book is open after it when
    that month was closed before anybody told the book.

    :raises InvoiceUnknown: no invoice has the number.
    :raises ReceiptInOtherCurrency: the invoice is in another currency.
    :raises InvoiceAlreadyPaid, ReceiptBeyondInvoice: more came than is left, and it is not told as
        ``overpaid``.
    :raises InvoiceAsksForNothing: there is nothing to pay.
    :raises ReceiptBeforeInvoice: it came before the invoice was issued.
    :raises ReceiptInFuture: the day lies after ``recorded_at``.
    :raises PaymentRecordedOtherwise: the channel's reference is in the book, of other money.
    """
    check_whole(amount_minor, field="amount_minor", least=1)
    check_text(external_reference, field="external_reference")
    check_text(recorded_by, field="recorded_by")
    told = _Told(
        book_id=book_id,
        channel=channel,
        external_reference=external_reference,
        amount_minor=amount_minor,
        currency=currency,
        received_on=received_on,
        recorded_by=recorded_by,
        recorded_at=check_instant(recorded_at, field="recorded_at"),
    )
    with database.transaction() as session:
        invoice = payments.lock_invoice(session, book_id=book_id, reference=invoice_reference)
        before = payments.find_payment(
            session, book_id=book_id, channel=channel, external_reference=external_reference
        )
        if before is not None:
            return _recorded_before(before, told, invoice)
        _check(invoice, told, overpaid=overpaid)
        return _record(session, told, invoice)


def list_receipts(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    licensee_id: int | None,
    after: int = 0,
    limit: int = 100,
) -> Page:
    """
    Return a page of receipts in the order in which they were recorded.

    ``licensee_id`` is whose receipts are meant; only the house asks for everybody's (None).

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        found = receipts.list_receipts(
            session, book_id=book_id, licensee_id=licensee_id, after=after, limit=limit + 1
        )
    page = tuple(found[:limit])
    return Page(receipts=page, next_after=page[-1].id if len(found) > limit else None)


def _recorded_before(before: PaymentInBook, told: _Told, invoice: InvoiceToPay) -> Recorded:
    """Answer a payment that is in the book, if it is the one that is told of."""
    found = (before.licensee_id, before.currency, before.amount_minor, before.received_on)
    asked = (invoice.licensee_id, told.currency, told.amount_minor, told.received_on)
    is_other_invoice = before.invoice_reference not in (None, invoice.reference)
    if found != asked or is_other_invoice:
        raise _otherwise(told, before.amount_minor, before.currency, before.received_on)
    return Recorded(
        receipt_id=before.receipt_id,
        applied_minor=before.applied_minor,
        bank_fee_minor=before.bank_fee_minor,
        credit_minor=before.amount_minor + before.bank_fee_minor - before.applied_minor,
        is_new=False,
    )


def _otherwise(
    told: _Told, amount_minor: int, currency: str, received_on: date
) -> PaymentRecordedOtherwise:
    return PaymentRecordedOtherwise(
        channel=told.channel,
        reference=told.external_reference,
        amount=Money(amount_minor, currency).to_decimal(),
        currency=currency,
        received_on=received_on,
    )


def _check(invoice: InvoiceToPay, told: _Told, *, overpaid: bool) -> None:
    reference, today = invoice.reference, tokyo_day(told.recorded_at)
    if invoice.total_minor == 0:
        raise InvoiceAsksForNothing(reference=reference)
    if told.currency != invoice.currency:
        raise ReceiptInOtherCurrency(
            reference=reference, currency=told.currency, invoiced=invoice.currency
        )
    if told.received_on < invoice.issued_on:
        raise ReceiptBeforeInvoice(
            reference=reference, received_on=told.received_on, issued_on=invoice.issued_on
        )
    if told.received_on > today:
        raise ReceiptInFuture(received_on=told.received_on, today=today)
    if overpaid or told.amount_minor <= invoice.left_minor:
        return
    if invoice.left_minor == 0:
        raise InvoiceAlreadyPaid(reference=reference, received_on=invoice.last_received_on)
    raise ReceiptBeyondInvoice(
        reference=reference,
        currency=invoice.currency,
        amount=Money(told.amount_minor, told.currency).to_decimal(),
        left=Money(invoice.left_minor, invoice.currency).to_decimal(),
    )


def _record(session: Transaction, told: _Told, invoice: InvoiceToPay) -> Recorded:
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
    receipt_id = _write(session, told, invoice, applied)
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
        receipt_id=receipt_id,
        applied_minor=applied.applied_minor,
        bank_fee_minor=applied.bank_fee_minor,
        credit_minor=applied.over_minor,
        is_new=True,
    )


def _write(
    session: Transaction, told: _Told, invoice: InvoiceToPay, applied: Applied
) -> int | None:
    """Write a payment, and what of it pays the invoice; return the key of that, if anything."""
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
        raise _otherwise(told, told.amount_minor, told.currency, told.received_on)
    if not applied.applied_minor:
        return None
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
    return payments.insert_receipt(session, receipt=receipt, parts=applied.parts)
