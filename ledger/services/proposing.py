"""Proposing: what a line of a bank might pay, and what AI firms still owe; nothing is decided."""

from collections.abc import Callable
from dataclasses import dataclass

from ledger.core.fields import check_whole
from ledger.core.match import OpenInvoice, payers_of
from ledger.core.match_lines import DAYS_OFF, UnlinkedPayment
from ledger.core.match_proposals import Proposed, propose
from ledger.services import BOOK_ID
from ledger.store import bank_files, payers, payments, receipt_lists
from ledger.store.bank_files import LineInBook
from ledger.store.database import Database
from ledger.store.payments import Credit
from ledger.store.receipt_lists import InvoiceDue

#: Most rows of one page.
LIMIT_MAX = 1_000


@dataclass(frozen=True, kw_only=True)
class LookedAt:
    """A line, the invoices that it might pay, and money of its amount that was recorded before."""

    line: LineInBook
    proposals: tuple[Proposed, ...]
    recorded: tuple[UnlinkedPayment, ...]

    def invoice(self, reference: str) -> OpenInvoice | None:
        """Return one of the invoices, None when it is none of them."""
        return next(
            (each.invoice for each in self.proposals if each.invoice.reference == reference), None
        )


@dataclass(frozen=True, kw_only=True)
class Receivables:
    """What came in and waits, what firms have over, and what they still owe."""

    lines: tuple[LineInBook, ...]
    is_more: bool
    credits: tuple[Credit, ...]
    invoices: tuple[InvoiceDue, ...]


def look_at_line(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    line_id: int,
    narrow: Callable[[str], str | None],
) -> LookedAt | None:
    """Return a line with what it might be; None when the book has no such line."""
    with database.transaction() as session:
        line = bank_files.find_line(session, book_id=book_id, line_id=line_id)
        if line is None:
            return None
        names, codes = payers.names_of_firms(session, book_id=book_id)
        invoices = payers.open_invoices(session, book_id=book_id, currency=line.currency)
        recorded = payers.unlinked_payments(
            session, book_id=book_id, currency=line.currency, since=line.booked_on - DAYS_OFF
        )
    return LookedAt(
        line=line,
        proposals=propose(
            line.line,
            payers=payers_of(names, codes, narrow=narrow),
            invoices=invoices,
            narrow=narrow,
        ),
        recorded=tuple(each for each in recorded if each.amount_minor == line.amount_minor),
    )


def receivables(database: Database, *, book_id: int = BOOK_ID, limit: int = 100) -> Receivables:
    """
    Return what waits for a person, the oldest first, and what is still owed, the first due first.

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        lines = bank_files.unmatched_lines(session, book_id=book_id, after=0, limit=limit + 1)
        return Receivables(
            lines=tuple(lines[:limit]),
            is_more=len(lines) > limit,
            credits=payments.list_credits(session, book_id=book_id),
            invoices=receipt_lists.invoices_due(session, book_id=book_id, limit=limit),
        )
