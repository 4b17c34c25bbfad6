"""
Charging: rights holders get a qualified invoice for the fee that a settlement took.

Nothing is posted: the fee and its tax were, when the money was divided. Each rights holder has one
invoice for a settlement; a committee's is addressed to it.
"""

from collections.abc import Sequence
from datetime import date

from ledger.core.fee_invoice import FeeInvoice, fee_invoice
from ledger.core.invoicing import operator_of
from ledger.core.period import Month
from ledger.core.refusal import Refusal
from ledger.core.unsettled import DecidingDays
from ledger.services import BOOK_ID
from ledger.store import documents, fee_invoices, payees
from ledger.store.database import Database
from ledger.store.documents import printed_number
from ledger.store.fee_invoices import NewFeeInvoice


class FeesNotSettled(Refusal):
    """The closing month was not settled, so no fee was taken in it."""

    code = "fees_not_settled"
    field = "closing_month"


class FeeInvoiceTooEarly(Refusal):
    """The invoice is dated before the settlement that took the fee. Carries that day."""

    code = "fee_invoice_too_early"
    field = "issued_on"


def issue_fee_invoices(
    database: Database, *, book_id: int = BOOK_ID, closing_month: Month, issued_on: date
) -> Sequence[FeeInvoice]:
    """
    Invoice the fees of a settled month that have no invoice; return the invoices, by holder.

    A second call issues nothing.

    :raises FeesNotSettled: the month was not settled.
    :raises FeeInvoiceTooEarly: ``issued_on`` lies before the settlement.
    """
    with database.transaction() as session:
        fee_invoices.lock_fees(session, book_id=book_id)
        settled_on = fee_invoices.settled_on(
            session, book_id=book_id, closing_month=closing_month.first_day
        )
        if settled_on is None:
            raise FeesNotSettled(month=closing_month)
        if issued_on < settled_on:
            raise FeeInvoiceTooEarly(issued_on=issued_on, settled_on=settled_on)
        fees = fee_invoices.fees_to_invoice(
            session, book_id=book_id, closing_month=closing_month.first_day
        )
        if not fees:
            return ()
        days = DecidingDays(fee_on=settled_on, settled_on=settled_on, paid_on=settled_on)
        parties = payees.find_in_force(
            session, book_id=book_id, references={each.fee.holder for each in fees}, days=days
        )
        issuer = operator_of(parties).copy
        series = f"FEE-{issued_on.year}"
        first = documents.next_number(session, book_id=book_id, series=series)
        made = [
            NewFeeInvoice(
                of=each,
                series=series,
                number=number,
                invoice=fee_invoice(
                    each.fee,
                    number=printed_number(series, number),
                    issuer=issuer,
                    recipient=parties[each.fee.holder].copy,
                    issued_on=issued_on,
                ),
            )
            for number, each in enumerate(fees, start=first)
        ]
        fee_invoices.insert_fee_invoices(session, book_id=book_id, invoices=made)
    return tuple(each.invoice for each in made)
