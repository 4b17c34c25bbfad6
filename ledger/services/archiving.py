"""
Archiving: issued documents are listed, found, and kept as the bytes that were first rendered.

A document's frozen values are the document; its PDF is made of them once, kept with its hash,
and served for ever. Rendering again would change nothing and is not done.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ledger.core.fields import check_whole
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import documents
from ledger.store.database import Database
from ledger.store.documents import Document, DocumentFile

LIMIT_MAX = 1_000

#: Documents that are held in memory at once when many are gone through.
_PAGE = 50


class DocumentNotFound(Refusal):
    """No document of this owner has the number; another's is as unknown as none."""

    code = "document_not_found"


class DocumentNotRendered(Refusal):
    """The document is issued, but its file has not been made yet."""

    code = "document_not_rendered"


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some documents in the order of issue, and where to go on; None when there are no more."""

    documents: tuple[Document, ...]
    next_after: int | None


def list_documents(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    owner_id: int | None,
    kind: str | None = None,
    after: int = 0,
    limit: int = 100,
) -> Page:
    """
    Return a page of documents. ``owner_id`` None is for the house alone.

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        found = documents.list_documents(
            session, book_id=book_id, owner_id=owner_id, kind=kind, after=after, limit=limit + 1
        )
    page = tuple(found[:limit])
    return Page(documents=page, next_after=page[-1].id if len(found) > limit else None)


def all_documents(database: Database, *, book_id: int = BOOK_ID) -> Iterator[Document]:
    """Yield every document of the book, a page at a time, for the house."""
    after: int | None = 0
    while after is not None:
        page = list_documents(
            database, book_id=book_id, owner_id=None, after=after, limit=LIMIT_MAX
        )
        yield from page.documents
        after = page.next_after


def find_document(
    database: Database, *, book_id: int = BOOK_ID, reference: str, owner_id: int | None
) -> Document:
    """
    Return one document.

    :raises DocumentNotFound: there is none of this owner.
    """
    if "\0" in reference:  # No text of the book holds it, and none can be looked for with it.
        raise DocumentNotFound(reference=reference)
    with database.transaction() as session:
        found = documents.find_document(
            session, book_id=book_id, reference=reference, owner_id=owner_id
        )
    if found is None:
        raise DocumentNotFound(reference=reference)
    return found


def find_file(database: Database, *, document: Document, format_: str) -> DocumentFile:
    """
    Return what a document was rendered to.

    :raises DocumentNotRendered: it has not been rendered yet.
    """
    with database.transaction() as session:
        found = documents.find_file(session, document_id=document.id, format_=format_)
    if found is None:
        raise DocumentNotRendered(reference=document.reference)
    return found


def unrendered(database: Database, *, book_id: int = BOOK_ID, format_: str) -> Iterator[Document]:
    """Yield the documents that were not rendered to a format yet, in the order of issue."""
    after = 0
    while True:
        with database.transaction() as session:
            page = documents.list_unrendered(
                session, book_id=book_id, format_=format_, after=after, limit=_PAGE
            )
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].id


def count_unrendered(database: Database, *, book_id: int = BOOK_ID, format_: str) -> int:
    """Return how many documents were not rendered to a format yet."""
    with database.transaction() as session:
        return documents.count_unrendered(session, book_id=book_id, format_=format_)


def keep_file(
    database: Database,
    *,
    document: Document,
    format_: str,
    content: bytes,
    rendered_at: datetime,
) -> DocumentFile:
    """Keep a rendered document, and return what is kept: the first rendering stays."""
    with database.transaction() as session:
        return documents.keep_file(
            session, document=document, format_=format_, content=content, rendered_at=rendered_at
        )
