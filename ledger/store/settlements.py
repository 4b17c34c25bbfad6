"""
Settlements: what was divided in a closing month, who earned what, and what is still owed.

A rights holder's row says how its money was divided; an earning belongs to its payee. What a
payee is owed is never stored: it is the sum of its earnings less the sum of its payouts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.archive import facts_of
from ledger.core.draft import step_lines
from ledger.core.payee_advance import AdvanceMoved
from ledger.core.prepayment_use import SettledUse
from ledger.core.set_aside import total
from ledger.core.settlement import Division
from ledger.core.snapshot import to_json, to_plain
from ledger.core.statement import Statement
from ledger.core.unsettled import AccruedLine
from ledger.store.documents import NewDocument, insert_documents
from ledger.store.parties import insert_all
from ledger.store.payee_advances import insert_moves
from ledger.store.reserves import insert_months
from ledger.store.suspense import insert_suspense
from ledger.store.tables.prepayments import SettledPrepaymentUseRow
from ledger.store.tables.settlements import (
    AccruedLineRow,
    EarningRow,
    HolderSettlementRow,
    SettledReceiptRow,
    SettlementRow,
    StatementRow,
)


@dataclass(frozen=True, kw_only=True)
class SettlementState:
    """How far a book is settled: closing months, and the months of use they have paid for."""

    currency: str
    last_settled: date | None
    last_covered: date | None


@dataclass(frozen=True, kw_only=True)
class NewSettlement:
    """A settlement about to be written. Holders and payees are references, keys are given."""

    closing_month: date
    settled_at: datetime
    settled_by: str
    currency: str
    receipts: Mapping[int, int]  # what it takes, each with its licensee
    divisions: Sequence[Division]
    party_ids: Mapping[str, int]
    waterfall_ids: Mapping[str, int]  # of committees
    uses: Sequence[SettledUse] = ()  # of prepayments
    advances: Mapping[str, Sequence[AdvanceMoved]] = field(default_factory=dict)  # by payee
    subject_ids: Mapping[str, int] = field(default_factory=dict)  # of those that are claimed
    accrued: Sequence[AccruedLine] = ()  # divided by their invoices


@dataclass(frozen=True, kw_only=True)
class StatementInBook:
    """The figures of an issued statement, and the key of its document."""

    document_id: int
    reference: str
    payee_reference: str
    closing_month: date
    revision: int
    issued_on: date
    currency: str
    carried_in_minor: int
    earned_minor: int
    payable_minor: int
    carried_out_minor: int
    consumption_tax_minor: int
    withholding_minor: int
    payout_minor: int


_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('genbo.settlements', :book))"

_STATE = """
    SELECT book.currency,
           (SELECT max(closing_month) FROM settlement WHERE book_id = :book) AS last_settled,
           GREATEST(
               (SELECT max(i.accrual_month)
                FROM settled_receipt JOIN receipt USING (receipt_id)
                JOIN invoice i USING (document_id)
                WHERE i.book_id = :book AND i.kind = 'royalty'),
               (SELECT max(i.accrual_month)
                FROM accrued_line JOIN invoice_line USING (royalty_line_id)
                JOIN invoice i USING (document_id)
                WHERE i.book_id = :book),
               (SELECT max(u.closing_month)
                FROM settled_prepayment_use done JOIN prepayment_use u USING (prepayment_use_id)
                JOIN settlement s ON s.settlement_id = done.settlement_id
                WHERE s.book_id = :book)
           ) AS last_covered
    FROM book WHERE book_id = :book
"""

_STATEMENTS = """
    SELECT s.document_id, d.reference, p.reference AS payee_reference, s.closing_month, s.revision,
           d.issued_on, s.currency, s.carried_in_minor, s.earned_minor, s.payable_minor,
           s.carried_out_minor, s.consumption_tax_minor, s.withholding_minor, s.payout_minor
    FROM statement s
    JOIN document d USING (document_id)
    JOIN party p ON p.party_id = s.owner_id
    WHERE d.book_id = :book AND s.document_id > :after
      AND (CAST(:payee AS bigint) IS NULL OR s.owner_id = :payee)
    ORDER BY s.document_id
    LIMIT :limit
"""


def lock_settlements(session: Session, *, book_id: int) -> None:
    """Make whoever else settles, or releases payouts of, the book wait for this transaction."""
    session.execute(text(_LOCK), {"book": book_id})


def read_state(session: Session, *, book_id: int) -> SettlementState:
    """Return where a book's settlements stand."""
    return SettlementState(**session.execute(text(_STATE), {"book": book_id}).one()._mapping)


def insert_settlement(session: Session, *, book_id: int, settlement: NewSettlement) -> int:
    """Write a settlement: what it takes, how that is divided, who earns it. Return its key."""
    row = SettlementRow(
        book_id=book_id,
        closing_month=settlement.closing_month,
        settled_at=settlement.settled_at,
        settled_by=settlement.settled_by,
    )
    session.add(row)
    session.flush()
    settlement_id = row.settlement_id
    assert settlement_id is not None
    taken = (
        {"settlement_id": settlement_id, "receipt_id": receipt_id, "licensee_id": licensee_id}
        for receipt_id, licensee_id in settlement.receipts.items()
    )
    divisions = settlement.divisions
    insert_all(session, SettledReceiptRow, taken)
    insert_all(
        session,
        AccruedLineRow,
        ({"settlement_id": settlement_id, **vars(line)} for line in settlement.accrued),
    )
    insert_all(
        session,
        SettledPrepaymentUseRow,
        (
            {
                "settlement_id": settlement_id,
                "prepayment_use_id": use.prepayment_use_id,
                "licensee_id": use.licensee_id,
                "tax_minor": use.tax_minor,
            }
            for use in settlement.uses
        ),
    )
    insert_all(
        session,
        HolderSettlementRow,
        (_holder_row(settlement_id, settlement, division) for division in divisions),
    )
    insert_all(
        session,
        EarningRow,
        (row for each in divisions for row in _earning_rows(settlement_id, settlement, each)),
    )
    insert_suspense(
        session,
        settlement_id=settlement_id,
        shared={settlement.party_ids[each.received.holder]: each.shared for each in divisions},
        released={settlement.party_ids[each.received.holder]: each.released for each in divisions},
        subject_ids=settlement.subject_ids,
    )
    insert_months(
        session,
        book_id=book_id,
        settlement_id=settlement_id,
        months={
            settlement.party_ids[each.received.holder]: each.reserve
            for each in divisions
            if each.reserve is not None
        },
    )
    insert_moves(
        session,
        settlement_id=settlement_id,
        moved=settlement.advances,
        party_ids=settlement.party_ids,
    )
    return settlement_id


def insert_statements(
    session: Session,
    *,
    book_id: int,
    settlement_id: int,
    series: str,
    first_number: int,
    statements: Sequence[Statement],
    party_ids: Mapping[str, int],
) -> None:
    """Issue statements under their numbers, from the first on, with their figures as rows."""
    issued = [
        NewDocument(
            owner_id=party_ids[statement.payee.reference],
            kind="statement",
            series=series,
            number=number,
            issued_on=statement.issued_on,
            snapshot=to_json(statement),
            facts=facts_of(
                statement.payee,
                currency=statement.currency,
                amount_minor=statement.settlement.payout_minor,
            ),
        )
        for number, statement in enumerate(statements, start=first_number)
    ]
    keys = insert_documents(session, book_id=book_id, documents=issued)
    insert_all(
        session,
        StatementRow,
        (
            statement_row(settlement_id, keys[document.reference], document.owner_id, statement)
            for document, statement in zip(issued, statements, strict=True)
        ),
    )


def list_statements(
    session: Session, *, book_id: int, payee_id: int | None, after: int, limit: int
) -> list[StatementInBook]:
    """
    Return issued statements in the order in which they were issued.

    ``payee_id`` is whose statements are meant; only the house asks for everybody's (None).
    ``after`` is the document of the last one seen, 0 to begin.
    """
    rows = session.execute(
        text(_STATEMENTS), {"book": book_id, "payee": payee_id, "after": after, "limit": limit}
    )
    return [StatementInBook(**row._mapping) for row in rows]


def _holder_row(
    settlement_id: int, settlement: NewSettlement, division: Division
) -> dict[str, Any]:
    received = division.received
    set_aside_minor, set_aside_tax_minor = total(division.set_aside)
    return {
        "settlement_id": settlement_id,
        "owner_id": settlement.party_ids[received.holder],
        "waterfall_version_id": settlement.waterfall_ids.get(received.holder),
        "currency": settlement.currency,
        "receipts_minor": received.royalty_minor,
        "receipts_tax_minor": received.tax_minor,
        "admin_fee_bp": received.admin_fee_bp,
        "admin_fee_minor": division.admin_fee_minor,
        "admin_fee_tax_minor": division.admin_fee_tax_minor,
        "deficit_in_minor": division.deficit_in_minor,
        "deficit_out_minor": division.deficit_out_minor,
        "distributed_before_minor": division.distributed_before_minor,
        "distributed_after_minor": division.distributed_after_minor,
        "steps": to_plain(step_lines(division)),
        "set_aside_minor": set_aside_minor,
        "set_aside_tax_minor": set_aside_tax_minor,
        "set_aside": to_plain(division.set_aside),
        "sold_minor": received.sold_minor,
        "margin_minor": division.margin_minor,
        "purchase_tax_minor": division.purchase_tax_minor,
        "bought_from": None if received.purchase is None else str(received.purchase.bought_from),
    }


def _earning_rows(
    settlement_id: int, settlement: NewSettlement, division: Division
) -> Iterator[dict[str, Any]]:
    for position, earning in enumerate(division.earnings):
        yield {
            "settlement_id": settlement_id,
            "holder_id": settlement.party_ids[division.received.holder],
            "position": position,
            "owner_id": settlement.party_ids[earning.payee],
            "kind": str(earning.kind),
            "category": str(earning.category),
            "base_minor": earning.base_minor,
            "rate_bp": earning.rate_bp,
            "amount_minor": earning.amount_minor,
            "tax_minor": earning.tax_minor,
        }


def statement_row(
    settlement_id: int, document_id: int, payee_id: int, statement: Statement
) -> dict[str, Any]:
    """Return the figures of a statement as its row has them."""
    figures = statement.settlement
    return {
        "document_id": document_id,
        "settlement_id": settlement_id,
        "owner_id": payee_id,
        "closing_month": statement.closing_month,
        "revision": statement.revision,
        "currency": statement.currency,
        "carried_in_minor": figures.carried_in_minor,
        "earned_minor": figures.earned_minor,
        "payable_minor": figures.payable_minor,
        "carried_out_minor": figures.carried_out_minor,
        "consumption_tax_minor": figures.consumption_tax_minor,
        "withholding_minor": figures.withholding_minor,
        "payout_minor": figures.payout_minor,
        "advance_paid_minor": figures.advance_paid_minor,
        "advance_recouped_minor": figures.advance_recouped_minor,
    }
