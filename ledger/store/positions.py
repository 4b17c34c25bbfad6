"""The house's position in other currencies: what came in, what was exchanged, and the gains."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.position import BankExchange, Position, PositionMove
from ledger.store.parties import insert_all
from ledger.store.tables.translations import BankExchangeRow, PositionMoveRow

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('genbo.positions', :book))"

_POSITIONS = """
    SELECT currency, CAST(sum(foreign_minor) AS bigint) AS foreign_minor,
           CAST(sum(yen + gain_yen) AS bigint) AS cost_yen
    FROM position_move WHERE book_id = :book
    GROUP BY currency ORDER BY currency
"""


_EXCHANGE = """
    SELECT currency, sold_minor, yen, exchanged_on, bank_reference FROM bank_exchange
    WHERE book_id = :book AND bank_reference = :reference
"""


def find_exchange(session: Session, *, book_id: int, bank_reference: str) -> BankExchange | None:
    """Return what is written down under a reference of the bank."""
    asked = {"book": book_id, "reference": bank_reference}
    row = session.execute(text(_EXCHANGE), asked).one_or_none()
    return None if row is None else BankExchange(**row._mapping)


def insert_exchange(
    session: Session,
    *,
    book_id: int,
    exchange: BankExchange,
    recorded_at: datetime,
    recorded_by: str,
) -> None:
    """Write what the bank exchanged."""
    row = {"recorded_at": recorded_at, "recorded_by": recorded_by, **vars(exchange)}
    insert_all(session, BankExchangeRow, [{"book_id": book_id, **row}])


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
