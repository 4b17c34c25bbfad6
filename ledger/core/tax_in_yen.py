"""
The tax of an invoice in another currency, stated in yen.

Whatever is charged in, the tax of each rate is stated in yen; everything else stays as it is. It
is worked out of the taxable amount at the rate of the day of the supply, and rounded once, like
the tax that is charged beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

from ledger.core.exchange import RateCopy, copy_of_rate
from ledger.core.exchange_terms import (
    YEN,
    AgreedRate,
    ExchangeRateMissing,
    ExchangeSourceMissing,
)
from ledger.core.invoice import TaxLine
from ledger.core.money import BASIS_POINTS, Money, Rounding, round_to_minor


def tax_yen(
    taxable_minor: int, rate_bp: int, *, currency: str, rate: Fraction, rounding: Rounding
) -> int:
    """
    Return the tax on an amount of another currency in whole yen.

    >>> tax_yen(
    ...     100_00, 1000, currency="USD", rate=Fraction("152.37"), rounding=Rounding.TRUNCATE
    ... )
    1523
    """
    taxable = Fraction(Money(taxable_minor, currency).to_decimal()) * rate
    return round_to_minor(taxable * rate_bp / BASIS_POINTS, rounding)


def state_in_yen(
    taxes: Sequence[TaxLine],
    *,
    currency: str,
    rates: Mapping[str, AgreedRate],
    on: date,
    rounding: Rounding,
) -> tuple[tuple[TaxLine, ...], RateCopy | None]:
    """
    Return the taxes with what they are in yen, and the rate; as they are where no tax is charged.

    ``rates`` are those of the day of the supply, by currency, where a source is agreed.

    :raises ExchangeSourceMissing: it is not agreed by whose rates the currency is translated.
    :raises ExchangeRateMissing: the source has no rate of the day, nor of shortly before.
    """
    if currency == YEN or not any(tax.rate_bp for tax in taxes):
        return tuple(taxes), None
    if currency not in rates:
        raise ExchangeSourceMissing(currency=currency, day=on)
    rate = rates[currency].rate
    if rate is None:
        raise ExchangeRateMissing(source=rates[currency].source, currency=currency, day=on)
    copy = copy_of_rate(rate)
    return in_yen(taxes, rate=copy, rounding=rounding), copy


def in_yen(taxes: Sequence[TaxLine], *, rate: RateCopy, rounding: Rounding) -> tuple[TaxLine, ...]:
    """Return taxes with what they are in yen at a rate, those that are charged."""
    return tuple(
        replace(
            tax,
            tax_yen=tax_yen(
                tax.taxable_minor,
                tax.rate_bp,
                currency=rate.currency,
                rate=rate.rate,
                rounding=rounding,
            ),
        )
        if tax.rate_bp
        else tax
        for tax in taxes
    )
