"""Owing: what an AI firm was invoiced, what it paid, what is left, and what it paid too much."""

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.core.fields import check_whole
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import firm_invoices, payments
from ledger.store.database import Database
from ledger.store.firm_invoices import FirmInvoice, FirmReceipt

#: Most rows of a page, and a key that no document has.
LIMIT_MAX = 500
LAST = firm_invoices.LAST


class InvoiceNotOwed(Refusal):
    """No invoice of the firm has the number."""

    code = "invoice_not_owed"
    field = "invoice"


@dataclass(frozen=True, kw_only=True)
class InvoicePage:
    """Invoices, the latest first, and before which one the next page begins."""

    invoices: tuple[FirmInvoice, ...]
    next_before: int | None


@dataclass(frozen=True, kw_only=True)
class Owed:
    """An invoice, and everything that came in for it."""

    invoice: FirmInvoice
    receipts: tuple[FirmReceipt, ...]


def list_invoices(
    own: Database,
    *,
    book_id: int = BOOK_ID,
    licensee_id: int,
    is_open_only: bool = False,
    before: int = LAST,
    limit: int = 100,
) -> InvoicePage:
    """
    Return a page of a firm's invoices with how far each is paid.

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with own.transaction() as session:
        found = firm_invoices.list_invoices(
            session,
            book_id=book_id,
            licensee_id=licensee_id,
            is_open_only=is_open_only,
            before=before,
            limit=limit + 1,
        )
    page = tuple(found[:limit])
    return InvoicePage(
        invoices=page, next_before=page[-1].document_id if len(found) > limit else None
    )


def read_invoice(
    own: Database, *, book_id: int = BOOK_ID, licensee_id: int, reference: str
) -> Owed:
    """
    Return an invoice of a firm, by its number or by that of one that corrected it.

    :raises InvoiceNotOwed: the firm has none of this number.
    """
    if "\0" in reference:  # No text of the book holds it, and none can be looked for with it.
        raise InvoiceNotOwed(value=reference)
    with own.transaction() as session:
        found = firm_invoices.find_invoice(
            session, book_id=book_id, licensee_id=licensee_id, reference=reference
        )
        if found is None:
            raise InvoiceNotOwed(value=reference)
        receipts = firm_invoices.list_receipts(session, document_id=found.document_id)
    return Owed(invoice=found, receipts=tuple(receipts))


def credits_of(database: Database, *, book_id: int = BOOK_ID, licensee: str) -> Mapping[str, int]:
    """Return what a firm paid too much and has not used, in minor units by currency."""
    with database.transaction() as session:
        found = payments.list_credits(session, book_id=book_id)
    return {each.currency: each.amount_minor for each in found if each.licensee == licensee}
