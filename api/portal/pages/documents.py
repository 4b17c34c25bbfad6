"""Invoices and statements: listed, and shown as the PDF that was rendered first."""

from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from api.archive import frozen_values, rendered
from api.portal.rendering import page
from api.portal.table import Page, PageNotThere
from api.portal.visits import Visit
from invoices.kind import FrozenDocument
from ledger.core.invoice import Invoice
from ledger.core.membership import Right
from ledger.core.statement import Statement
from ledger.services import archiving
from ledger.store.documents import Document

_SHOWN = 50


@dataclass(frozen=True, kw_only=True)
class Row:
    """A document as a list shows it."""

    reference: str
    kind: str
    owner: str
    issued_on: date
    currency: str
    total_minor: int


def show_documents(visit: Visit) -> Response:
    """List documents in the order of issue."""
    found = archiving.list_documents(
        visit.database,
        book_id=visit.given.book_id,
        owner_id=visit.owner_id,
        after=_after(visit),
        limit=_SHOWN,
    )
    return page(
        visit,
        "documents.html",
        rows=[_row(document) for document in found.documents],
        following=found.next_after,
        is_house=visit.owner_id is None,
    )


def show_pdf(visit: Visit) -> Response:
    """Give the bytes that were rendered first; the first who asks may wait for them."""
    document = archiving.find_document(
        visit.database,
        book_id=visit.given.book_id,
        reference=visit.request.path_params["reference"],
        owner_id=visit.owner_id,
    )
    return Response(
        rendered(visit.book, document=document, rendered_at=visit.now),
        media_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{document.reference}.pdf"'},
    )


def _row(document: Document) -> Row:
    frozen = frozen_values(document)
    return Row(
        reference=document.reference,
        kind=document.kind,
        owner=document.owner_reference,
        issued_on=document.issued_on,
        currency=frozen.currency,
        total_minor=_total_minor(frozen),
    )


def _total_minor(frozen: FrozenDocument) -> int:
    if isinstance(frozen, Statement):
        return frozen.settlement.payout_minor
    assert isinstance(frozen, Invoice)
    return frozen.total_minor


def _after(visit: Visit) -> int:
    text = visit.request.query_params.get("after", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise PageNotThere
    return int(text)


PAGES = (
    Page(path="/documents", handler=show_documents, right=Right.SEE_DOCUMENTS),
    Page(path="/documents/{reference}/pdf", handler=show_pdf, right=Right.SEE_DOCUMENTS),
)
