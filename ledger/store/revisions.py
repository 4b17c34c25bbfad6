"""
Revised statements: which one counts, and what revisions moved.

What a revision moves belongs to the settlement it corrects, and is taken in by the next one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.archive import facts_of
from ledger.core.snapshot import from_json, to_json
from ledger.core.statement import CorrectedRow, Statement
from ledger.core.statement_revision import Earned
from ledger.store.documents import NewDocument, insert_documents
from ledger.store.parties import insert_all
from ledger.store.settlements import statement_row
from ledger.store.tables.revisions import (
    EarningCorrectionRow,
    StatementRevisionRow,
)
from ledger.store.tables.settlements import StatementRow


@dataclass(frozen=True, kw_only=True)
class StatementToRevise:
    """An issued statement, with where it stands among its revisions."""

    document_id: int
    number: str
    first_number: str  # of revision 1
    newest_number: str
    payee_id: int
    payee: str
    settlement_id: int
    statement: Statement


@dataclass(frozen=True, kw_only=True)
class NewRevision:
    """A revision about to be issued, and what it moves for its payee."""

    before: StatementToRevise
    after: Statement
    series: str


@dataclass(frozen=True, kw_only=True)
class NewCorrection:
    """What a revision moves for one payee; ``number`` is the revision that says so."""

    number: str
    payee_id: int
    holder: str
    kind: str
    category: str
    amount_minor: int
    tax_minor: int


@dataclass(frozen=True, kw_only=True)
class StatementListed:
    """A statement in the list: which revision it is, of which, and what took its place."""

    number: str
    payee: str
    closing_month: date
    revision: int
    issued_on: date
    currency: str
    earned_minor: int
    payout_minor: int
    first_number: str
    revised_by_number: str | None
    reason: str | None
    revised_by: str | None


_TO_REVISE = """
    SELECT s.document_id, d.reference AS number, first.reference AS first_number,
           newest.reference AS newest_number, s.owner_id AS payee_id, p.reference AS payee,
           s.settlement_id, d.snapshot
    FROM statement s
    JOIN document d USING (document_id)
    JOIN party p ON p.party_id = s.owner_id
    JOIN LATERAL (
        SELECT f.reference FROM statement o JOIN document f USING (document_id)
        WHERE o.settlement_id = s.settlement_id AND o.owner_id = s.owner_id
        ORDER BY o.revision LIMIT 1
    ) first ON true
    JOIN LATERAL (
        SELECT f.reference FROM statement o JOIN document f USING (document_id)
        WHERE o.settlement_id = s.settlement_id AND o.owner_id = s.owner_id
        ORDER BY o.revision DESC LIMIT 1
    ) newest ON true
    WHERE d.book_id = :book
"""
_NAMED = _TO_REVISE + " AND d.reference = :number"
_NEWEST = (
    _TO_REVISE
    + """
      AND s.settlement_id = :settlement AND s.owner_id = :payee
    ORDER BY s.revision DESC LIMIT 1
"""
)

_EARNED = """
    SELECT holder.reference AS holder, e.kind, e.category,
           CAST(sum(amount_minor) AS bigint) AS amount_minor,
           CAST(sum(tax_minor) AS bigint) AS tax_minor
    FROM (
        SELECT holder_id, kind, category, amount_minor, tax_minor FROM earning
        WHERE settlement_id = :settlement AND owner_id = :payee
        UNION ALL
        SELECT holder_id, kind, category, amount_minor, tax_minor FROM earning_correction
        WHERE settlement_id = :settlement AND owner_id = :payee
    ) e
    JOIN party holder ON holder.party_id = e.holder_id
    GROUP BY holder.reference, e.kind, e.category
    ORDER BY holder.reference COLLATE "C", e.category, e.kind
"""

# A committee is level without a deficit and with nothing to claw back from its members.
_WAS_LEVEL = """
    SELECT EXISTS (
        SELECT FROM (
            SELECT s.closing_month,
                   h.deficit_out_minor = 0
                   AND h.distributed_after_minor = max(h.distributed_after_minor)
                       OVER (PARTITION BY h.currency ORDER BY s.closing_month) AS is_level
            FROM holder_settlement h JOIN settlement s USING (settlement_id)
            JOIN party p ON p.party_id = h.owner_id AND p.book_id = s.book_id
            WHERE s.book_id = :book AND p.reference = :holder
        ) run
        WHERE is_level AND closing_month >= (SELECT closing_month FROM settlement
                                             WHERE settlement_id = :settlement))
"""

_HOLDERS = """
    SELECT reference, party_id FROM party
    WHERE book_id = :book AND reference = ANY (CAST(:holders AS text[]))
"""

_LAST_SETTLEMENT = "SELECT max(settlement_id) FROM settlement WHERE book_id = :book"

# Settlements are written one after another, so those made since the last one have its key.
_TO_TAKE_IN = """
    SELECT p.reference AS payee, d.reference AS number, c.category, holder.name_ja AS source_ja,
           holder.name_en AS source_en, c.amount_minor, c.tax_minor
    FROM earning_correction c
    JOIN document d USING (document_id)
    JOIN party p ON p.party_id = c.owner_id
    JOIN party holder ON holder.party_id = c.holder_id
    WHERE d.book_id = :book
      AND c.after_settlement_id = (SELECT max(settlement_id) FROM settlement
                                   WHERE book_id = :book AND settlement_id < :settlement)
    ORDER BY c.document_id, c.position
"""

_LISTED = """
    SELECT d.reference AS number, p.reference AS payee, s.closing_month, s.revision, d.issued_on,
           s.currency, s.earned_minor, s.payout_minor,
           first_value(d.reference) OVER whole AS first_number,
           lead(d.reference) OVER whole AS revised_by_number,
           r.reason, r.revised_by
    FROM statement s
    JOIN document d USING (document_id)
    JOIN party p ON p.party_id = s.owner_id
    LEFT JOIN statement_revision r USING (document_id)
    WHERE d.book_id = :book AND (CAST(:payee AS text) IS NULL OR p.reference = :payee)
      AND (CAST(:month AS date) IS NULL OR s.closing_month = :month)
    WINDOW whole AS (PARTITION BY s.settlement_id, s.owner_id ORDER BY s.revision
                     ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    ORDER BY s.closing_month DESC, p.reference COLLATE "C", s.revision DESC
    LIMIT :limit
"""


def find_statement(session: Session, *, book_id: int, number: str) -> StatementToRevise | None:
    """Return a statement by its number, None when there is none."""
    parameters = {"book": book_id, "number": number}
    row = session.execute(text(_NAMED), parameters).one_or_none()
    return None if row is None else _to_revise(row)


def find_newest(
    session: Session, *, book_id: int, settlement_id: int, payee_id: int
) -> StatementToRevise | None:
    """Return the statement of a payee and settlement that counts, None when it got none."""
    parameters = {"book": book_id, "settlement": settlement_id, "payee": payee_id}
    row = session.execute(text(_NEWEST), parameters).one_or_none()
    return None if row is None else _to_revise(row)


def find_earned(session: Session, *, settlement_id: int, payee_id: int) -> list[Earned]:
    """Return what a payee earned of a settlement by reason, with all that revisions moved."""
    parameters = {"settlement": settlement_id, "payee": payee_id}
    return [Earned(**row._mapping) for row in session.execute(text(_EARNED), parameters)]


def was_level(session: Session, *, book_id: int, settlement_id: int, holder: str) -> bool:
    """Tell whether a rights holder could pay all of a settlement, then or since."""
    parameters = {"book": book_id, "settlement": settlement_id, "holder": holder}
    return bool(session.execute(text(_WAS_LEVEL), parameters).scalar_one())


def insert_revisions(
    session: Session,
    *,
    book_id: int,
    revisions: Sequence[NewRevision],
    corrections: Sequence[NewCorrection],
    revised_at: datetime,
) -> None:
    """Issue revisions with their figures as rows, and write what they move."""
    issued = [
        NewDocument(
            owner_id=each.before.payee_id,
            kind="statement",
            series=each.series,
            number=each.after.revision - 1,
            issued_on=each.after.issued_on,
            snapshot=to_json(each.after),
            facts=facts_of(
                each.after.payee,
                currency=each.after.currency,
                amount_minor=each.after.settlement.payout_minor,
            ),
            printed=each.after.number,
        )
        for each in revisions
    ]
    keys = insert_documents(session, book_id=book_id, documents=issued)
    insert_all(
        session,
        StatementRow,
        (
            statement_row(
                each.before.settlement_id,
                keys[each.after.number],
                each.before.payee_id,
                each.after,
            )
            for each in revisions
        ),
    )
    insert_all(
        session,
        StatementRevisionRow,
        (
            {
                "document_id": keys[each.after.number],
                "owner_id": each.before.payee_id,
                "revises": each.before.document_id,
                "reason": each.after.revises.reason,
                "revised_by": each.after.revises.revised_by,
                "revised_at": revised_at,
            }
            for each in revisions
            if each.after.revises is not None
        ),
    )
    if corrections:
        _insert_corrections(session, book_id, keys, revisions[0], corrections)


def to_take_in(
    session: Session, *, book_id: int, settlement_id: int
) -> Mapping[str, tuple[CorrectedRow, ...]]:
    """Return what revisions moved since the settlement before one, by payee."""
    parameters = {"book": book_id, "settlement": settlement_id}
    found: dict[str, tuple[CorrectedRow, ...]] = defaultdict(tuple)
    for row in session.execute(text(_TO_TAKE_IN), parameters):
        values = dict(row._mapping)
        found[values.pop("payee")] += (CorrectedRow(**values),)
    return found


def list_statements(
    session: Session, *, book_id: int, payee: str | None, month: date | None, limit: int
) -> list[StatementListed]:
    """Return statements with their history, the latest month and the newest revision first."""
    parameters = {"book": book_id, "payee": payee, "month": month, "limit": limit}
    rows = session.execute(text(_LISTED), parameters)
    return [StatementListed(**row._mapping) for row in rows]


def _to_revise(row: Row[Any]) -> StatementToRevise:
    values = dict(row._mapping)
    statement = from_json(Statement, values.pop("snapshot"))
    return StatementToRevise(**values, statement=statement)


def _insert_corrections(
    session: Session,
    book_id: int,
    keys: Mapping[str, int],
    first: NewRevision,
    corrections: Sequence[NewCorrection],
) -> None:
    last = session.execute(text(_LAST_SETTLEMENT), {"book": book_id}).scalar_one()
    named = session.execute(
        text(
            "SELECT reference, party_id FROM party WHERE book_id = :book AND reference = ANY (:r)"
        ),
        {"book": book_id, "r": [each.holder for each in corrections]},
    )
    holders: dict[str, int] = {row.reference: row.party_id for row in named}
    positions: dict[str, int] = defaultdict(int)
    rows = []
    for each in corrections:
        rows.append(
            {
                "document_id": keys[each.number],
                "position": positions[each.number],
                "owner_id": each.payee_id,
                "settlement_id": first.before.settlement_id,
                "holder_id": holders[each.holder],
                "kind": each.kind,
                "category": each.category,
                "amount_minor": each.amount_minor,
                "tax_minor": each.tax_minor,
                "after_settlement_id": last,
            }
        )
        positions[each.number] += 1
    insert_all(session, EarningCorrectionRow, rows)
