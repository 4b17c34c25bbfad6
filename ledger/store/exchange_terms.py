"""By whose rates currencies are translated, from which days on; and the rates of single days."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.exchange import CARRIED_DAYS_MAX, DayRate, find_day_rate
from ledger.core.exchange_terms import YEN, AgreedRate, ExchangeTerms, source_for
from ledger.core.revenue_agreement import FxSourceUnknown
from ledger.store import rates

_TERMS = """
    SELECT t.currency, t.effective_from, t.source, p.reference AS holder
    FROM exchange_terms t LEFT JOIN party p ON p.party_id = t.holder_id
    WHERE t.book_id = :book
    ORDER BY t.currency, p.reference COLLATE "C" NULLS FIRST, t.effective_from
"""

_INSERT = """
    INSERT INTO exchange_terms (book_id, holder_id, currency, effective_from, source,
                                clause_reference, recorded_at, recorded_by)
    VALUES (:book, :holder, :currency, :effective_from, :source, :clause, :at, :by)
    ON CONFLICT DO NOTHING
    RETURNING exchange_terms_id
"""


def read_terms(session: Session, *, book_id: int) -> tuple[ExchangeTerms, ...]:
    """Return all that was ever agreed: by currency, the house's before those of holders."""
    found = session.execute(text(_TERMS), {"book": book_id})
    return tuple(ExchangeTerms(**row._mapping) for row in found)


def require_source(session: Session, *, book_id: int, source: str) -> None:
    """
    Make sure that the book has rates of a source.

    :raises FxSourceUnknown: it has none; carries the sources it has rates of.
    """
    known = rates.known_sources(session, book_id=book_id)
    if source not in known:
        raise FxSourceUnknown(field="source", value=source, known=", ".join(known) or "-")


def insert_terms(
    session: Session,
    *,
    book_id: int,
    holder_id: int | None,
    terms: ExchangeTerms,
    clause: str,
    recorded_at: datetime,
    recorded_by: str,
) -> bool:
    """Write what was agreed; False when something is agreed from that very day on already."""
    written = session.execute(
        text(_INSERT),
        {
            "book": book_id,
            "holder": holder_id,
            "currency": terms.currency,
            "effective_from": terms.effective_from,
            "source": terms.source,
            "clause": clause,
            "at": recorded_at,
            "by": recorded_by,
        },
    )
    return written.one_or_none() is not None


def rates_of_day(
    session: Session, *, book_id: int, currencies: Collection[str], on: date
) -> dict[str, AgreedRate]:
    """
    Return what currencies were in yen on a day, by the sources that the house goes by.

    A currency for which no source is agreed is not among them.
    """
    foreign = {each for each in currencies if each != YEN}
    if not foreign:
        return {}
    terms = read_terms(session, book_id=book_id)
    sources = {each: source_for(terms, currency=each, on=on) for each in sorted(foreign)}
    agreed = {each: source for each, source in sources.items() if source is not None}
    wanted = {(source, currency, on) for currency, source in agreed.items()}
    found = find_rates(session, book_id=book_id, wanted=wanted)
    return {
        currency: AgreedRate(source=source, rate=found.get((source, currency, on)))
        for currency, source in agreed.items()
    }


def find_rates(
    session: Session, *, book_id: int, wanted: Collection[tuple[str, str, date]]
) -> Mapping[tuple[str, str, date], DayRate]:
    """Return rates into yen by source, currency and day, those that are known; in one query."""
    if not wanted:
        return {}
    days = [day for _, _, day in wanted]
    published = rates.read_rates(
        session,
        book_id=book_id,
        sources={source for source, _, _ in wanted},
        first=min(days) - timedelta(days=CARRIED_DAYS_MAX),
        last=max(days),
    )
    found = {
        (source, currency, day): find_day_rate(
            published, source=source, currency=currency, into=YEN, on=day
        )
        for source, currency, day in wanted
    }
    return {key: rate for key, rate in found.items() if rate is not None}
