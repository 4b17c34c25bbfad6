"""
Requesting: a firm is asked to pay what is left of an invoice through Stripe, in one way.

The invoice stays what it is: the request stands beside it, with the page or the account on which
it is paid. Stripe is asked by a job, because an answer may take its time, and may be lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ledger.core.fields import check_instant, check_reference, check_text, check_whole, check_word
from ledger.core.money import Money
from ledger.core.processor import Method, check_method
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import payment_requests, stripe_calls, stripe_movements
from ledger.store.database import Database
from ledger.store.parties import lock_names
from ledger.store.payment_requests import PaymentRequest

#: Most rows of a list.
LIMIT_MAX = 1_000


class InvoiceNotToPay(Refusal):
    """Nothing is left to pay of the invoice."""

    code = "invoice_not_to_pay"
    field = "invoice"


class InvoiceNotFound(Refusal):
    """No invoice of the firm has the number."""

    code = "invoice_not_found"
    field = "invoice"


State = Literal["asked", "open", "refused", "expired", "withdrawn", "paid"]


class PaymentNotThroughStripe(Refusal):
    """No payment in the book came under this charge of Stripe's."""

    code = "payment_not_through_stripe"
    field = "charge"


class RefundBeyondPayment(Refusal):
    """More is to go back than was paid. Carries both."""

    code = "refund_beyond_payment"
    field = "amount_minor"


class RefundAskedAlready(Refusal):
    """A refund was asked for under this reference."""

    code = "refund_asked_already"
    field = "reference"


@dataclass(frozen=True, kw_only=True)
class Stand:
    """A request, and how it stands."""

    request: PaymentRequest
    state: State
    url: str | None
    virtual_account: dict[str, str] | None
    expires_at: datetime | None


def ask_payment(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    invoice: str,
    method: str,
    is_live: bool,
    owner_id: int | None,
    requested_by: str,
    requested_at: datetime,
) -> Stand:
    """
    Ask for what is left of an invoice, and return how that stands.

    Whoever asks again while the firm can pay so is given the same request. One for another
    amount, from before a part was paid, is withdrawn.

    :raises InvoiceNotFound: there is none of that number, for this firm.
    :raises InvoiceNotToPay: nothing is left to pay.
    :raises MethodInOtherCurrency, AmountOutsideMethod, AmountInThirdDecimal: it cannot be paid so.
    """
    way = check_word(method, of=Method, field="method")
    by = check_text(requested_by, field="requested_by")
    at = check_instant(requested_at, field="requested_at")
    with database.transaction() as session:
        lock_names(session)
        found = payment_requests.find_invoice(
            session, book_id=book_id, reference=invoice, owner_id=owner_id
        )
        if found is None:
            raise InvoiceNotFound(reference=invoice)
        if found.left_minor <= 0:
            raise InvoiceNotToPay(reference=invoice)
        check_method(Money(found.left_minor, found.currency), way)
        before = [
            _stand(each, at)
            for each in payment_requests.list_requests(session, book_id=book_id, invoice=invoice)
            if each.method == way and each.is_live == is_live
        ]
        for each in before:
            if each.state not in ("asked", "open"):
                continue
            if each.request.amount_minor == found.left_minor:
                return each
            _queue_withdrawal(session, book_id, each.request, at, by)
        reference = f"{found.reference}-P{found.requests + 1}"
        payment_requests.insert_request(
            session,
            invoice=found,
            reference=reference,
            method=way,
            is_live=is_live,
            requested_at=at,
            requested_by=by,
        )
        stripe_calls.queue_call(
            session,
            book_id=book_id,
            licensee_id=found.licensee_id,
            kind="open",
            subject=reference,
            arguments={
                "invoice": found.reference,
                "method": way,
                "currency": found.currency,
                "amount_minor": found.left_minor,
            },
            is_live=is_live,
            queued_at=at,
            queued_by=by,
        )
        (made,) = payment_requests.list_requests(session, book_id=book_id, request=reference)
    return _stand(made, at)


def list_requests(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    owner_id: int | None,
    invoice: str | None = None,
    at: datetime,
    limit: int = 100,
) -> Sequence[Stand]:
    """
    Return requests and how they stand, the newest first.

    :raises InvoiceNotFound: the invoice that is asked about is none of the firm's.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        if invoice is not None:
            known = payment_requests.find_invoice(
                session, book_id=book_id, reference=invoice, owner_id=owner_id
            )
            if known is None:
                raise InvoiceNotFound(reference=invoice)
        found = payment_requests.list_requests(
            session, book_id=book_id, owner_id=owner_id, invoice=invoice, limit=limit
        )
    return [_stand(each, at) for each in found]


def find_request(
    database: Database, *, book_id: int = BOOK_ID, reference: str
) -> PaymentRequest | None:
    """Return the request of a reference, None when there is none."""
    with database.transaction() as session:
        found = payment_requests.list_requests(session, book_id=book_id, request=reference)
    return found[0] if found else None


def withdraw_settled(database: Database, *, book_id: int = BOOK_ID, at: datetime, by: str) -> int:
    """Withdraw what is open of invoices that were paid in full; return how many there were."""
    with database.transaction() as session:
        found = payment_requests.open_of_paid(session, book_id=book_id)
        for each in found:
            _queue_withdrawal(session, book_id, each, at, by)
    return len(found)


def ask_refund(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    charge: str,
    amount_minor: int,
    reference: str,
    is_live: bool,
    requested_by: str,
    requested_at: datetime,
) -> None:
    """
    Let Stripe pay back a payment, or a part of it, once for each reference of the house's.

    It is posted by what Stripe tells of it.

    :raises PaymentNotThroughStripe: no payment of the book has the charge.
    :raises RefundBeyondPayment: it is more than was paid.
    :raises RefundAskedAlready: the reference was used.
    """
    check_whole(amount_minor, field="amount_minor", least=1)
    check_reference(reference, field="reference")
    by = check_text(requested_by, field="requested_by")
    at = check_instant(requested_at, field="requested_at")
    with database.transaction() as session:
        found = stripe_movements.paid_through_stripe(session, book_id=book_id, charges=[charge])
        if charge not in found:
            raise PaymentNotThroughStripe(value=charge)
        paid = found[charge]
        if amount_minor > paid.amount_minor:
            raise RefundBeyondPayment(
                value=amount_minor, paid=paid.amount_minor, currency=paid.currency
            )
        if not stripe_calls.queue_call(
            session,
            book_id=book_id,
            licensee_id=paid.licensee_id,
            kind="refund",
            subject=reference,
            arguments={"charge": charge, "amount_minor": amount_minor},
            is_live=is_live,
            queued_at=at,
            queued_by=by,
        ):
            raise RefundAskedAlready(value=reference)


def _queue_withdrawal(
    session: Any, book_id: int, request: PaymentRequest, at: datetime, by: str
) -> None:
    stripe_calls.queue_call(
        session,
        book_id=book_id,
        licensee_id=request.licensee_id,
        kind="withdraw",
        subject=request.reference,
        arguments={},
        is_live=request.is_live,
        queued_at=at,
        queued_by=by,
    )


def _stand(request: PaymentRequest, at: datetime) -> Stand:
    answer = request.answer or {}
    expires = answer.get("expires_at")
    expires_at = None if expires is None else datetime.fromisoformat(expires)
    state = _state(request, expires_at, at)
    return Stand(
        request=request,
        state=state,
        url=answer.get("url") or None if state == "open" else None,
        virtual_account=answer.get("virtual_account") if state == "open" else None,
        expires_at=expires_at,
    )


def _state(request: PaymentRequest, expires_at: datetime | None, at: datetime) -> State:
    if request.paid_on is not None:
        return "paid"
    if request.is_withdrawn:
        return "withdrawn"
    if request.outcome == "refused":
        return "refused"
    if request.outcome != "done":
        return "asked"
    return "expired" if expires_at is not None and expires_at <= at else "open"
