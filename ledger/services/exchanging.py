"""
Exchanging: published rates enter the book, once; what was issued by them never changes.

Beside them stands by whose rates each currency is translated into yen, and from which day on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ledger.core.exchange import FxRate
from ledger.core.exchange_terms import ExchangeTerms, check_terms
from ledger.core.fields import check_instant, check_text
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import exchange_terms
from ledger.store import rates as stored
from ledger.store.database import Database
from ledger.store.parties import require_holder, require_parties


class RateKnownOtherwise(Refusal):
    """The book has another rate of the source for a day. Carries both; nothing was taken."""

    code = "rate_known_otherwise"
    field = "file"


class ExchangeTermsOfThatDay(Refusal):
    """From that very day on, another source is agreed already, or the same. Carries both."""

    code = "exchange_terms_of_that_day"
    field = "effective_from"


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


def agree_source(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    currency: str,
    source: str,
    effective_from: date,
    clause: str,
    holder: str | None = None,
    agreed_by: str,
    agreed_at: datetime,
) -> None:
    """
    Write by whose rates a currency is translated into yen from a day on.

    That is what the house says for everybody, or what one ``holder``'s entrustment says of money
    that comes in for it. What was issued or settled before is left as it is.

    :raises CurrencyUnknown, ExchangeOfOwnCurrency: there is nothing to translate.
    :raises FxSourceUnknown: the book has no rates of the source.
    :raises PartyUnknown, NotARightsHolder: nobody, or somebody who holds no rights, is named.
    :raises ExchangeTermsOfThatDay: something is agreed from that day on already.
    :raises FieldRefusal: another field cannot be taken as it was sent.
    """
    terms = ExchangeTerms(
        currency=currency, effective_from=effective_from, source=source, holder=holder
    )
    check_terms(terms, clause=clause)
    check_text(agreed_by, field="agreed_by")
    at = check_instant(agreed_at, field="agreed_at")
    with database.transaction() as session:
        exchange_terms.require_source(session, book_id=book_id, source=source)
        holder_id = None
        if holder is not None:
            found = require_parties(session, book_id=book_id, fields={holder: "holder"})[holder]
            require_holder(found, field="holder")
            holder_id = found.id
        is_new = exchange_terms.insert_terms(
            session,
            book_id=book_id,
            holder_id=holder_id,
            terms=terms,
            clause=clause,
            recorded_at=at,
            recorded_by=agreed_by,
        )
        if not is_new:
            raise ExchangeTermsOfThatDay(currency=currency, effective_from=effective_from)


def list_sources(database: Database, *, book_id: int = BOOK_ID) -> tuple[ExchangeTerms, ...]:
    """Return all that was agreed: by currency, the house's before those of holders, by day."""
    with database.transaction() as session:
        return exchange_terms.read_terms(session, book_id=book_id)


def _place(rate: FxRate) -> tuple[object, ...]:
    return (rate.source, rate.on, rate.currency, rate.into)
