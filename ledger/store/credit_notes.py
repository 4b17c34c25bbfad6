"""Return invoices: transfers that have none yet, what firms were owed again, and their rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.archive import facts_of
from ledger.core.credit_note import CreditNote, OwedAgain
from ledger.core.invoice import Invoice
from ledger.core.snapshot import from_json, to_json
from ledger.store.documents import NewDocument, insert_documents
from ledger.store.parties import insert_all
from ledger.store.tables.acknowledgements import CreditNoteRow


@dataclass(frozen=True, kw_only=True)
class TransferToNote:
    """A transfer without a return invoice, and what was transferred to its firm before it."""

    refund_transfer_id: int
    licensee_id: int
    licensee: str
    currency: str
    amount_minor: int
    before_minor: int
    transferred_on: date
    bank_reference: str


_TRANSFERS = """
    SELECT t.refund_transfer_id, t.licensee_id, p.reference AS licensee, t.currency,
           t.amount_minor, t.before_minor, t.transferred_on, t.bank_reference
    FROM (
        SELECT *, CAST(sum(amount_minor) OVER earlier - amount_minor AS bigint) AS before_minor
        FROM refund_transfer WHERE book_id = :book
        WINDOW earlier AS (PARTITION BY licensee_id, currency ORDER BY refund_transfer_id)
    ) t
    JOIN party p ON p.party_id = t.licensee_id
    LEFT JOIN credit_note n USING (refund_transfer_id)
    WHERE n.refund_transfer_id IS NULL AND t.transferred_on <= :on
    ORDER BY t.refund_transfer_id
"""

# What a settlement gives back, and what was paid too much, is owed from then on.
_OWED = """
    SELECT owed.*, d.snapshot, holder.reference AS holder FROM (
        SELECT s.settled_at AS owed_at, 0 AS place, u.prepayment_use_id AS id, u.licensee_id,
               p.currency, 'returned' AS kind, p.reference, u.amount_minor, done.tax_minor,
               billed.document_id, NULL::bigint AS holder_id
        FROM prepayment_use u
        JOIN settled_prepayment_use done USING (prepayment_use_id)
        JOIN settlement s USING (settlement_id)
        JOIN prepayment p USING (prepayment_id)
        JOIN invoice_prepayment billed USING (prepayment_id)
        WHERE u.kind = 'returned'
        UNION ALL
        SELECT s.settled_at, 1, c.reserve_claim_id, c.licensee_id, 'JPY', c.kind,
               c.reference, c.amount_minor, c.tax_minor, c.document_id, c.owner_id
        FROM reserve_claim c
        JOIN settled_reserve_claim USING (reserve_claim_id)
        JOIN settlement s USING (settlement_id)
        UNION ALL
        SELECT recorded_at, 2, credit_return_id, licensee_id, currency, 'overpaid', '',
               amount_minor, 0, NULL, NULL
        FROM credit_return
    ) owed
    LEFT JOIN document d USING (document_id)
    LEFT JOIN party holder ON holder.party_id = owed.holder_id
    WHERE owed.licensee_id = ANY (CAST(:licensees AS bigint[]))
    ORDER BY owed.owed_at, owed.place, owed.id
"""


def transfers_to_note(session: Session, *, book_id: int, on: date) -> list[TransferToNote]:
    """Return the transfers made through a day that no return invoice is about, in their order."""
    rows = session.execute(text(_TRANSFERS), {"book": book_id, "on": on})
    return [TransferToNote(**row._mapping) for row in rows]


def owed_again(
    session: Session, *, licensee_ids: Sequence[int]
) -> dict[tuple[int, str], list[OwedAgain]]:
    """Return all that some firms were ever owed again, the oldest first, by firm and currency."""
    found: dict[tuple[int, str], list[OwedAgain]] = {}
    for row in session.execute(text(_OWED), {"licensees": list(licensee_ids)}):
        found.setdefault((row.licensee_id, row.currency), []).append(_owed(row))
    return found


def insert_credit_notes(
    session: Session,
    *,
    book_id: int,
    series: str,
    notes: Sequence[tuple[int, TransferToNote, CreditNote]],
) -> None:
    """Write return invoices with their documents: each by its number, and for its transfer."""
    documents = [
        NewDocument(
            owner_id=transfer.licensee_id,
            kind="credit_note",
            series=series,
            number=number,
            issued_on=note.issued_on,
            snapshot=to_json(note),
            facts=facts_of(note.recipient, currency=note.currency, amount_minor=note.total_minor),
        )
        for number, transfer, note in notes
    ]
    keys = insert_documents(session, book_id=book_id, documents=documents)
    insert_all(
        session,
        CreditNoteRow,
        (
            {
                "document_id": keys[note.number],
                "licensee_id": transfer.licensee_id,
                "refund_transfer_id": transfer.refund_transfer_id,
                "subtotal_minor": note.subtotal_minor,
                "tax_minor": note.tax_minor,
                "total_minor": note.total_minor,
            }
            for _, transfer, note in notes
        ),
    )


def _owed(row: Row[Any]) -> OwedAgain:
    return OwedAgain(
        kind=row.kind,
        reference=row.reference,
        amount_minor=row.amount_minor,
        tax_minor=row.tax_minor,
        invoice=None if row.snapshot is None else from_json(Invoice, row.snapshot),
        holder=row.holder,
    )
