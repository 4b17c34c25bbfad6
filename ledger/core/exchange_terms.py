"""
By whose published rates money in another currency is translated into the book's, and from when.

The house names a source for each currency in its terms; a rights holder's entrustment may name
another for what comes in for it. Rates are those of one day (:func:`find_day_rate`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ledger.core.exchange import DayRate
from ledger.core.fields import CurrencyUnknown, FieldRefusal, check_reference, check_text
from ledger.core.money import CURRENCY_EXPONENTS
from ledger.core.refusal import Refusal

#: The currency in which tax is stated, and holders are paid.
YEN = "JPY"


class ExchangeOfOwnCurrency(FieldRefusal):
    """A source was named for the currency that everything is translated into."""

    code = "exchange_of_own_currency"


class ExchangeSourceMissing(Refusal):
    """Nobody agreed by whose rates a currency is translated on a day. Carries both."""

    code = "exchange_source_missing"


class ExchangeRateMissing(Refusal):
    """The agreed source published no rate on a day, nor shortly before it. Carries all three."""

    code = "exchange_rate_missing"


@dataclass(frozen=True, kw_only=True)
class ExchangeTerms:
    """From a day on, the source for a currency: of the house, or of one holder's entrustment."""

    currency: str
    effective_from: date
    source: str
    holder: str | None = None  # reference


@dataclass(frozen=True, kw_only=True)
class AgreedRate:
    """The source that is agreed for a day, and its rate; None where it is not known."""

    source: str
    rate: DayRate | None


def source_for(
    terms: Iterable[ExchangeTerms], *, currency: str, on: date, holder: str | None = None
) -> str | None:
    """
    Return the source that is agreed for a currency on a day; None when there is none.

    What the holder's entrustment says goes before what the house says for everybody.
    """
    in_force = [
        each
        for each in terms
        if each.currency == currency
        and each.effective_from <= on
        and (each.holder is None or each.holder == holder)
    ]
    last = max(
        in_force, key=lambda each: (each.holder is not None, each.effective_from), default=None
    )
    return None if last is None else last.source


def check_terms(terms: ExchangeTerms, *, clause: str) -> None:
    """
    Refuse terms that cannot be.

    :raises CurrencyUnknown: the currency is no ISO 4217 code the book knows.
    :raises ExchangeOfOwnCurrency: it is yen, which is not translated.
    :raises FieldRefusal: the source or the clause cannot be taken as it was sent.
    """
    if terms.currency not in CURRENCY_EXPONENTS:
        raise CurrencyUnknown(field="currency", value=terms.currency)
    if terms.currency == YEN:
        raise ExchangeOfOwnCurrency(field="currency", value=terms.currency)
    check_reference(terms.source, field="source")
    check_text(clause, field="clause")
