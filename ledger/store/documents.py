"""
Issued documents: their gapless numbers, the frozen values, and the files rendered from them.

A document is written once with its snapshot. A file is rendered from the snapshot once, kept,
and served for ever; what was rendered first is what stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import text
from sqlmodel import Session, col, insert

from ledger.core.archive import SearchFacts
from ledger.core.snapshot import sha256_of
from ledger.store.parties import insert_all
from ledger.store.tables.archive import DocumentFactsRow
from ledger.store.tables.documents import DocumentRow, InvoiceLineRow, InvoiceRow
from ledger.store.tables.prepayments import InvoicePrepaymentRow


@dataclass(frozen=True, kw_only=True)
class NewDocument:
    """A document about to be written; its number is the next one of its series."""

    owner_id: int  # whom it is addressed to
    kind: str  # "invoice" or "statement"
    series: str  # "INV-2026"
    number: int
    issued_on: date
    snapshot: str  # canonical JSON, from ledger.core.snapshot.to_json
    facts: SearchFacts  # what it is found by, as it is printed
    printed: str = ""  # of a revision, which is numbered after the document it revises

    @property
    def reference(self) -> str:
        """The number as it is printed."""
        return self.printed or printed_number(self.series, self.number)


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document as it was issued."""

    id: int
    owner_id: int
    owner_reference: str
    kind: str
    reference: str
    issued_on: date
    snapshot: str
    snapshot_sha256: bytes


@dataclass(frozen=True, kw_only=True)
class DocumentFile:
    """A document as it was rendered."""

    content: bytes
    content_sha256: bytes
    rendered_at: datetime


@dataclass(frozen=True, kw_only=True)
class NewInvoiceLine:
    """One royalty line on an invoice, with its part of the tax."""

    number: int
    royalty_line_id: int
    amount_minor: int
    tax_minor: int
    recouped_minor: int = 0


@dataclass(frozen=True, kw_only=True)
class NewInvoicePrepayment:
    """One advance or shortfall on an invoice, with its part of the tax."""

    number: int
    prepayment_id: int
    amount_minor: int
    tax_minor: int


@dataclass(frozen=True, kw_only=True)
class NewInvoice:
    """The rows of an invoice whose document is written."""

    document_id: int
    licensee_id: int
    accrual_month: date
    issued_on: date
    due_on: date
    currency: str
    lines: tuple[NewInvoiceLine, ...]
    kind: str = "royalty"  # or "advance"
    capacity: str = "intermediary"
    prepayments: tuple[NewInvoicePrepayment, ...] = ()

    @property
    def subtotal_minor(self) -> int:
        """The sum of what is asked for, tax-exclusive."""
        asked = sum(line.amount_minor - line.recouped_minor for line in self.lines)
        return asked + sum(each.amount_minor for each in self.prepayments)

    @property
    def tax_minor(self) -> int:
        """The sum of the parts of the tax."""
        prepaid = sum(each.tax_minor for each in self.prepayments)
        return prepaid + sum(line.tax_minor for line in self.lines)


_NEXT_NUMBER = "SELECT next_document_number(:book, :series)"

_DOCUMENTS = """
    SELECT d.document_id AS id, d.owner_id, p.reference AS owner_reference, d.kind, d.reference,
           d.issued_on, d.snapshot, d.snapshot_sha256
    FROM document d JOIN party p ON p.party_id = d.owner_id
    WHERE d.book_id = :book AND (CAST(:owner AS bigint) IS NULL OR d.owner_id = :owner)
"""

_NAMED = _DOCUMENTS + " AND d.reference = :reference"

_LISTED = (
    _DOCUMENTS
    + """
      AND (CAST(:kind AS text) IS NULL OR d.kind = :kind) AND d.document_id > :after
    ORDER BY d.document_id
    LIMIT :limit
"""
)

_UNRENDERED = (
    _DOCUMENTS
    + """
      AND NOT EXISTS (SELECT FROM document_file f
                      WHERE f.document_id = d.document_id AND f.format = :format)
      AND d.document_id > :after
    ORDER BY d.document_id
    LIMIT :limit
"""
)

_UNRENDERED_COUNT = """
    SELECT count(*) FROM document d
    WHERE d.book_id = :book
      AND NOT EXISTS (SELECT FROM document_file f
                      WHERE f.document_id = d.document_id AND f.format = :format)
"""

_KEEP_FILE = """
    INSERT INTO document_file (document_id, format, owner_id, content, content_sha256, rendered_at)
    VALUES (:document, :format, :owner, :content, :hash, :at)
    ON CONFLICT (document_id, format) DO NOTHING
"""

_FILE = """
    SELECT content, content_sha256, rendered_at FROM document_file
    WHERE document_id = :document AND format = :format
"""


def printed_number(series: str, number: int) -> str:
    """
    Return a document's number as it is printed, which is its reference in the book.

    >>> printed_number("INV-2026", 1)
    'INV-2026-000001'
    """
    return f"{series}-{number:06d}"


def next_number(session: Session, *, book_id: int, series: str) -> int:
    """
    Return the next number of a series; whoever else issues in it waits for this transaction.

    Several documents take this number and the ones after it, in the order they are written.
    """
    parameters = {"book": book_id, "series": series}
    number: int = session.execute(text(_NEXT_NUMBER), parameters).scalar_one()
    return number


def insert_documents(
    session: Session, *, book_id: int, documents: Sequence[NewDocument]
) -> dict[str, int]:
    """Write documents in order of their numbers; return their keys by reference."""
    if not documents:
        return {}
    statement = insert(DocumentRow).returning(
        col(DocumentRow.reference), col(DocumentRow.document_id), sort_by_parameter_order=True
    )
    rows = [
        {
            **{name: value for name, value in vars(document).items() if name != "facts"},
            "book_id": book_id,
            "reference": document.reference,
            "snapshot_sha256": sha256_of(document.snapshot),
        }
        for document in documents
    ]
    keys = {row.reference: row.document_id for row in session.execute(statement, rows)}
    insert_all(
        session,
        DocumentFactsRow,
        (
            {
                **vars(document.facts),
                "counterparty_key": document.facts.counterparty_key,
                "document_id": keys[document.reference],
                "owner_id": document.owner_id,
            }
            for document in documents
        ),
    )
    return keys


def insert_invoices(session: Session, *, book_id: int, invoices: Sequence[NewInvoice]) -> None:
    """Write the rows of invoices with their lines."""
    insert_all(session, InvoiceRow, (_invoice_row(book_id, invoice) for invoice in invoices))
    insert_all(
        session,
        InvoiceLineRow,
        (
            {
                "document_id": invoice.document_id,
                "licensee_id": invoice.licensee_id,
                **vars(line),
            }
            for invoice in invoices
            for line in invoice.lines
        ),
    )
    insert_all(
        session,
        InvoicePrepaymentRow,
        (
            {
                "document_id": invoice.document_id,
                "licensee_id": invoice.licensee_id,
                **vars(each),
            }
            for invoice in invoices
            for each in invoice.prepayments
        ),
    )


def find_document(
    session: Session, *, book_id: int, reference: str, owner_id: int | None
) -> Document | None:
    """
    Return a document by its printed number, None when there is none.

    ``owner_id`` is whose document it has to be; only the house asks for anybody's (None).
    """
    parameters = {"book": book_id, "reference": reference, "owner": owner_id}
    row = session.execute(text(_NAMED), parameters).one_or_none()
    return None if row is None else Document(**row._mapping)


def list_documents(
    session: Session,
    *,
    book_id: int,
    owner_id: int | None,
    kind: str | None = None,
    after: int = 0,
    limit: int,
) -> list[Document]:
    """
    Return documents in the order in which they were issued, after the id of the last one seen.

    ``owner_id`` is as for :func:`find_document`.
    """
    parameters = {"book": book_id, "owner": owner_id, "kind": kind, "after": after, "limit": limit}
    return [Document(**row._mapping) for row in session.execute(text(_LISTED), parameters)]


def list_unrendered(
    session: Session, *, book_id: int, format_: str, after: int = 0, limit: int
) -> list[Document]:
    """
    Return everybody's documents that were not rendered to a format yet, in order of issue.

    They follow the id of the last one seen.
    """
    parameters = {"book": book_id, "owner": None, "format": format_, "after": after, "limit": limit}
    return [Document(**row._mapping) for row in session.execute(text(_UNRENDERED), parameters)]


def count_unrendered(session: Session, *, book_id: int, format_: str) -> int:
    """Return how many documents were not rendered to a format yet."""
    parameters = {"book": book_id, "format": format_}
    count: int = session.execute(text(_UNRENDERED_COUNT), parameters).scalar_one()
    return count


def keep_file(
    session: Session, *, document: Document, format_: str, content: bytes, rendered_at: datetime
) -> DocumentFile:
    """
    Keep what a document was rendered to, and return what is kept.

    When the document was rendered to this format ("pdf" or "csv") before, that stays.
    """
    parameters = {
        "document": document.id,
        "format": format_,
        "owner": document.owner_id,
        "content": content,
        "hash": sha256(content).digest(),
        "at": rendered_at,
    }
    session.execute(text(_KEEP_FILE), parameters)
    kept = find_file(session, document_id=document.id, format_=format_)
    assert kept is not None
    return kept


def find_file(session: Session, *, document_id: int, format_: str) -> DocumentFile | None:
    """Return what a document was rendered to, None when it was not yet."""
    parameters = {"document": document_id, "format": format_}
    row = session.execute(text(_FILE), parameters).one_or_none()
    return None if row is None else DocumentFile(**row._mapping)


def _invoice_row(book_id: int, invoice: NewInvoice) -> dict[str, object]:
    return {
        "document_id": invoice.document_id,
        "book_id": book_id,
        "licensee_id": invoice.licensee_id,
        "accrual_month": invoice.accrual_month,
        "issued_on": invoice.issued_on,
        "due_on": invoice.due_on,
        "currency": invoice.currency,
        "subtotal_minor": invoice.subtotal_minor,
        "tax_minor": invoice.tax_minor,
        "total_minor": invoice.subtotal_minor + invoice.tax_minor,
        "kind": invoice.kind,
        "capacity": invoice.capacity,
    }
