"""
Acknowledging: that a firm's money came in, or went back to it, becomes a paper of its own.

A payment of an invoice has a receipt (領収書), on demand and once. A transfer back to a firm has a
return invoice (適格返還請求書), unless it is so small that none is needed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.core.closing import CALCULATION_VERSION
from ledger.core.credit_note import (
    NOTE_NEEDED_FROM_YEN,
    CreditNote,
    OwedAgain,
    ReturnedLine,
    returned_lines,
    suppliers_of,
    taxes_of,
)
from ledger.core.invoice import SupplierCopy
from ledger.core.invoicing import operator_of
from ledger.core.payment_receipt import PaymentReceipt, paid_taxes
from ledger.core.refusal import Refusal
from ledger.core.snapshot import sha256_of, to_json
from ledger.core.unsettled import DecidingDays, PartyInForce
from ledger.services import BOOK_ID
from ledger.store import credit_notes, documents, payees, payment_receipts, reissues
from ledger.store.credit_notes import TransferToNote
from ledger.store.database import Database, Transaction
from ledger.store.documents import printed_number
from ledger.store.payment_receipts import PaymentOfInvoice
from ledger.store.reissues import InvoiceIssued


class PaidInvoiceUnknown(Refusal):
    """No invoice has the number."""

    code = "paid_invoice_unknown"
    field = "invoice"


class NothingPaid(Refusal):
    """Nothing was paid for the invoice, so there is nothing to acknowledge."""

    code = "nothing_paid"
    field = "invoice"


class AcknowledgedTooEarly(Refusal):
    """The paper would be dated before the money came. Carries the day."""

    code = "acknowledged_too_early"
    field = "issued_on"


@dataclass(frozen=True, kw_only=True)
class Noted:
    """The return invoices that were issued, and the transfers that need none."""

    notes: tuple[CreditNote, ...]
    not_needed: tuple[TransferToNote, ...]


def issue_receipts(
    database: Database, *, book_id: int = BOOK_ID, invoice: str, issued_on: date
) -> tuple[PaymentReceipt, ...]:
    """
    Issue a receipt for each payment of an invoice that has none yet, and return them.

    :raises PaidInvoiceUnknown: there is no such invoice.
    :raises NothingPaid: nothing was paid for it.
    :raises AcknowledgedTooEarly: a payment came later than ``issued_on``.
    """
    with database.transaction() as session:
        series = f"REC-{issued_on.year}"
        # Taken first: whoever else issues receipts waits here, and then finds these issued.
        first = documents.next_number(session, book_id=book_id, series=series)
        found = reissues.find_issued(session, book_id=book_id, number=invoice)
        if found is None:
            raise PaidInvoiceUnknown(value=invoice)
        paid = payment_receipts.payments_of(session, invoice_id=found.first_id)
        if not paid:
            raise NothingPaid(value=invoice)
        latest = max(each.received_on for each in paid)
        if issued_on < latest:
            raise AcknowledgedTooEarly(issued_on=issued_on, came_on=latest)
        named = found.invoice.recipient.reference
        papers = [
            (
                number,
                each,
                _receipt(
                    printed_number(series, number),
                    issued_on,
                    found,
                    each,
                    _parties(session, book_id, named, each.received_on),
                ),
            )
            for number, each in enumerate((each for each in paid if not each.has_paper), first)
        ]
        payment_receipts.insert_payment_receipts(
            session,
            book_id=book_id,
            licensee_id=found.licensee_id,
            series=series,
            papers=papers,
        )
    return tuple(paper for _, _, paper in papers)


def issue_credit_notes(database: Database, *, book_id: int = BOOK_ID, issued_on: date) -> Noted:
    """
    Issue a return invoice for each transfer back to a firm that has none yet.

    Less than :data:`NOTE_NEEDED_FROM_YEN` needs none and gets none, nor does what a firm had paid
    too much.
    """
    with database.transaction() as session:
        series = f"CRN-{issued_on.year}"
        first = documents.next_number(session, book_id=book_id, series=series)
        transfers = credit_notes.transfers_to_note(session, book_id=book_id, on=issued_on)
        owed = credit_notes.owed_again(
            session, licensee_ids=sorted({each.licensee_id for each in transfers})
        )
        returned = [(each, _returned(each, owed)) for each in transfers]
        needed = [(each, lines) for each, lines in returned if _is_needed(each, lines)]
        notes = [
            (
                number,
                each,
                _note(
                    printed_number(series, number),
                    issued_on,
                    each,
                    lines,
                    suppliers_of(owed.get((each.licensee_id, each.currency), ()), lines),
                    _parties(session, book_id, each.licensee, each.transferred_on),
                ),
            )
            for number, (each, lines) in enumerate(needed, first)
        ]
        credit_notes.insert_credit_notes(session, book_id=book_id, series=series, notes=notes)
    return Noted(
        notes=tuple(note for _, _, note in notes),
        not_needed=tuple(each for each, lines in returned if not _is_needed(each, lines)),
    )


def _returned(
    transfer: TransferToNote, owed: Mapping[tuple[int, str], Sequence[OwedAgain]]
) -> tuple[ReturnedLine, ...]:
    return returned_lines(
        owed.get((transfer.licensee_id, transfer.currency), ()),
        before_minor=transfer.before_minor,
        amount_minor=transfer.amount_minor,
    )


def _is_needed(transfer: TransferToNote, lines: Sequence[ReturnedLine]) -> bool:
    total_minor = sum(line.amount_minor + line.tax_minor for line in lines)
    least_minor = NOTE_NEEDED_FROM_YEN if transfer.currency == "JPY" else 1
    return total_minor >= least_minor


def _receipt(
    number: str,
    issued_on: date,
    found: InvoiceIssued,
    paid: PaymentOfInvoice,
    parties: dict[str, PartyInForce],
) -> PaymentReceipt:
    invoice = found.invoice
    return PaymentReceipt(
        number=number,
        issuer=operator_of(parties).copy,
        recipient=parties[invoice.recipient.reference].copy,
        issued_on=issued_on,
        received_on=paid.received_on,
        channel=paid.channel,
        external_reference=paid.external_reference,
        invoice=invoice.number,
        invoiced_on=invoice.issued_on,
        period_start=invoice.period_start,
        period_end=invoice.period_end,
        is_advance=found.is_advance,
        currency=invoice.currency,
        taxes=paid_taxes(invoice, paid.parts),
        left_minor=paid.left_minor,
        calculation_version=CALCULATION_VERSION,
        input_hash=sha256_of(to_json((invoice.number, paid.parts))).hex(),
    )


def _note(
    number: str,
    issued_on: date,
    transfer: TransferToNote,
    lines: tuple[ReturnedLine, ...],
    suppliers: tuple[SupplierCopy, ...] | None,
    parties: dict[str, PartyInForce],
) -> CreditNote:
    return CreditNote(
        number=number,
        issuer=operator_of(parties).copy,
        recipient=parties[transfer.licensee].copy,
        issued_on=issued_on,
        returned_on=transfer.transferred_on,
        bank_reference=transfer.bank_reference,
        currency=transfer.currency,
        lines=lines,
        taxes=taxes_of(lines),
        calculation_version=CALCULATION_VERSION,
        input_hash=sha256_of(to_json(lines)).hex(),
        suppliers=suppliers,
    )


def _parties(
    session: Transaction, book_id: int, licensee: str, on: date
) -> dict[str, PartyInForce]:
    """Return the firm and the house as they stood on the day the money moved."""
    days = DecidingDays(fee_on=on, settled_on=on, paid_on=on)
    return payees.find_in_force(session, book_id=book_id, references=[licensee], days=days)
