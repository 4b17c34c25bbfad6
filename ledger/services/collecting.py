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
from ledger.core.payment import Channel
from ledger.core.told_payment import Recorded, ToldPayment, check_payment, recorded_before
from ledger.services import BOOK_ID
from ledger.store import payments, receipts
from ledger.store.database import Database
from ledger.store.receipts import Receipt
from ledger.store.recorded_payments import record

#: Most rows of one page.
LIMIT_MAX = 1_000


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
    told = ToldPayment(
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
            return recorded_before(before, told, invoice)
        check_payment(invoice, told, overpaid=overpaid)
        return record(session, told, invoice)


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
