"""Issued documents: a party's own invoices, statements, notices and receipts."""

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response

from api.context import Context, context
from api.cursors import read_cursor, write_cursor
from api.security import Caller, require
from api.shapes import DocumentBody, DocumentList, problems
from ledger.services import archiving
from ledger.store.documents import Document

router = APIRouter(tags=["Documents"])

Reader = Annotated[Caller, Depends(require("read"))]
Given = Annotated[Context, Depends(context)]
IssuedKind = Literal[
    "invoice",
    "statement",
    "notice",
    "fee_invoice",
    "payment_record",
    "receipt",
    "credit_note",
]


@router.get(
    "/documents",
    summary="List your invoices, statements, notices, receipts and credit notes",
    description="In the order in which they were issued, oldest first.",
    responses=problems(401, 403, 422, 503),
)
def list_documents(
    given: Given,
    caller: Reader,
    kind: IssuedKind | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: str | None = None,
) -> DocumentList:
    page = archiving.list_documents(
        given.database,
        book_id=given.book_id,
        owner_id=caller.scope_id,
        kind=kind,
        after=read_cursor(cursor, kind=int, otherwise=0),
        limit=limit,
    )
    return DocumentList(
        documents=[_shown(document) for document in page.documents],
        next_cursor=None if page.next_after is None else write_cursor(page.next_after),
    )


@router.get(
    "/documents/{reference}",
    summary="Read a document's frozen values",
    description="Byte for byte what the document's SHA-256 is taken over.",
    responses=problems(401, 403, 404, 422, 503),
)
def read_document(given: Given, caller: Reader, reference: str) -> Response:
    document = _find(given, caller, reference)
    return Response(
        document.snapshot,
        media_type="application/json",
        headers={"ETag": f'"{document.snapshot_sha256.hex()}"'},
    )


@router.get(
    "/documents/{reference}/pdf",
    summary="Download a document as PDF",
    description="The bytes that were rendered first; they never change.",
    response_class=Response,
    responses={
        200: {
            "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
            "description": "The document.",
        },
        **problems(401, 403, 404, 422, 503),
    },
)
def read_pdf(given: Given, caller: Reader, reference: str) -> Response:
    document = _find(given, caller, reference)
    file = archiving.find_file(given.database, document=document, format_="pdf")
    return Response(
        file.content,
        media_type="application/pdf",
        headers={
            "ETag": f'"{file.content_sha256.hex()}"',
            "Content-Disposition": f'inline; filename="{document.reference}.pdf"',
        },
    )


def _find(given: Context, caller: Caller, reference: str) -> Document:
    return archiving.find_document(
        given.database, book_id=given.book_id, reference=reference, owner_id=caller.scope_id
    )


def _shown(document: Document) -> DocumentBody:
    totals: dict[str, Any] = json.loads(document.snapshot)
    return DocumentBody(
        reference=document.reference,
        kind=document.kind,
        issued_on=document.issued_on.isoformat(),
        currency=totals["currency"],
        snapshot_sha256=document.snapshot_sha256.hex(),
        revision=totals.get("revision", 1),
        revises=(totals.get("revises") or {}).get("number"),
    )
