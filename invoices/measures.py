"""How much was used, in what way and at what price: four cells of every line of a document."""

from dataclasses import dataclass
from unicodedata import east_asian_width

from invoices.condensing import CondensedRow, foreign_of
from invoices.kind import Languages
from ledger.core.invoice import InvoiceLine
from ledger.core.statement import UsageRow
from ledger.core.terms import Basis
from locales import formats
from locales.catalogues import message

#: About how many half-width letters fit into the narrowest column of quantities.
_LINE_WIDTH = 13

#: What rights holders share when a guarantee or an advance is over.
_SHARED = frozenset({"shortfall", "unrecouped"})


#: What has a use, a quantity and a price: a row of a document, or several in one.
Measured = InvoiceLine | UsageRow | CondensedRow


@dataclass(frozen=True, kw_only=True)
class Measure:
    """How much was used, in what way and at what price, in words and figures."""

    use: str
    other_use: str
    generations: str
    quantity: str
    unit: str
    price: str
    per: str


def measure_of(currency: str, languages: Languages, row: Measured) -> Measure:
    """Put the use that a line or a row is about into words and figures."""
    if not isinstance(row, InvoiceLine) and row.paid_from in _SHARED:
        return _shared(languages, row)
    if row.is_top_up:
        return _top_up(languages, row)
    price, per = _price(currency, languages, row)
    is_fixed = row.basis is Basis.FIXED_MONTH
    count = formats.quantity(language=languages.first, value=row.generation_count)
    return Measure(
        use=_use(languages.first, row),
        other_use=_use(languages.other, row),
        generations="" if is_fixed and not row.generation_count else count,
        quantity="" if is_fixed else formats.quantity(language=languages.first, value=row.quantity),
        unit="" if is_fixed else _both(languages, f"unit.{row.basis}"),
        price=price,
        per=per,
    )


def _shared(languages: Languages, row: UsageRow | CondensedRow) -> Measure:
    """What a term left over was used by nobody, so that it has no quantity and no price."""
    key = f"usage.paid_from.{row.paid_from}"
    return Measure(
        use=message(languages.first, key),
        other_use=message(languages.other, key),
        generations="",
        quantity="",
        unit="",
        price="",
        per="",
    )


def _top_up(languages: Languages, row: Measured) -> Measure:
    """What units lack to a share of revenue is a percentage of that, and counts nothing."""
    price = "" if row.rate is None else formats.percent(language=languages.first, rate=row.rate)
    return Measure(
        use=message(languages.first, "usage.revenue_share"),
        other_use=message(languages.other, "usage.revenue_share"),
        generations="",
        quantity="",
        unit="",
        price=price,
        per=_both(languages, "per.pct_revenue") if price else "",
    )


def _price(currency: str, languages: Languages, row: Measured) -> tuple[str, str]:
    if row.rate is None:
        return "", ""  # Rows at several prices in one.
    if row.is_tiered:
        return "", _both(languages, "per.tiered")
    if row.basis is Basis.PCT_REVENUE:
        return formats.percent(language=languages.first, rate=row.rate), _both(
            languages, f"per.{row.basis}"
        )
    foreign = foreign_of(row)
    price = formats.unit_price(
        language=languages.first, rate=row.rate, currency=foreign or currency
    )
    if foreign:
        price = f"{foreign} {price}"
    if row.basis is Basis.FIXED_MONTH and _amount(row) != row.rate:
        return price, _both(languages, "per.fixed_month_shared")
    return price, _both(languages, f"per.{row.basis}")


def _amount(row: Measured) -> int:
    if not isinstance(row, UsageRow):
        return row.amount_minor
    return row.royalty_minor if row.foreign is None else row.foreign.amount_foreign


def _use(language: str, row: Measured) -> str:
    words = []
    if row.modality is not None:
        words.append(message(language, f"modality.{row.modality}"))
    if row.use_class is not None:
        words.append(message(language, f"use_class.{row.use_class}"))
    return message(language, "use.join").join(words) or message(language, "use.any")


def _both(languages: Languages, key: str) -> str:
    """Put both languages on one line where they fit, else on two; neither is parted."""
    said = [
        message(language, key).replace(" ", "\N{NO-BREAK SPACE}")
        for language in (languages.first, languages.other)
    ]
    width = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in "".join(said))
    return ("\n" if width > _LINE_WIDTH else " ").join(said)
