"""
Collecting: the bank's credit for an invoice enters the book, and the receivable is gone.

An invoice is paid once and in full; a part of it, or more than it asks for, is refused and
stays with whoever sent it until the two agree. Royalty is divided among rights holders only
after it was received, whatever the terms say about when it is recognised.
"""

from dataclasses import dataclass
from datetime import date, datetime

from ledger.core.fields import check_instant, check_text, check_whole
from ledger.core.journal import Account, AccountCode, JournalEntry, move
from ledger.core.money import Money
from ledger.core.period import Month, tokyo_day
from ledger.core.refusal import Refusal
from ledger.core.webhook import invoice_paid
from ledger.services import BOOK_ID
from ledger.store import entries, months, outbox, receipts
from ledger.store.database import Database
from ledger.store.receipts import InvoiceToPay, NewReceipt, Receipt

#: Most rows of one page.
LIMIT_MAX = 1_000


class InvoiceUnknown(Refusal):
    """No invoice of the book has the number."""

    code = "invoice_unknown"
    field = "invoice_reference"


class ReceiptAlreadyRecorded(Refusal):
    """The invoice was paid already. Carries the day."""

    code = "receipt_already_recorded"
    field = "invoice_reference"


class ReceiptInOtherCurrency(Refusal):
    """The payment is not in the currency of the invoice."""

    code = "receipt_in_other_currency"
    field = "currency"


class ReceiptNotInFull(Refusal):
    """The payment is not the invoice's total. Carries both."""

    code = "receipt_not_in_full"
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
class Page:
    """Some receipts, and where to go on; None when there are no more."""

    receipts: tuple[Receipt, ...]
    next_after: int | None


def record_receipt(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    invoice_reference: str,
    amount_minor: int,
    currency: str,
    received_on: date,
    bank_reference: str,
    recorded_by: str,
    recorded_at: datetime,
) -> int:
    """
    Record that an invoice was paid, and return the receipt's id.

    It is posted on the day on which it came, or on the first day the book is open after it when
    that month was closed before anybody told the book.

    :raises InvoiceUnknown: no invoice has the number.
    :raises ReceiptInOtherCurrency: the invoice is in another currency.
    :raises ReceiptNotInFull: the amount is not the invoice's total.
    :raises InvoiceAsksForNothing: there is nothing to pay.
    :raises ReceiptBeforeInvoice: it came before the invoice was issued.
    :raises ReceiptInFuture: the day lies after ``recorded_at``.
    :raises ReceiptAlreadyRecorded: the invoice was paid already.
    """
    check_text(bank_reference, field="bank_reference")
    check_text(recorded_by, field="recorded_by")
    check_instant(recorded_at, field="recorded_at")
    with database.transaction() as session:
        invoice = receipts.find_invoice(session, book_id=book_id, reference=invoice_reference)
        if invoice is None:
            raise InvoiceUnknown(reference=invoice_reference)
        _check(invoice, Money(amount_minor, currency), received_on, tokyo_day(recorded_at))
        receipt_id = receipts.insert_receipt(
            session,
            receipt=NewReceipt(
                document_id=invoice.document_id,
                licensee_id=invoice.licensee_id,
                received_on=received_on,
                currency=currency,
                amount_minor=amount_minor,
                bank_reference=bank_reference,
                recorded_by=recorded_by,
                recorded_at=recorded_at,
            ),
        )
        if receipt_id is None:
            paid_on = receipts.received_on(session, document_id=invoice.document_id)
            raise ReceiptAlreadyRecorded(reference=invoice.reference, received_on=paid_on)
        last_closed = months.read_months(session, book_id=book_id).last_closed
        entries.write_entry(
            session,
            book_id=book_id,
            entry=_entry(invoice, posted_on=_first_open_day(received_on, last_closed)),
            recorded_at=recorded_at,
        )
        paid = invoice_paid(
            licensee_id=invoice.licensee_id,
            invoice=invoice.reference,
            received_on=received_on,
            currency=currency,
            amount_minor=amount_minor,
        )
        outbox.enqueue(session, book_id=book_id, events=[paid], occurred_at=recorded_at)
    return receipt_id


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


def _check(invoice: InvoiceToPay, paid: Money, received_on: date, today: date) -> None:
    due = Money(invoice.total_minor, invoice.currency)
    reference = invoice.reference
    if due.minor == 0:
        raise InvoiceAsksForNothing(reference=reference)
    if paid.currency != due.currency:
        raise ReceiptInOtherCurrency(
            reference=reference, currency=paid.currency, invoiced=due.currency
        )
    if paid != due:
        raise ReceiptNotInFull(
            reference=reference,
            currency=due.currency,
            amount=paid.to_decimal(),
            total=due.to_decimal(),
        )
    if received_on < invoice.issued_on:
        raise ReceiptBeforeInvoice(
            reference=reference, received_on=received_on, issued_on=invoice.issued_on
        )
    if received_on > today:
        raise ReceiptInFuture(received_on=received_on, today=today)


def _entry(invoice: InvoiceToPay, *, posted_on: date) -> JournalEntry:
    return JournalEntry(
        kind="receipt",
        posted_on=posted_on,
        currency=invoice.currency,
        source=invoice.reference,
        postings=move(
            Account(AccountCode.BANK),
            Account(AccountCode.RECEIVABLE, invoice.licensee_id),
            invoice.total_minor,
        ),
    )


def _first_open_day(day: date, last_closed: date | None) -> date:
    return day if last_closed is None else max(day, Month.of_day(last_closed).next().first_day)
