"""
Crediting: what AI firms paid too much is used for another invoice, or owed to them again.

Money that is over when an invoice is paid stays the firm's, on an account of its own. A person
says what becomes of it; nothing is set off by itself. Here is also agreed who bears what a bank
keeps of a firm's payments.
"""

from dataclasses import replace
from datetime import date, datetime

from ledger.core.fields import check_instant, check_text, check_whole, check_word
from ledger.core.journal import Account, AccountCode, JournalEntry, move
from ledger.core.money import Money
from ledger.core.payment import FeeBearer, TransferFeeTerms, parts_of
from ledger.core.period import first_open_day, tokyo_day
from ledger.core.refusal import Refusal
from ledger.core.webhook import invoice_paid
from ledger.services import BOOK_ID
from ledger.store import entries, months, outbox, payments
from ledger.store.database import Database, Transaction
from ledger.store.parties import require_licensee
from ledger.store.payments import Credit, NewReceipt


class CreditTooSmall(Refusal):
    """The firm has less over than is to be used. Carries what it has."""

    code = "credit_too_small"
    field = "amount_minor"


class CreditBeyondInvoice(Refusal):
    """More is to be used than is left to pay of the invoice. Carries that."""

    code = "credit_beyond_invoice"
    field = "amount_minor"


class FeeTermsOfThatDay(Refusal):
    """Terms about fees begin on that day already; later ones begin on a later day."""

    code = "fee_terms_of_that_day"
    field = "effective_from"


def list_credits(database: Database, *, book_id: int = BOOK_ID) -> tuple[Credit, ...]:
    """Return what firms paid too much and have not used, by firm and currency."""
    with database.transaction() as session:
        return payments.list_credits(session, book_id=book_id)


def use_credit(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    invoice_reference: str,
    amount_minor: int,
    used_by: str,
    used_at: datetime,
) -> int:
    """
    Pay an invoice, or a part of it, from what its firm has over; return what it has then.

    The money counts as received on the day on which it is used.

    :raises InvoiceUnknown: no invoice has the number.
    :raises CreditTooSmall: the firm has less over.
    :raises CreditBeyondInvoice: less is left to pay of the invoice.
    """
    check_whole(amount_minor, field="amount_minor", least=1)
    check_text(used_by, field="used_by")
    at = check_instant(used_at, field="used_at")
    day = tokyo_day(at)
    with database.transaction() as session:
        invoice = payments.lock_invoice(session, book_id=book_id, reference=invoice_reference)
        licensee_id, currency = invoice.licensee_id, invoice.currency
        if amount_minor > invoice.left_minor:
            raise CreditBeyondInvoice(
                reference=invoice.reference,
                currency=currency,
                amount=Money(amount_minor, currency).to_decimal(),
                left=Money(invoice.left_minor, currency).to_decimal(),
            )
        left = _left_after(session, licensee_id, currency, amount_minor)
        items = payments.items_left(session, document_id=invoice.document_id)
        receipt = NewReceipt(
            document_id=invoice.document_id,
            licensee_id=licensee_id,
            payment_id=None,
            received_on=day,
            currency=currency,
            amount_minor=amount_minor,
            bank_fee_minor=0,
            recorded_by=used_by,
            recorded_at=at,
        )
        payments.insert_receipt(session, receipt=receipt, parts=parts_of(amount_minor, items))
        _post(
            session,
            book_id,
            JournalEntry(
                kind="receipt",
                posted_on=day,
                currency=currency,
                source=invoice.reference,
                postings=move(
                    Account(AccountCode.CREDITS, licensee_id),
                    Account(AccountCode.RECEIVABLE, licensee_id),
                    amount_minor,
                ),
            ),
            at,
        )
        if amount_minor == invoice.left_minor:
            paid = invoice_paid(
                licensee_id=licensee_id,
                invoice=invoice.reference,
                received_on=day,
                currency=currency,
                amount_minor=invoice.total_minor,
            )
            outbox.enqueue(session, book_id=book_id, events=[paid], occurred_at=at)
    return left


def return_credit(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    licensee: str,
    currency: str,
    amount_minor: int,
    returned_by: str,
    returned_at: datetime,
) -> int:
    """
    Owe a firm what it paid too much; return what it has over then.

    It is transferred like everything that firms are owed again (:mod:`ledger.services.refunding`).

    :raises PartyUnknown, NotALicensee: the firm is not in the book, or no AI firm.
    :raises CreditTooSmall: the firm has less over.
    """
    check_whole(amount_minor, field="amount_minor", least=1)
    check_text(returned_by, field="returned_by")
    at = check_instant(returned_at, field="returned_at")
    with database.transaction() as session:
        licensee_id = require_licensee(session, book_id=book_id, reference=licensee)
        payments.lock_money(session, licensee_id=licensee_id)
        left = _left_after(session, licensee_id, currency, amount_minor)
        payments.insert_credit_return(
            session,
            book_id=book_id,
            licensee_id=licensee_id,
            currency=currency,
            amount_minor=amount_minor,
            recorded_at=at,
            recorded_by=returned_by,
        )
        _post(
            session,
            book_id,
            JournalEntry(
                kind="credit_return",
                posted_on=tokyo_day(at),
                currency=currency,
                source=f"CREDIT-{licensee}",
                postings=move(
                    Account(AccountCode.CREDITS, licensee_id),
                    Account(AccountCode.REFUNDS, licensee_id),
                    amount_minor,
                ),
            ),
            at,
        )
    return left


def agree_fees(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    licensee: str,
    currency: str,
    effective_from: date,
    bearer: str,
    up_to_minor: int,
    agreed_by: str,
    agreed_at: datetime,
) -> None:
    """
    Write who bears what banks keep of a firm's payments from a day on, and up to how much each.

    Without it, whatever a payment lacks stays owed.

    :raises PartyUnknown, NotALicensee: the firm is not in the book, or no AI firm.
    :raises FeeTermsOfThatDay: terms begin on that day already.
    :raises FieldRefusal: a field cannot be taken as it was sent.
    """
    terms = TransferFeeTerms(
        bearer=check_word(bearer, of=FeeBearer, field="bearer"),
        up_to_minor=check_whole(up_to_minor, field="up_to_minor"),
    )
    check_text(agreed_by, field="agreed_by")
    at = check_instant(agreed_at, field="agreed_at")
    with database.transaction() as session:
        licensee_id = require_licensee(session, book_id=book_id, reference=licensee)
        payments.lock_money(session, licensee_id=licensee_id)
        if payments.has_fee_terms_of(
            session, licensee_id=licensee_id, currency=currency, on=effective_from
        ):
            raise FeeTermsOfThatDay(licensee=licensee, effective_from=effective_from)
        payments.insert_fee_terms(
            session,
            book_id=book_id,
            licensee_id=licensee_id,
            currency=currency,
            effective_from=effective_from,
            terms=terms,
            recorded_at=at,
            recorded_by=agreed_by,
        )


def _left_after(session: Transaction, licensee_id: int, currency: str, amount_minor: int) -> int:
    """Return what a firm has over after some of it is used."""
    has = payments.credit_of(session, licensee_id=licensee_id, currency=currency)
    if amount_minor > has:
        raise CreditTooSmall(
            currency=currency,
            amount=Money(amount_minor, currency).to_decimal(),
            credit=Money(has, currency).to_decimal(),
        )
    return has - amount_minor


def _post(session: Transaction, book_id: int, entry: JournalEntry, at: datetime) -> None:
    """Post on the day of the entry, or on the first day the book is open after it."""
    last_closed = months.read_months(session, book_id=book_id).last_closed
    posted_on = first_open_day(entry.posted_on, last_closed=last_closed)
    entries.write_entry(
        session, book_id=book_id, entry=replace(entry, posted_on=posted_on), recorded_at=at
    )
