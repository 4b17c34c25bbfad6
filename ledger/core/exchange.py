"""
Exchange rates: which published rate a contract means, and what is used when there is none.

A rate has a source and a day. The contract names the source and the rule that picks the day. On
a day without a rate (a holiday) the last one before it is used, and the result says so; without
any, the rate is unknown, and what depends on it is held.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from ledger.core.money import exponent_of
from ledger.core.period import Month

#: A rate that is older than this when one is meant says nothing of the day any more.
CARRIED_DAYS_MAX = 31


class FxRateNotPositive(ValueError):
    """A rate at which money is worth nothing, or less, is a slip of whoever wrote it down."""

    def __init__(self, rate: Decimal) -> None:
        super().__init__(f"an exchange rate is above zero, not {rate}")
        self.rate = rate


class FxRule(StrEnum):
    """Which day's rate of a month a contract means."""

    FIRST_DAY = "first_day"
    LAST_DAY = "last_day"
    AVERAGE = "average"  # the mean of all rates that were published in the month


@dataclass(frozen=True, kw_only=True)
class FxRate:
    """What one unit of a currency was in another on a day, both in major units."""

    source: str
    on: date
    currency: str
    into: str
    rate: Decimal

    def __post_init__(self) -> None:
        if not (self.rate.is_finite() and self.rate > 0):
            raise FxRateNotPositive(self.rate)


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """The rate a contract means in a month, and the published rates it follows from."""

    rule: FxRule
    asked_on: date  # the day that is meant; the last of the month for an average
    used: tuple[FxRate, ...]
    rate: Fraction

    @property
    def is_carried(self) -> bool:
        """True when there was no rate when one was meant, and the last before it is used."""
        if self.rule is FxRule.AVERAGE:
            return self.used[-1].on < self.asked_on.replace(day=1)
        return self.used[-1].on < self.asked_on


def find_exchange(
    rates: Iterable[FxRate], *, source: str, currency: str, into: str, month: Month, rule: FxRule
) -> Exchange | None:
    """
    Return the rate that a rule means in a month; None when it is unknown.

    Only rates of the source named count, and none of a later day than the one that is meant, nor
    any more than :data:`CARRIED_DAYS_MAX` days older. A source that publishes both currencies
    against a third is crossed, by rates of one day.
    """
    asked_on = month.first_day if rule is FxRule.FIRST_DAY else month.last_day
    first = _first_usable(asked_on if rule is not FxRule.AVERAGE else month.first_day)
    known = list(
        _quotes(
            (each for each in rates if each.source == source and first <= each.on <= asked_on),
            currency=currency,
            into=into,
        )
    )
    if not known:
        return None
    used = known[-1:]
    if rule is FxRule.AVERAGE:
        used = [each for each in known if each.used[0].on >= month.first_day] or used
    return Exchange(
        rule=rule,
        asked_on=asked_on,
        used=tuple(rate for each in used for rate in each.used),
        rate=sum((each.rate for each in used), Fraction(0)) / len(used),
    )


@dataclass(frozen=True, kw_only=True)
class DayRate:
    """What money was worth in another currency on a day, and the published rates that say so."""

    source: str
    currency: str
    into: str
    asked_on: date
    rate: Fraction
    used: tuple[FxRate, ...]

    @property
    def rate_on(self) -> date:
        """The day whose rate it is: the one that was asked for, or the last before with any."""
        return self.used[-1].on

    @property
    def is_carried(self) -> bool:
        """True when nothing was published for the day, and the last rate before it is used."""
        return self.rate_on < self.asked_on


@dataclass(frozen=True, kw_only=True)
class RateCopy:
    """A rate as it was used: frozen with what was worked out by it, whatever is published later."""

    source: str
    currency: str
    asked_on: date
    rate_on: date  # before that when nothing was published for it
    rate: Fraction  # into yen, in major units

    @property
    def is_carried(self) -> bool:
        """True when the last rate before the day is used."""
        return self.rate_on < self.asked_on


def copy_of_rate(rate: DayRate) -> RateCopy:
    """Return what is kept of a rate."""
    return RateCopy(
        source=rate.source,
        currency=rate.currency,
        asked_on=rate.asked_on,
        rate_on=rate.rate_on,
        rate=rate.rate,
    )


def find_day_rate(
    rates: Iterable[FxRate], *, source: str, currency: str, into: str, on: date
) -> DayRate | None:
    """
    Return the rate of a source on a day, or its last one before; None when it is unknown.

    A rate that is more than :data:`CARRIED_DAYS_MAX` days old says nothing of the day any more.
    """
    quotes = _quotes(
        (each for each in rates if each.source == source and _first_usable(on) <= each.on <= on),
        currency=currency,
        into=into,
    )
    last = max(quotes, key=lambda each: each.used[0].on, default=None)
    if last is None:
        return None
    return DayRate(
        source=source, currency=currency, into=into, asked_on=on, rate=last.rate, used=last.used
    )


def first_day_of_use(month: Month) -> date:
    """Return the first day whose rate may be used in a month, by whatever rule."""
    return _first_usable(month.first_day)


def _first_usable(asked_on: date) -> date:
    return asked_on - timedelta(days=CARRIED_DAYS_MAX)


class _Quote(NamedTuple):
    """What one unit of a currency was in another on a day, and the rates that say so."""

    rate: Fraction
    used: tuple[FxRate, ...]


def _quotes(rates: Iterable[FxRate], *, currency: str, into: str) -> Iterator[_Quote]:
    """Yield what is known of two currencies, by day: published, turned round, or crossed."""
    days: dict[date, dict[tuple[str, str], FxRate]] = defaultdict(dict)
    for rate in rates:
        days[rate.on][rate.currency, rate.into] = rate
    for _, pairs in sorted(days.items()):
        bases = [base for base, quoted in sorted(pairs) if quoted == currency]
        crossed = next((base for base in bases if (base, into) in pairs), None)
        if (currency, into) in pairs:
            rate = pairs[currency, into]
            yield _Quote(Fraction(rate.rate), (rate,))
        elif (into, currency) in pairs:
            rate = pairs[into, currency]
            yield _Quote(1 / Fraction(rate.rate), (rate,))
        elif crossed is not None:
            one, other = pairs[crossed, currency], pairs[crossed, into]
            yield _Quote(Fraction(other.rate) / Fraction(one.rate), (one, other))


def minor_units(amount: Decimal | Fraction, *, currency: str) -> Fraction:
    """
    Return an amount in major units in minor ones, exactly.

    >>> minor_units(Decimal("12.345"), currency="USD")
    Fraction(2469, 2)
    """
    per_major: int = 10 ** exponent_of(currency)
    return Fraction(amount) * per_major
