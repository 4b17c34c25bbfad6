"""Yearly records of what payees were paid: which there are, and their figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.archive import facts_of
from ledger.core.payment_record import PaymentRecord, PaymentRecordTotal
from ledger.core.snapshot import to_json
from ledger.core.tax_tables import WithholdingScope
from ledger.store.documents import NewDocument, insert_documents
from ledger.store.parties import insert_all
from ledger.store.tables.records import PaymentRecordRow, PaymentRecordTotalRow


@dataclass(frozen=True, kw_only=True)
class NewRecord:
    """A record, or a total sheet, about to be written under the next number of its series."""

    owner_id: int
    series: str
    number: int
    record: PaymentRecord | PaymentRecordTotal


_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('genbo.payment_records', :book))"

_RECORDED = """
    SELECT p.reference, r.scope FROM payment_record r JOIN party p ON p.party_id = r.owner_id
    WHERE p.book_id = :book AND r.year = :year
"""

_TOTALED = """
    SELECT d.reference FROM payment_record_total JOIN document d USING (document_id)
    WHERE d.book_id = :book AND year = :year
"""


def lock_records(session: Session, *, book_id: int) -> None:
    """Make whoever else issues records of the book wait for this transaction."""
    session.execute(text(_LOCK), {"book": book_id})


def recorded_payees(
    session: Session, *, book_id: int, year: int
) -> frozenset[tuple[str, WithholdingScope]]:
    """Return which payees have a record of a year."""
    rows = session.execute(text(_RECORDED), {"book": book_id, "year": year})
    return frozenset((row.reference, WithholdingScope(row.scope)) for row in rows)


def find_total(session: Session, *, book_id: int, year: int) -> str | None:
    """Return the number of a year's total sheet, None when there is none."""
    found = session.execute(text(_TOTALED), {"book": book_id, "year": year})
    number: str | None = found.scalar_one_or_none()
    return number


def insert_records(session: Session, *, book_id: int, records: Sequence[NewRecord]) -> None:
    """Issue records under their numbers, with their figures as rows."""
    issued = [_document(each) for each in records]
    keys = insert_documents(session, book_id=book_id, documents=issued)
    rows = [
        (
            each.record,
            {
                "document_id": keys[document.reference],
                "owner_id": each.owner_id,
                "year": each.record.year,
                "currency": each.record.currency,
                "amount_minor": each.record.amount_minor,
                "consumption_tax_minor": each.record.consumption_tax_minor,
                "withheld_minor": each.record.withheld_minor,
            },
        )
        for document, each in zip(issued, records, strict=True)
    ]
    insert_all(
        session,
        PaymentRecordRow,
        (
            {**row, "scope": str(record.scope)}
            for record, row in rows
            if isinstance(record, PaymentRecord)
        ),
    )
    insert_all(
        session,
        PaymentRecordTotalRow,
        (row for record, row in rows if isinstance(record, PaymentRecordTotal)),
    )


def _document(new: NewRecord) -> NewDocument:
    record = new.record
    is_total = isinstance(record, PaymentRecordTotal)
    return NewDocument(
        owner_id=new.owner_id,
        kind="payment_record_total" if is_total else "payment_record",
        series=new.series,
        number=new.number,
        issued_on=record.issued_on,
        snapshot=to_json(record),
        facts=facts_of(
            record.issuer if isinstance(record, PaymentRecordTotal) else record.payee,
            currency=record.currency,
            amount_minor=record.amount_minor,
        ),
    )
