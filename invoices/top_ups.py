"""What a top-up is a part of: a share of revenue beside what units come to, in a sentence."""

from invoices.shown_rates import rate_shown
from ledger.core.invoice import RevenueCompared
from locales import formats
from locales.catalogues import message


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
        rate=rate_shown(language, of.fx_rate),
        source=of.fx_source,
        day=formats.day(language=language, on=of.fx_on),
        note=message(language, "invoice.rate_carried") if of.is_fx_carried else "",
    )
