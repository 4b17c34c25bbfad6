"""A share of revenue as it was agreed and sent: read, and refused where it leaves a gap."""

from dataclasses import dataclass
from decimal import Decimal

from ledger.core.exchange import FxRule
from ledger.core.fields import (
    CurrencyUnknown,
    FieldRefusal,
    check_exact,
    check_text,
    check_word,
)
from ledger.core.money import CURRENCY_EXPONENTS
from ledger.core.rate_agreement import PERCENT_MAX, PercentTooHigh
from ledger.core.revenue_terms import RevenueBase, RevenueTerms


class PercentOfNothing(FieldRefusal):
    """A share of revenue is none of it."""

    code = "percent_of_nothing"


class RevenueBaseMissing(FieldRefusal):
    """A percentage does not say what it is of."""

    code = "revenue_base_missing"


class RevenueCurrencyMissing(FieldRefusal):
    """A share of revenue does not say in which currency the revenue is stated."""

    code = "revenue_currency_missing"


class ExchangeNotAgreed(FieldRefusal):
    """Revenue is in another currency than the terms, and no source or day of a rate is agreed."""

    code = "exchange_not_agreed"


class ExchangeNotNeeded(FieldRefusal):
    """Revenue is in the currency of the terms, and an exchange rate is agreed all the same."""

    code = "exchange_not_needed"


class FxSourceUnknown(FieldRefusal):
    """The book has no exchange rates of a source. Carries those it has."""

    code = "fx_source_unknown"


@dataclass(frozen=True, kw_only=True)
class NewRevenueShare:
    """A share of revenue as it was agreed; :class:`RevenueTerms` says what it means."""

    percent: str | int | Decimal
    base: str | None = None
    currency: str | None = None
    fx_source: str | None = None
    fx_rule: str | None = None


def read_revenue_share(
    new: NewRevenueShare | None, *, currency: str, path: str
) -> RevenueTerms | None:
    """
    Return a share of revenue as a core value; ``currency`` is that of the terms it belongs to.

    :raises PercentTooHigh, PercentOfNothing: it is more than all of the revenue, or nothing.
    :raises RevenueBaseMissing: it does not say what it is a percentage of.
    :raises RevenueCurrencyMissing, CurrencyUnknown: it does not say in which currency.
    :raises ExchangeNotAgreed, ExchangeNotNeeded: rates are agreed exactly for another currency.
    :raises FieldRefusal: another field cannot be taken as it was sent.
    """
    if new is None:
        return None
    percent = _read_percent(new.percent, field=f"{path}.percent")
    if new.base is None:
        raise RevenueBaseMissing(field=f"{path}.base", known=", ".join(RevenueBase))
    if new.currency is None:
        raise RevenueCurrencyMissing(field=f"{path}.currency")
    if new.currency not in CURRENCY_EXPONENTS:
        raise CurrencyUnknown(field=f"{path}.currency", value=new.currency)
    source, rule = _read_exchange(new, is_needed=new.currency != currency, path=path)
    return RevenueTerms(
        percent=percent,
        base=check_word(new.base, of=RevenueBase, field=f"{path}.base"),
        currency=new.currency,
        fx_source=source,
        fx_rule=rule,
    )


def _read_percent(value: str | int | Decimal, *, field: str) -> Decimal:
    percent = check_exact(value, field=field)
    if percent > PERCENT_MAX:
        raise PercentTooHigh(field=field, value=percent, most=PERCENT_MAX)
    if percent <= 0:
        raise PercentOfNothing(field=field, value=percent)
    return percent


def _read_exchange(
    new: NewRevenueShare, *, is_needed: bool, path: str
) -> tuple[str | None, FxRule | None]:
    for name, value in (("fx_source", new.fx_source), ("fx_rule", new.fx_rule)):
        if is_needed and value is None:
            raise ExchangeNotAgreed(field=f"{path}.{name}", currency=new.currency)
        if not is_needed and value is not None:
            raise ExchangeNotNeeded(field=f"{path}.{name}", currency=new.currency)
    if new.fx_source is None or new.fx_rule is None:
        return None, None
    source = check_text(new.fx_source, field=f"{path}.fx_source")
    return source, check_word(new.fx_rule, of=FxRule, field=f"{path}.fx_rule")
