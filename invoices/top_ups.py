"""What a top-up is a part of: a share of revenue beside what units come to, in a sentence."""

from decimal import Decimal
from fractions import Fraction

from ledger.core.invoice import RevenueCompared
from ledger.core.money import Rounding, round_to_minor
from locales import formats
from locales.catalogues import message

#: The decimals of an exchange rate that is shown; a mean of rates may have any number.
_DECIMALS = 6


def revenue_share(currency: str, language: str, of: RevenueCompared) -> str:
    """Say how a share of revenue and the units of a month compare, and what the difference is."""
    return message(
        language,
        "invoice.revenue_share",
        month=formats.month(language=language, of=of.month),
        base=message(language, f"revenue_base.{of.base}"),
        revenue=_revenue(language, of),
        percent=formats.percent(language=language, rate=of.percent),
        **{
            name: formats.money(language=language, amount_minor=amount_minor, currency=currency)
            for name, amount_minor in (
                ("share", of.share_minor),
                ("units", of.per_unit_minor),
                ("top_up", max(0, of.share_minor - of.per_unit_minor)),
            )
        },
    )


def _revenue(language: str, of: RevenueCompared) -> str:
    amount = f"{of.revenue_currency} {formats.quantity(language=language, value=of.revenue)}"
    if of.fx_rate is None or of.fx_on is None:
        return amount
    return message(
        language,
        "invoice.revenue_exchanged",
        revenue=amount,
        rate=_rate(language, of.fx_rate),
        source=of.fx_source,
        day=formats.day(language=language, on=of.fx_on),
        note=message(language, "invoice.rate_carried") if of.is_fx_carried else "",
    )


def _rate(language: str, rate: Fraction) -> str:
    """Write a rate; one that has more decimals than are shown says so."""
    shown = round_to_minor(rate * 10**_DECIMALS, Rounding.HALF_UP)
    text = formats.quantity(language=language, value=Decimal(shown).scaleb(-_DECIMALS))
    return text if Fraction(shown, 10**_DECIMALS) == rate else f"≈{text}"
