"""
Settlements: what was divided in a closing month, who earned what, and what is still owed.

A rights holder's row says how its money was divided; an earning belongs to its payee. What a
payee is owed is never stored: it is the sum of its earnings less the sum of its payouts.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, insert

from ledger.core.draft import step_lines
from ledger.core.settlement import Balance, Division
from ledger.core.snapshot import to_plain
from ledger.core.statement import Statement
from ledger.store.tables.settlements import (
    EarningRow,
    HolderSettlementRow,
    SettledReceiptRow,
    SettlementRow,
    StatementRow,
)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """Where a committee's earlier settlements left it."""

    deficit_minor: int
    distributed_minor: int


@dataclass(frozen=True, kw_only=True)
class HeldUsage:
    """Usage of one subject that was refused or held, for one reason, over some months."""

    holder_reference: str
    title_ja: str
    title_en: str
    licensee_ja: str
    licensee_en: str
    decision: str
    reason: str
    generation_count: int


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

_LAST_SETTLED = "SELECT max(closing_month) FROM settlement WHERE book_id = :book"

_OPENINGS = """
    SELECT DISTINCT ON (h.owner_id)
           h.owner_id, h.deficit_out_minor, h.distributed_after_minor
    FROM holder_settlement h JOIN settlement s USING (settlement_id)
    WHERE h.owner_id = ANY (CAST(:holders AS bigint[])) AND h.currency = :currency
    ORDER BY h.owner_id, s.closing_month DESC
"""

_BALANCES = """
    SELECT p.reference, sum(supplies), sum(passthrough), sum(tax)
    FROM (
        SELECT e.owner_id,
               CASE e.kind WHEN 'supply' THEN e.amount_minor ELSE 0 END AS supplies,
               CASE e.kind WHEN 'supply' THEN 0 ELSE e.amount_minor END AS passthrough,
               e.tax_minor AS tax
        FROM earning e JOIN settlement s USING (settlement_id)
        WHERE s.book_id = :book
        UNION ALL
        SELECT o.owner_id, -o.supplies_minor, -o.passthrough_minor, -o.consumption_tax_minor
        FROM payout o JOIN payout_run r USING (payout_run_id)
        WHERE r.book_id = :book
    ) movement
    JOIN party p ON p.party_id = movement.owner_id
    GROUP BY p.party_id
    HAVING sum(supplies) <> 0 OR sum(passthrough) <> 0 OR sum(tax) <> 0
    ORDER BY p.reference COLLATE "C"
"""

_LAST_COVERED = """
    SELECT max(i.accrual_month)
    FROM settled_receipt JOIN receipt USING (receipt_id) JOIN invoice i USING (document_id)
    WHERE i.book_id = :book
"""

_HELD_USAGE = """
    SELECT holder.reference AS holder_reference, s.title_ja, s.title_en,
           licensee.name_ja AS licensee_ja, licensee.name_en AS licensee_en,
           t.decision, t.reason, CAST(sum(t.generation_count) AS bigint) AS generation_count
    FROM batch_total t
    JOIN subject s USING (subject_id)
    JOIN party holder ON holder.party_id = s.owner_id
    JOIN party licensee ON licensee.party_id = t.licensee_id
    WHERE s.book_id = :book AND t.decision <> 'accepted'
      AND t.accrual_month <= :through
      AND (CAST(:after AS date) IS NULL OR t.accrual_month > :after)
    GROUP BY holder.party_id, s.subject_id, licensee.party_id, t.decision, t.reason
    ORDER BY holder.reference COLLATE "C", s.reference COLLATE "C",
             licensee.reference COLLATE "C", t.decision, t.reason
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


def last_settled_month(session: Session, *, book_id: int) -> date | None:
    """Return the latest closing month that was settled, None before the first."""
    month: date | None = session.execute(text(_LAST_SETTLED), {"book": book_id}).scalar_one()
    return month


def insert_settlement(
    session: Session, *, book_id: int, closing_month: date, settled_at: datetime, settled_by: str
) -> int:
    """Write a settlement and return its key."""
    row = SettlementRow(
        book_id=book_id, closing_month=closing_month, settled_at=settled_at, settled_by=settled_by
    )
    session.add(row)
    session.flush()
    assert row.settlement_id is not None
    return row.settlement_id


def insert_settled_receipts(
    session: Session, *, settlement_id: int, receipts: Mapping[int, int]
) -> None:
    """Write which receipts a settlement divides; ``receipts`` has the licensee of each."""
    rows = [
        {"settlement_id": settlement_id, "receipt_id": receipt_id, "licensee_id": licensee_id}
        for receipt_id, licensee_id in receipts.items()
    ]
    if rows:
        session.execute(insert(SettledReceiptRow), rows)


def insert_divisions(
    session: Session,
    *,
    settlement_id: int,
    currency: str,
    divisions: Sequence[Division],
    party_ids: Mapping[str, int],
    waterfall_ids: Mapping[str, int],
) -> None:
    """
    Write how each rights holder's money was divided, and what everybody earned from it.

    ``party_ids`` has the key of every holder and payee, ``waterfall_ids`` the key of the
    waterfall version each committee was divided by.
    """
    holders = [
        _holder_row(settlement_id, currency, each, party_ids, waterfall_ids) for each in divisions
    ]
    earnings = [row for each in divisions for row in _earning_rows(settlement_id, each, party_ids)]
    if holders:
        session.execute(insert(HolderSettlementRow), holders)
    if earnings:
        session.execute(insert(EarningRow), earnings)


def find_openings(
    session: Session, *, holder_ids: Collection[int], currency: str
) -> dict[int, Opening]:
    """Return where each holder's last settlement left it; a holder without one is left out."""
    rows = session.execute(text(_OPENINGS), {"holders": list(holder_ids), "currency": currency})
    return {
        owner_id: Opening(deficit_minor=deficit, distributed_minor=distributed)
        for owner_id, deficit, distributed in rows
    }


def find_balances(session: Session, *, book_id: int) -> dict[str, Balance]:
    """Return what each payee has earned and was not paid, by reference; balances of 0 left out."""
    rows = session.execute(text(_BALANCES), {"book": book_id})
    return {
        reference: Balance(
            supplies_minor=int(supplies), passthrough_minor=int(passthrough), tax_minor=int(tax)
        )
        for reference, supplies, passthrough, tax in rows
    }


def last_covered_month(session: Session, *, book_id: int) -> date | None:
    """Return the latest month of use that a settlement has paid for, None before the first."""
    month: date | None = session.execute(text(_LAST_COVERED), {"book": book_id}).scalar_one()
    return month


def find_held_usage(
    session: Session, *, book_id: int, after: date | None, through: date
) -> list[HeldUsage]:
    """
    Return refused and held usage of known subjects, in the months after one through another.

    Usage whose subject is not known belongs to no rights holder and is not here.
    """
    rows = session.execute(text(_HELD_USAGE), {"book": book_id, "after": after, "through": through})
    return [HeldUsage(**row._mapping) for row in rows]


def insert_statements(
    session: Session,
    *,
    settlement_id: int,
    statements: Iterable[tuple[int, int, Statement]],
) -> None:
    """Write the figures of statements, each as (document, payee, statement)."""
    rows = [
        _statement_row(settlement_id, document_id, payee_id, statement)
        for document_id, payee_id, statement in statements
    ]
    if rows:
        session.execute(insert(StatementRow), rows)


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
    settlement_id: int,
    currency: str,
    division: Division,
    party_ids: Mapping[str, int],
    waterfall_ids: Mapping[str, int],
) -> dict[str, Any]:
    received = division.received
    return {
        "settlement_id": settlement_id,
        "owner_id": party_ids[received.holder],
        "waterfall_version_id": waterfall_ids.get(received.holder),
        "currency": currency,
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
    }


def _earning_rows(
    settlement_id: int, division: Division, party_ids: Mapping[str, int]
) -> Iterator[dict[str, Any]]:
    for position, earning in enumerate(division.earnings):
        yield {
            "settlement_id": settlement_id,
            "holder_id": party_ids[division.received.holder],
            "position": position,
            "owner_id": party_ids[earning.payee],
            "kind": str(earning.kind),
            "category": str(earning.category),
            "base_minor": earning.base_minor,
            "rate_bp": earning.rate_bp,
            "amount_minor": earning.amount_minor,
            "tax_minor": earning.tax_minor,
        }


def _statement_row(
    settlement_id: int, document_id: int, payee_id: int, statement: Statement
) -> dict[str, Any]:
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
    }
