"""Issued documents are found by whom they are for, listed in pages, and rendered once."""

from datetime import date

from ledger.services import BOOK_ID
from ledger.store import documents
from ledger.store.database import Database
from tests.services.billed import (
    LATE,
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    bill,
    close,
    issued,
    license_of,
    operator,
)
from tests.services.usage import generation, report


def test_a_document_is_found_by_its_own_recipient_only(database: Database) -> None:
    operator(database)
    license_of(database)
    report(database, generation(1))
    close(database, OCTOBER)
    (reference,) = bill(database)
    document = issued(database, reference)
    with database.transaction() as session:
        for owner_id, is_found in ((document.owner_id, True), (document.owner_id + 1, False)):
            found = documents.find_document(
                session, book_id=BOOK_ID, reference=reference, owner_id=owner_id
            )
            assert (found == document) is is_found
            listed = documents.list_documents(session, book_id=BOOK_ID, owner_id=owner_id, limit=10)
            assert (listed == [document]) is is_found


def test_documents_are_listed_in_pages(database: Database) -> None:
    operator(database)
    license_of(database)
    report(database, generation(1, on=date(2026, 9, 1)))
    close(database, SEPTEMBER)
    report(database, generation(1))
    close(database, OCTOBER)
    references = [*bill(database, SEPTEMBER, issued_on=LATE, due_on=LATE), *bill(database)]
    with database.transaction() as session:
        (first,) = documents.list_documents(session, book_id=BOOK_ID, owner_id=None, limit=1)
        rest = documents.list_documents(
            session, book_id=BOOK_ID, owner_id=None, after=first.id, limit=10
        )
        statements = documents.list_documents(
            session, book_id=BOOK_ID, owner_id=None, kind="statement", limit=10
        )
    assert [first.reference, *(each.reference for each in rest)] == references
    assert statements == []


def test_what_a_document_was_rendered_to_first_is_what_stays(database: Database) -> None:
    operator(database)
    license_of(database)
    report(database, generation(1))
    close(database, OCTOBER)
    (reference,) = bill(database)
    document = issued(database, reference)
    rendered_at = NOVEMBER.ends_at
    with database.transaction() as session:
        assert documents.find_file(session, document_id=document.id, format_="pdf") is None
        first = documents.keep_file(
            session, document=document, format_="pdf", content=b"one", rendered_at=rendered_at
        )
        again = documents.keep_file(
            session, document=document, format_="pdf", content=b"two", rendered_at=rendered_at
        )
    assert first == again
    assert first.content == b"one"
