"""
Reissuing: an invoice that names somebody or something wrongly is issued again, whole.

The first one stays, and so does what was posted for it: figures are never corrected here. The
firm owes what it owed, and pays under either number.
"""

from collections.abc import Mapping
from datetime import date, datetime

from ledger.core.fields import check_instant, check_text
from ledger.core.invoice import Invoice
from ledger.core.invoice_correction import LineTitle, correct, suppliers_of
from ledger.core.invoicing import operator_of
from ledger.core.refusal import Refusal
from ledger.core.unsettled import DecidingDays
from ledger.core.webhook import invoice_issued
from ledger.services import BOOK_ID
from ledger.store import outbox, payees, reissues
from ledger.store.database import Database
from ledger.store.reissues import InvoiceIssued


class InvoiceToCorrectUnknown(Refusal):
    """No invoice has the number."""

    code = "invoice_to_correct_unknown"
    field = "invoice"


class InvoiceReplaced(Refusal):
    """A corrected invoice has taken its place; that is the one to correct. Carries which."""

    code = "invoice_replaced"
    field = "invoice"


class CorrectedTooEarly(Refusal):
    """The corrected invoice would be dated before the one it corrects."""

    code = "invoice_corrected_too_early"
    field = "issued_on"


def reissue_invoice(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    invoice: str,
    reason: str,
    corrected_by: str,
    corrected_at: datetime,
    issued_on: date,
    titles: Mapping[int, LineTitle] | None = None,
) -> Invoice:
    """
    Issue a corrected invoice in the place of another, and return it.

    Parties are printed as the book has them now, as of the days of the first invoice; lines as
    ``titles`` say, by number.

    :raises InvoiceToCorrectUnknown: there is no such invoice.
    :raises InvoiceReplaced: it was corrected; the corrected one is the one to correct.
    :raises CorrectedTooEarly: it would be issued before the invoice.
    :raises InvoiceLineUnknown: a line that is to be named otherwise is not there.
    :raises NothingToCorrectOnInvoice: nothing would differ.
    """
    reason = check_text(reason, field="reason")
    check_text(corrected_by, field="corrected_by")
    at = check_instant(corrected_at, field="corrected_at")
    for title in (titles or {}).values():
        for name, value in vars(title).items():
            if value is not None:
                check_text(value, field=name, may_be_empty=name == "title_en")
    with database.transaction() as session:
        reissues.lock_reissues(session, book_id=book_id)
        found = reissues.find_issued(session, book_id=book_id, number=invoice)
        if found is None:
            raise InvoiceToCorrectUnknown(value=invoice)
        if found.newest_number != found.number:
            raise InvoiceReplaced(value=invoice, newest=found.newest_number)
        before = found.invoice
        if issued_on < before.issued_on:
            raise CorrectedTooEarly(issued_on=issued_on, invoice=invoice, before=before.issued_on)
        licensee = before.recipient.reference
        suppliers = {each.reference for each in suppliers_of(before)}
        parties = payees.find_in_force(
            session, book_id=book_id, references=[licensee, *suppliers], days=_days(found)
        )
        after = correct(
            before,
            number=f"{found.first_number}-r{found.count + 1}",
            issued_on=issued_on,
            reason=reason,
            corrected_by=corrected_by,
            issuer=operator_of(parties).copy,
            recipient=parties[licensee].copy,
            suppliers={name: parties[name].copy for name in suppliers},
            titles=titles or {},
        )
        reissues.insert_reissue(
            session, book_id=book_id, before=found, after=after, corrected_at=at
        )
        told = invoice_issued(after, licensee_id=found.licensee_id)
        outbox.enqueue(session, book_id=book_id, events=[told], occurred_at=at)
    return after


def _days(found: InvoiceIssued) -> DecidingDays:
    """Return the days of the first invoice: an advance is supplied on the day it is invoiced."""
    supplied_on = found.first_issued_on if found.is_advance else found.invoice.period_end
    return DecidingDays(fee_on=supplied_on, settled_on=supplied_on, paid_on=found.first_issued_on)
