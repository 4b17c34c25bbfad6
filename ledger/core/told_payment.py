"""
Money that came in, as it is told: which invoice it pays, and why it may not be written as told.

Channels, files and persons tell of it alike; what is refused here is refused for all of them.
"""

from dataclasses import dataclass
from datetime import date, datetime

from ledger.core.money import Money
from ledger.core.payment import Channel
from ledger.core.period import tokyo_day
from ledger.core.refusal import Refusal


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
class InvoiceToPay:
    """What an invoice asks for, and what of it was received."""

    document_id: int
    reference: str
    licensee_id: int
    issued_on: date
    currency: str
    total_minor: int
    received_minor: int
    last_received_on: date | None

    @property
    def left_minor(self) -> int:
        """What is still to be paid."""
        return self.total_minor - self.received_minor


@dataclass(frozen=True, kw_only=True)
class PaymentInBook:
    """A payment that is in the book, and what it did."""

    id: int
    licensee_id: int
    currency: str
    amount_minor: int
    received_on: date
    invoice_reference: str | None  # the first that it pays
    receipt_id: int | None
    applied_minor: int
    bank_fee_minor: int


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What became of a payment; of one that was in the book before, what became of it then."""

    payment_id: int
    receipt_id: int | None  # None when all of it is the firm's credit
    applied_minor: int  # of the invoice, the fee that the house bears included
    bank_fee_minor: int
    credit_minor: int
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class ToldPayment:
    """Money that came in, as somebody told of it."""

    book_id: int
    channel: Channel
    external_reference: str
    amount_minor: int
    currency: str
    received_on: date
    recorded_by: str
    recorded_at: datetime


def check_payment(invoice: InvoiceToPay, told: ToldPayment, *, overpaid: bool) -> None:
    """
    Check that money can pay an invoice as it is told.

    :raises InvoiceAsksForNothing, ReceiptInOtherCurrency, ReceiptBeforeInvoice, ReceiptInFuture,
        InvoiceAlreadyPaid, ReceiptBeyondInvoice: it cannot.
    """
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


def recorded_before(before: PaymentInBook, told: ToldPayment, invoice: InvoiceToPay) -> Recorded:
    """
    Return what a payment did that is in the book, if it is the one that is told of.

    :raises PaymentRecordedOtherwise: the reference is of other money.
    """
    found = (before.licensee_id, before.currency, before.amount_minor, before.received_on)
    asked = (invoice.licensee_id, told.currency, told.amount_minor, told.received_on)
    is_other_invoice = before.invoice_reference not in (None, invoice.reference)
    if found != asked or is_other_invoice:
        raise otherwise(told, before.amount_minor, before.currency, before.received_on)
    return Recorded(
        payment_id=before.id,
        receipt_id=before.receipt_id,
        applied_minor=before.applied_minor,
        bank_fee_minor=before.bank_fee_minor,
        credit_minor=before.amount_minor + before.bank_fee_minor - before.applied_minor,
        is_new=False,
    )


def otherwise(
    told: ToldPayment, amount_minor: int, currency: str, received_on: date
) -> PaymentRecordedOtherwise:
    """Return the refusal of a reference that is in the book with other money."""
    return PaymentRecordedOtherwise(
        channel=told.channel,
        reference=told.external_reference,
        amount=Money(amount_minor, currency).to_decimal(),
        currency=currency,
        received_on=received_on,
    )
