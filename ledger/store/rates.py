"""Published exchange rates: written once, and never another for a day that has one."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.exchange import FxRate
from ledger.core.revenue_agreement import FxSourceUnknown
from ledger.core.revenue_terms import RevenueTerms

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('genbo.rates', :book))"

_INSERT = """
    WITH new AS (
        INSERT INTO fx_rate (book_id, source, on_day, currency, into_currency, rate, recorded_at)
        SELECT :book, source, on_day, currency, into_currency, rate, :recorded_at
        FROM unnest(CAST(:sources AS text[]), CAST(:days AS date[]), CAST(:currencies AS text[]),
                    CAST(:intos AS text[]), CAST(:rates AS numeric[]))
                 AS given (source, on_day, currency, into_currency, rate)
        ON CONFLICT DO NOTHING
        RETURNING on_day
    )
    SELECT count(*) FROM new
"""

_DIFFERING = """
    SELECT f.source, f.on_day AS "on", f.currency, f.into_currency AS "into", f.rate
    FROM unnest(CAST(:sources AS text[]), CAST(:days AS date[]), CAST(:currencies AS text[]),
                CAST(:intos AS text[]), CAST(:rates AS numeric[]))
             AS given (source, on_day, currency, into_currency, rate)
    JOIN fx_rate f USING (source, on_day, currency, into_currency)
    WHERE f.book_id = :book AND f.rate <> given.rate
    ORDER BY f.on_day, f.currency, f.into_currency LIMIT 1
"""

_RATES = """
    SELECT source, on_day AS "on", currency, into_currency AS "into", rate FROM fx_rate
    WHERE book_id = :book AND source = ANY (CAST(:sources AS text[]))
      AND on_day BETWEEN :first AND :last
    ORDER BY source, on_day, currency, into_currency
"""


_SOURCES = "SELECT DISTINCT source FROM fx_rate WHERE book_id = :book ORDER BY source"


def require_sources(
    session: Session, *, book_id: int, shares: Mapping[str, RevenueTerms | None]
) -> None:
    """
    Make sure that the book has rates of every source that shares of revenue go by.

    ``shares`` are by the field each came in.

    :raises FxSourceUnknown: it has none of one; carries those it has.
    """
    named = {f"{field}.fx_source": share.fx_source for field, share in shares.items() if share}
    if any(named.values()):
        known = known_sources(session, book_id=book_id)
        for field, source in named.items():
            if source is not None and source not in known:
                raise FxSourceUnknown(field=field, value=source, known=", ".join(known) or "-")


def known_sources(session: Session, *, book_id: int) -> list[str]:
    """Name the sources that the book has rates of, in order."""
    return list(session.scalars(text(_SOURCES), {"book": book_id}))


def lock_rates(session: Session, *, book_id: int) -> None:
    """Let nobody else write rates until the transaction ends."""
    session.execute(text(_LOCK), {"book": book_id})


def find_differing(session: Session, *, book_id: int, rates: Sequence[FxRate]) -> FxRate | None:
    """Return what the book has instead of the first of some rates that it has otherwise."""
    row = session.execute(text(_DIFFERING), {"book": book_id, **_columns(rates)}).one_or_none()
    return None if row is None else FxRate(**row._mapping)


def insert_rates(
    session: Session, *, book_id: int, rates: Sequence[FxRate], recorded_at: datetime
) -> int:
    """Write the rates that the book does not have, and return how many."""
    parameters = {"book": book_id, "recorded_at": recorded_at, **_columns(rates)}
    written: int = session.execute(text(_INSERT), parameters).scalar_one()
    return written


def read_rates(
    session: Session, *, book_id: int, sources: Collection[str], first: date, last: date
) -> tuple[FxRate, ...]:
    """Return what some sources published from one day through another."""
    parameters = {"book": book_id, "sources": list(sources), "first": first, "last": last}
    return tuple(FxRate(**row._mapping) for row in session.execute(text(_RATES), parameters))


def _columns(rates: Sequence[FxRate]) -> dict[str, object]:
    return {
        "sources": [rate.source for rate in rates],
        "days": [rate.on for rate in rates],
        "currencies": [rate.currency for rate in rates],
        "intos": [rate.into for rate in rates],
        "rates": [rate.rate for rate in rates],
    }
