"""The house's position in other currencies: what came in, what was exchanged, and the gains."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.position import Position, PositionMove
from ledger.store.parties import insert_all
from ledger.store.tables.translations import PositionMoveRow

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('genbo.positions', :book))"

_POSITIONS = """
    SELECT currency, CAST(sum(foreign_minor) AS bigint) AS foreign_minor,
           CAST(sum(yen + gain_yen) AS bigint) AS cost_yen
    FROM position_move WHERE book_id = :book
    GROUP BY currency ORDER BY currency
"""


def lock_positions(session: Session, *, book_id: int) -> dict[str, Position]:
    """Return the positions by currency, and let nobody else move them until the end."""
    session.execute(text(_LOCK), {"book": book_id})
    return read_positions(session, book_id=book_id)


def read_positions(session: Session, *, book_id: int) -> dict[str, Position]:
    """Return the positions by currency, those that there ever were."""
    rows = session.execute(text(_POSITIONS), {"book": book_id})
    return {
        row.currency: Position(foreign_minor=row.foreign_minor, cost_yen=row.cost_yen)
        for row in rows
    }


def insert_moves(
    session: Session,
    *,
    book_id: int,
    kind: str,
    source: str,
    moves: Mapping[str, PositionMove],
    recorded_at: datetime,
) -> None:
    """Write what one source moved, by currency."""
    insert_all(
        session,
        PositionMoveRow,
        (
            {
                "book_id": book_id,
                "currency": currency,
                "kind": kind,
                "source": source,
                "foreign_minor": move.foreign_minor,
                "yen": move.yen,
                "gain_yen": move.gain_yen,
                "recorded_at": recorded_at,
            }
            for currency, move in moves.items()
        ),
    )
