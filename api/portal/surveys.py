"""
What somebody asks of earnings in an address: months, dimension, filters, search and order.

Everything stands in the address, so that a view can be kept, sent on, and saved as a table. What
names something of another organisation is not there; what cannot be read is told beside its field.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from api.portal.table import PageNotThere
from api.portal.visits import Visit
from ledger.core.breakdown import Dimension, Sum
from ledger.core.catalogue import name_key
from ledger.core.period import Month, NotAMonth, tokyo_day
from ledger.core.usage import Modality
from ledger.services.surveying import (
    MONTHS_BY_DAY_MAX,
    MONTHS_MAX,
    Asked,
    Known,
    latest_month,
)
from locales import cldr, formats
from locales.catalogues import message

#: What stands in the address, in this order.
FIELDS = ("by", "from", "to", "subject", "licensee", "modality", "territory", "q", "sort")

#: How rows can be put in order; with a minus, the other way round.
ORDERS = ("name", "count", "amount")

#: How many months are shown when none are asked for, the present one among them.
_MONTHS_SHOWN = 3

#: Dimensions that run through time.
THROUGH_TIME = frozenset({Dimension.MONTH, Dimension.DAY})


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What was asked for, as it was typed and as it is read."""

    typed: Mapping[str, str]
    asked: Asked
    faults: Mapping[str, str]  # fields that cannot be read, and what is wrong with them

    def link(self, **changes: object) -> str:
        """Return the address's question with some fields changed; None takes one away."""
        changed = {name.rstrip("_"): value for name, value in changes.items()}
        fields = {**self.typed, **changed}
        kept = {name: str(fields[name]) for name in FIELDS if fields.get(name) not in (None, "")}
        return urlencode(kept)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row as a page shows it."""

    label: str
    reference: str | None  # by which it is asked for; None of what has no name
    sum: Sum
    share: Decimal | None  # percent of all that is shown in its currency


def read_wish(visit: Visit) -> Wish:
    """
    Return what the address asks for.

    :raises PageNotThere: it names a dimension or a modality that there is not.
    """
    query = visit.request.query_params
    typed = {name: query.get(name, "").strip() for name in FIELDS}
    try:
        by = Dimension(typed["by"] or Dimension.WORK)
        modality = Modality(typed["modality"]) if typed["modality"] else None
    except ValueError:
        raise PageNotThere from None
    now = Month.of_day(tokyo_day(visit.now))
    faults: dict[str, str] = {}
    shown = 1 if by is Dimension.DAY else _MONTHS_SHOWN
    latest = now
    if not typed["from"] and not typed["to"]:
        latest = latest_month(visit.book, book_id=visit.given.book_id, through=now)
    last = _month(typed, "to", latest, faults)
    first = _month(typed, "from", last.before(shown - 1), faults)
    most = MONTHS_BY_DAY_MAX if by is Dimension.DAY else MONTHS_MAX
    if last > now:
        faults.setdefault("to", message(visit.language, "portal.earnings.fault.ahead"))
    elif first > last:
        faults.setdefault("from", message(visit.language, "portal.earnings.fault.reversed"))
    elif first < last.before(most - 1):
        told = message(visit.language, "portal.earnings.fault.long", months=most)
        faults.setdefault("from", told)
    if faults:
        first, last = now, now
    for name in ("from", "to"):
        if faults.get(name) == "":
            faults[name] = message(visit.language, "portal.earnings.fault.month")
    asked = Asked(
        first=first,
        last=last,
        by=by,
        subject=_readable(typed["subject"]),
        licensee=_readable(typed["licensee"]),
        modality=modality and str(modality),
        territory=_readable(typed["territory"]),
    )
    return Wish(typed=typed, asked=asked, faults=faults)


def rows_of(visit: Visit, wish: Wish, sums: Iterable[Sum], known: Known) -> list[Row]:
    """Return rows in the order and with the words that are asked for."""
    wanted = name_key(wish.typed["q"])
    named = [(label_of(visit.language, wish.asked.by, each.value, known), each) for each in sums]
    kept = [(label, each) for label, each in named if wanted in name_key(label)]
    totals: dict[str, int] = {}
    for _, each in kept:
        totals[each.currency] = totals.get(each.currency, 0) + each.amount_minor
    rows = [
        Row(
            label=label,
            reference=_reference(wish.asked.by, each.value, known),
            sum=each,
            share=_share(each.amount_minor, totals[each.currency]),
        )
        for label, each in kept
    ]
    order, is_down = _order(wish)
    return sorted(rows, key=order, reverse=is_down)


def label_of(language: str, by: Dimension, value: object, known: Known) -> str:
    """Return how a value of a dimension is called in a language."""
    if value is None:
        return message(language, f"portal.earnings.none.{by}")
    if isinstance(value, date):
        if by is Dimension.DAY:
            return formats.day(language=language, on=value)
        return formats.month(language=language, of=value)
    if isinstance(value, int) and by is Dimension.LICENSEE:
        firm = known.firms[value]
        return (firm.name_en if language == "en" else firm.name_ja) or firm.name_ja
    if isinstance(value, int):
        return title_of(language, known.subjects[value])
    if by is Dimension.MODALITY:
        return message(language, f"modality.{value}")
    return cldr.territory(language, str(value))


def title_of(language: str, thing: object) -> str:
    """Return the title of a work in a language; the Japanese one where it has no other."""
    title_ja, title_en = getattr(thing, "title_ja", ""), getattr(thing, "title_en", "")
    return str((title_en if language == "en" else title_ja) or title_ja)


def _reference(by: Dimension, value: object, known: Known) -> str | None:
    if value is None:
        return None
    if isinstance(value, date):
        return value.isoformat() if by is Dimension.DAY else f"{value:%Y-%m}"
    if isinstance(value, int):
        named = known.firms[value] if by is Dimension.LICENSEE else known.subjects[value]
        return named.reference
    return str(value)


def _order(wish: Wish) -> tuple[Callable[[Row], Any], bool]:
    """Return by what rows are put in order, and whether the greatest comes first."""
    typed = wish.typed["sort"]
    name = typed.removeprefix("-")
    if name not in ORDERS:
        if wish.asked.by in THROUGH_TIME:
            return _in_time, False
        return (lambda row: row.sum.amount_minor), True
    if name == "name":
        by_time = wish.asked.by in THROUGH_TIME
        return (_in_time if by_time else lambda row: name_key(row.label)), typed.startswith("-")
    if name == "count":
        return (lambda row: row.sum.generation_count), not typed.startswith("-")
    return (lambda row: row.sum.amount_minor), not typed.startswith("-")


def _in_time(row: Row) -> tuple[str, str]:
    return (row.reference or "", row.sum.currency)


def _share(amount_minor: int, total_minor: int) -> Decimal | None:
    if total_minor <= 0 or amount_minor < 0:
        return None
    return Decimal(amount_minor * 1000 // total_minor) / 10


def _month(typed: Mapping[str, str], name: str, otherwise: Month, faults: dict[str, str]) -> Month:
    if not typed[name]:
        return otherwise
    try:
        return Month.parse(typed[name])
    except NotAMonth:
        faults[name] = ""
        return otherwise


def _readable(text: str) -> str | None:
    """Return a text that the book can be asked for; nothing when there is none."""
    return "".join(each for each in text if each.isprintable())[:256] or None
