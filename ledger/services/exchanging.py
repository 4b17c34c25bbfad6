"""Exchanging: published rates enter the book, once; what was issued by them never changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.core.exchange import FxRate
from ledger.core.fields import check_instant
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import rates as stored
from ledger.store.database import Database


class RateKnownOtherwise(Refusal):
    """The book has another rate of the source for a day. Carries both; nothing was taken."""

    code = "rate_known_otherwise"
    field = "file"


@dataclass(frozen=True, kw_only=True)
class ImportedRates:
    """How many rates were given, and how many of them the book did not have."""

    given: int
    new: int


def import_rates(
    database: Database, *, book_id: int = BOOK_ID, rates: Sequence[FxRate], recorded_at: datetime
) -> ImportedRates:
    """
    Write published rates; those that the book has already are nothing new.

    :raises RateKnownOtherwise: one of them contradicts the book, so none is written.
    """
    at = check_instant(recorded_at, field="recorded_at")
    with database.transaction() as session:
        stored.lock_rates(session, book_id=book_id)
        known = stored.find_differing(session, book_id=book_id, rates=rates)
        if known is not None:
            given = next(rate for rate in rates if _place(rate) == _place(known))
            raise RateKnownOtherwise(
                source=known.source,
                day=known.on,
                pair=f"{known.currency}/{known.into}",
                known=known.rate,
                given=given.rate,
            )
        new = stored.insert_rates(session, book_id=book_id, rates=rates, recorded_at=at)
    return ImportedRates(given=len(rates), new=new)


def _place(rate: FxRate) -> tuple[object, ...]:
    return (rate.source, rate.on, rate.currency, rate.into)
