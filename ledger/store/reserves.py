"""Reserves of rights holders: what settlements held, what claims and releases took of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.reserve import NewReserveClaim, Reserve, ReserveClaim, ReserveMonth
from ledger.core.set_aside import SetAsideKind
from ledger.store.parties import insert_all
from ledger.store.tables.reserves import (
    ReserveClaimRow,
    ReserveRow,
    ReserveUseRow,
    SettledReserveClaimRow,
)


@dataclass(frozen=True, kw_only=True)
class OpenReserves:
    """What one rights holder has in reserve, and the claims that no settlement has looked at."""

    reserves: tuple[Reserve, ...] = ()
    claims: tuple[ReserveClaim, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReserveInBook:
    """One month's reserve of one holder: what was held, what is left, and when it is released."""

    holder: str
    held_in: date
    release_in: date
    amount_minor: int
    tax_minor: int
    borne_minor: int
    released_minor: int
    left_minor: int


@dataclass(frozen=True, kw_only=True)
class ReserveClaimInBook:
    """A refund or chargeback, and the closing month that settled it, None before."""

    id: int
    reference: str
    holder: str
    licensee: str
    kind: str
    invoice: str | None
    amount_minor: int
    tax_minor: int
    claimed_on: date
    reason: str
    recorded_at: datetime
    recorded_by: str
    settled_in: date | None


_LEFT = """
    SELECT p.reference AS holder, s.closing_month AS held_in, r.release_month AS release_in,
           CAST(r.amount_minor - coalesce(sum(u.amount_minor), 0) AS bigint) AS left_minor,
           CAST(r.tax_minor - coalesce(sum(u.tax_minor), 0) AS bigint) AS tax_left_minor
    FROM reserve r
    JOIN settlement s USING (settlement_id)
    JOIN party p ON p.party_id = r.owner_id
    LEFT JOIN reserve_use u ON u.held_in = r.settlement_id AND u.owner_id = r.owner_id
    WHERE s.book_id = :book
    GROUP BY r.settlement_id, r.owner_id, p.reference, s.closing_month
    HAVING r.amount_minor <> coalesce(sum(u.amount_minor), 0)
        OR r.tax_minor <> coalesce(sum(u.tax_minor), 0)
    ORDER BY p.reference COLLATE "C", s.closing_month
"""

_OPEN_CLAIMS = """
    SELECT holder.reference AS holder, firm.reference AS licensee, c.reference,
           c.amount_minor, c.tax_minor
    FROM reserve_claim c
    JOIN party holder ON holder.party_id = c.owner_id
    JOIN party firm ON firm.party_id = c.licensee_id
    LEFT JOIN settled_reserve_claim done USING (reserve_claim_id)
    WHERE c.book_id = :book AND done.reserve_claim_id IS NULL AND c.claimed_on <= :through
    ORDER BY c.reserve_claim_id
"""

_KEYS = """
    SELECT reference, reserve_claim_id FROM reserve_claim
    WHERE book_id = :book AND reference = ANY (CAST(:references AS text[]))
"""

_SETTLEMENTS = """
    SELECT closing_month, settlement_id FROM settlement
    WHERE book_id = :book AND closing_month = ANY (CAST(:months AS date[]))
"""

_RESERVES = """
    SELECT p.reference AS holder, s.closing_month AS held_in, r.release_month AS release_in,
           r.amount_minor, r.tax_minor,
           CAST(coalesce(sum(u.amount_minor) FILTER (WHERE u.kind = 'reserve_borne'), 0)
                AS bigint) AS borne_minor,
           CAST(coalesce(sum(u.amount_minor) FILTER (WHERE u.kind = 'reserve_released'), 0)
                AS bigint) AS released_minor,
           CAST(r.amount_minor - coalesce(sum(u.amount_minor), 0) AS bigint) AS left_minor
    FROM reserve r
    JOIN settlement s USING (settlement_id)
    JOIN party p ON p.party_id = r.owner_id
    LEFT JOIN reserve_use u ON u.held_in = r.settlement_id AND u.owner_id = r.owner_id
    WHERE s.book_id = :book AND (CAST(:holder AS bigint) IS NULL OR r.owner_id = :holder)
    GROUP BY r.settlement_id, r.owner_id, p.reference, s.closing_month
    ORDER BY s.closing_month DESC, p.reference COLLATE "C"
    LIMIT :limit
"""

_CLAIMS = """
    SELECT c.reserve_claim_id AS id, c.reference, holder.reference AS holder,
           firm.reference AS licensee, c.kind, d.reference AS invoice, c.amount_minor,
           c.tax_minor, c.claimed_on, c.reason, c.recorded_at, c.recorded_by,
           s.closing_month AS settled_in
    FROM reserve_claim c
    JOIN party holder ON holder.party_id = c.owner_id
    JOIN party firm ON firm.party_id = c.licensee_id
    LEFT JOIN document d USING (document_id)
    LEFT JOIN settled_reserve_claim done USING (reserve_claim_id)
    LEFT JOIN settlement s ON s.settlement_id = done.settlement_id
    WHERE c.book_id = :book AND c.reserve_claim_id > :after
      AND (CAST(:holder AS bigint) IS NULL OR c.owner_id = :holder)
    ORDER BY c.reserve_claim_id LIMIT :limit
"""

_PAID_FOR = """
    SELECT CAST(sum(r.amount_minor) - coalesce((
               SELECT sum(c.amount_minor + c.tax_minor) FROM reserve_claim c
               WHERE c.document_id = :document), 0) AS bigint)
    FROM receipt r WHERE r.document_id = :document HAVING count(*) > 0
"""


def open_reserves(session: Session, *, book_id: int, through: date) -> dict[str, OpenReserves]:
    """
    Return what every rights holder has in reserve, and the claims up to a day, by reference.

    ``through`` is the last day of the closing month.
    """
    lots: dict[str, list[Reserve]] = {}
    for row in session.execute(text(_LEFT), {"book": book_id}):
        values = {name: value for name, value in row._mapping.items() if name != "holder"}
        lots.setdefault(row.holder, []).append(Reserve(**values))
    claims: dict[str, list[ReserveClaim]] = {}
    for row in session.execute(text(_OPEN_CLAIMS), {"book": book_id, "through": through}):
        values = {name: value for name, value in row._mapping.items() if name != "holder"}
        claims.setdefault(row.holder, []).append(ReserveClaim(**values))
    return {
        holder: OpenReserves(
            reserves=tuple(lots.get(holder, ())), claims=tuple(claims.get(holder, ()))
        )
        for holder in sorted(lots.keys() | claims.keys())
    }


def insert_claims(
    session: Session,
    *,
    book_id: int,
    claims: Sequence[NewReserveClaim],
    party_ids: Mapping[str, int],
    document_ids: Mapping[str, int],
    recorded_by: str,
    recorded_at: datetime,
) -> None:
    """Write refunds and chargebacks; parties and invoices are keys by reference."""
    insert_all(
        session,
        ReserveClaimRow,
        (
            {
                "book_id": book_id,
                "owner_id": party_ids[each.holder],
                "licensee_id": party_ids[each.licensee],
                "reference": each.reference,
                "kind": each.kind,
                "document_id": None if each.invoice is None else document_ids[each.invoice],
                "amount_minor": each.amount_minor,
                "tax_minor": each.tax_minor,
                "claimed_on": each.claimed_on,
                "reason": each.reason,
                "recorded_at": recorded_at,
                "recorded_by": recorded_by,
            }
            for each in claims
        ),
    )


def find_claims(session: Session, *, book_id: int, references: Sequence[str]) -> dict[str, int]:
    """Return the keys of those of the named claims that are in the book."""
    found = session.execute(text(_KEYS), {"book": book_id, "references": list(references)})
    return dict(map(tuple, found))


def left_of_invoice(session: Session, *, document_id: int) -> int | None:
    """Return what was paid for an invoice and not claimed back; None when it was not paid."""
    return session.execute(text(_PAID_FOR), {"document": document_id}).scalar_one_or_none()


def list_reserves(
    session: Session, *, book_id: int, holder_id: int | None, limit: int
) -> list[ReserveInBook]:
    """Return reserves, the newest month first; ``holder_id`` is whose, None for everybody's."""
    asked = {"book": book_id, "holder": holder_id, "limit": limit}
    return [ReserveInBook(**row._mapping) for row in session.execute(text(_RESERVES), asked)]


def list_claims(
    session: Session, *, book_id: int, holder_id: int | None, after: int, limit: int
) -> list[ReserveClaimInBook]:
    """Return refunds and chargebacks as they were entered, after the id of the last one seen."""
    asked = {"book": book_id, "holder": holder_id, "after": after, "limit": limit}
    return [ReserveClaimInBook(**row._mapping) for row in session.execute(text(_CLAIMS), asked)]


def insert_months(
    session: Session,
    *,
    book_id: int,
    settlement_id: int,
    months: Mapping[int, ReserveMonth],
) -> None:
    """Write what a settlement did to the reserves of some holders, by their keys."""
    moved = [move for month in months.values() for move in month.moves]
    held_in = _settlements(session, book_id, {move.held_in for move in moved})
    claims = [claim.reference for month in months.values() for claim in month.claims]
    claim_ids = find_claims(session, book_id=book_id, references=claims)
    insert_all(
        session,
        ReserveRow,
        (
            {
                "settlement_id": settlement_id,
                "owner_id": holder_id,
                "release_month": month.release_in,
                "amount_minor": move.amount_minor,
                "tax_minor": move.tax_minor,
            }
            for holder_id, month in months.items()
            for move in month.moves
            if move.kind is SetAsideKind.RESERVED
        ),
    )
    insert_all(
        session,
        SettledReserveClaimRow,
        (
            {
                "reserve_claim_id": claim_ids[claim.reference],
                "settlement_id": settlement_id,
                "owner_id": holder_id,
            }
            for holder_id, month in months.items()
            for claim in month.claims
        ),
    )
    insert_all(
        session,
        ReserveUseRow,
        (
            {"settlement_id": settlement_id, "owner_id": holder_id, **row}
            for holder_id, month in months.items()
            for row in _uses(month, held_in, claim_ids)
        ),
    )


def _settlements(session: Session, book_id: int, months: set[date]) -> dict[date, int]:
    asked = {"book": book_id, "months": sorted(months)}
    return dict(map(tuple, session.execute(text(_SETTLEMENTS), asked)))


def _uses(
    month: ReserveMonth, held_in: Mapping[date, int], claim_ids: Mapping[str, int]
) -> Iterator[dict[str, Any]]:
    for position, move in enumerate(month.moves):
        if move.kind is not SetAsideKind.RESERVED:
            yield {
                "position": position,
                "held_in": held_in[move.held_in],
                "kind": str(move.kind),
                "amount_minor": -move.amount_minor,
                "tax_minor": -move.tax_minor,
                "reserve_claim_id": None if move.claim is None else claim_ids[move.claim],
            }
