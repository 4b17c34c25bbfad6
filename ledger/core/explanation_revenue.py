"""
The explanation of a top-up: what was stated, at which rate, and both sides of the comparison.

Everything is what the closing kept of its comparison; nothing is worked out again, but the
product of revenue and rate, which follows from both.
"""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from ledger.core.exchange import Exchange, minor_units
from ledger.core.explanation_tree import Kind, Step, step
from ledger.core.period import Month
from ledger.core.top_up import Comparison


def comparison_step(compared: Comparison) -> Step:
    """Return how units and share of a grant's month compared when a closing looked at them."""
    is_greater = compared.is_share_greater
    return step(
        "revenue_comparison",
        ("month", Kind.MONTH, Month.of_day(compared.of.month)),
        ("closing_month", Kind.MONTH, Month.of_day(compared.closing_month)),
        ("units_total", Kind.AMOUNT, compared.per_unit_minor),
        ("revenue_share", Kind.AMOUNT, compared.share),
        ("greater", Kind.WORD, None if is_greater is None else "share" if is_greater else "units"),
        ("top_up", Kind.AMOUNT, compared.top_up_minor),
        ("hold", Kind.WORD, compared.hold),
        currency=compared.currency,
        steps=_sides(compared),
    )


def _sides(compared: Comparison) -> Iterator[Step | None]:
    if compared.revenue is None:
        return
    yield step(
        "stated_revenue",
        ("base", Kind.WORD, compared.base),
        ("version", Kind.COUNT, compared.revenue_version),
        ("revenue", Kind.QUANTITY, compared.revenue),
        ("revenue_currency", Kind.TEXT, compared.revenue_currency),
    )
    if compared.exchange is not None:
        yield _exchange(compared, compared.exchange)
    if compared.share is not None:
        rate = Fraction(1) if compared.exchange is None else compared.exchange.rate
        exchanged = minor_units(Fraction(compared.revenue) * rate, currency=compared.currency)
        yield step(
            "share_of_revenue",
            ("base", Kind.AMOUNT, exchanged),
            ("percent", Kind.QUANTITY, compared.percent),
            ("exact", Kind.AMOUNT, compared.share),
            ("rounding", Kind.WORD, compared.rounding),
        )


def _exchange(compared: Comparison, exchange: Exchange) -> Step:
    return step(
        "exchange",
        ("fx_source", Kind.TEXT, compared.fx_source),
        ("fx_rule", Kind.WORD, compared.fx_rule),
        ("asked_on", Kind.DAY, exchange.asked_on),
        ("carried", Kind.WORD, "last_before" if exchange.is_carried else None),
        ("fx_rate", Kind.TEXT, str(shown_rate(exchange.rate))),
        steps=(
            step(
                "published_rate",
                ("pair", Kind.TEXT, f"{each.currency}/{each.into}"),
                ("on", Kind.DAY, each.on),
                ("fx_rate", Kind.TEXT, str(each.rate)),
            )
            for each in exchange.used
        ),
    )


def shown_rate(rate: Fraction) -> Decimal | Fraction:
    """Return a rate as a decimal where it has one to the end, and as the fraction it is else."""
    decimal = Decimal(rate.numerator) / Decimal(rate.denominator)
    return decimal if Fraction(decimal) == rate else rate
