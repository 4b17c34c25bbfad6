"""
Matching by hand: what a bank says came in, and no rule could tell for certain whose it is.

A person says which invoice a line pays, that the money was recorded before, or that it is not ours;
who, when and why is kept. Nothing else ends a line's wait.
"""

from dataclasses import dataclass
from datetime import datetime

from ledger.core.fields import check_instant, check_text, check_whole
from ledger.core.match_lines import DAYS_OFF
from ledger.core.refusal import Refusal
from ledger.core.told_payment import Recorded
from ledger.services import BOOK_ID
from ledger.store import bank_files, payers, payments
from ledger.store.bank_files import LineInBook
from ledger.store.database import Database, Transaction
from ledger.store.recorded_payments import end_line, receive_line

#: Most rows of one page.
LIMIT_MAX = 1_000


class BankLineUnknown(Refusal):
    """The book has no line of the number."""

    code = "bank_line_unknown"
    field = "line"


class BankLineEnded(Refusal):
    """Somebody said already what became of the line. Carries who and when."""

    code = "bank_line_ended"
    field = "line"


class BankLineWentOut(Refusal):
    """The line took money away; it can pay no invoice."""

    code = "bank_line_went_out"
    field = "line"


class BankPaymentUnknown(Refusal):
    """No money of the reference and amount was recorded that has no line behind it."""

    code = "bank_payment_unknown"
    field = "external_reference"


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some lines, and where to go on; None when there are no more."""

    lines: tuple[LineInBook, ...]
    next_after: int | None


def list_unmatched(
    database: Database, *, book_id: int = BOOK_ID, after: int = 0, limit: int = 100
) -> Page:
    """
    Return what came in and waits for a person, in the order in which it was read.

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        found = bank_files.unmatched_lines(session, book_id=book_id, after=after, limit=limit + 1)
    page = tuple(found[:limit])
    return Page(lines=page, next_after=page[-1].id if len(found) > limit else None)


def match_by_hand(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    line_id: int,
    invoice_reference: str,
    reason: str,
    overpaid: bool = False,
    remember_payer: bool = False,
    matched_by: str,
    matched_at: datetime,
) -> Recorded:
    """
    Say which invoice a line pays, in full or in part, and post it.

    ``remember_payer`` keeps the payer's name, or its code where it has one, for the firm.

    :raises BankLineUnknown, BankLineEnded, BankLineWentOut: the line cannot be matched.
    :raises InvoiceUnknown: no invoice has the number.
    :raises ReceiptBeyondInvoice, ReceiptBeforeInvoice: see :func:`ledger.services.collecting`.
    """
    check_text(reason, field="reason")
    check_text(matched_by, field="matched_by")
    at = check_instant(matched_at, field="matched_at")
    with database.transaction() as session:
        line = _open_line(session, book_id, line_id)
        recorded = receive_line(
            session,
            book_id=book_id,
            line_id=line.id,
            line=line.line,
            account=line.account,
            currency=line.currency,
            invoice_reference=invoice_reference,
            recorded_by=matched_by,
            recorded_at=at,
            overpaid=overpaid,
        )
        end_line(
            session,
            book_id=book_id,
            line_id=line.id,
            payment_id=recorded.payment_id,
            reason=reason,
            ended_by=matched_by,
            ended_at=at,
        )
        if remember_payer:
            invoice = payments.find_invoice(session, book_id=book_id, reference=invoice_reference)
            assert invoice is not None
            kind, value = ("code", line.payer_code) if line.payer_code else ("name", line.payer)
            if value:
                payers.insert_alias(
                    session,
                    book_id=book_id,
                    licensee_id=invoice.licensee_id,
                    kind=kind,
                    value=value,
                    recorded_at=at,
                    recorded_by=matched_by,
                )
    return recorded


def link(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    line_id: int,
    external_reference: str,
    reason: str,
    linked_by: str,
    linked_at: datetime,
) -> None:
    """
    Say that a line is money that was recorded before, under a reference of its own.

    :raises BankLineUnknown, BankLineEnded, BankLineWentOut: the line cannot be linked.
    :raises BankPaymentUnknown: there is no such money, or it is linked, or of another amount.
    """
    check_text(reason, field="reason")
    check_text(linked_by, field="linked_by")
    at = check_instant(linked_at, field="linked_at")
    with database.transaction() as session:
        line = _open_line(session, book_id, line_id)
        found = [
            each
            for each in payers.unlinked_payments(
                session,
                book_id=book_id,
                currency=line.currency,
                since=line.booked_on - DAYS_OFF,
            )
            if (each.external_reference, each.amount_minor)
            == (external_reference, line.amount_minor)
        ]
        if not found:
            raise BankPaymentUnknown(reference=external_reference)
        end_line(
            session,
            book_id=book_id,
            line_id=line.id,
            payment_id=found[0].id,
            reason=reason,
            ended_by=linked_by,
            ended_at=at,
        )


def dismiss(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    line_id: int,
    is_known: bool = False,
    reason: str,
    dismissed_by: str,
    dismissed_at: datetime,
) -> None:
    """
    Say that a line pays no invoice of the book, or that another file told of it before.

    :raises BankLineUnknown, BankLineEnded: there is no such line, or somebody was first.
    """
    check_text(reason, field="reason")
    check_text(dismissed_by, field="dismissed_by")
    at = check_instant(dismissed_at, field="dismissed_at")
    with database.transaction() as session:
        bank_files.lock_bank_lines(session, book_id=book_id)
        _find_open(session, book_id, line_id)
        bank_files.insert_ending(
            session,
            book_id=book_id,
            line_id=line_id,
            state="known" if is_known else "not_ours",
            payment_id=None,
            reason=reason,
            ended_at=at,
            ended_by=dismissed_by,
        )


def _open_line(session: Transaction, book_id: int, line_id: int) -> LineInBook:
    """Return a line that waits, while nobody else decides on it."""
    bank_files.lock_bank_lines(session, book_id=book_id)
    line = _find_open(session, book_id, line_id)
    if line.amount_minor < 0:
        raise BankLineWentOut(line=line_id)
    return line


def _find_open(session: Transaction, book_id: int, line_id: int) -> LineInBook:
    line = bank_files.find_line(session, book_id=book_id, line_id=line_id)
    if line is None:
        raise BankLineUnknown(line=line_id)
    if line.state != "open":
        raise BankLineEnded(
            line=line_id, state=line.state, ended_by=line.ended_by, ended_at=line.ended_at
        )
    return line
