"""Income tax withheld: the house's register with its slips, and what a payee bore itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from api.archive import frozen_values
from api.banking import is_open_for_banking
from api.portal.rendering import page
from api.portal.table import Page, PageNotThere
from api.portal.visits import Visit
from invoices.withholding_sheet import percent as rate_of
from ledger.core.membership import Right
from ledger.core.notice import PaymentNotice
from ledger.core.party import Role
from ledger.core.period import tokyo_day
from ledger.services import archiving, remitting
from ledger.store.withholdings import Asked

_SHOWN = 200
_YEARS_BACK = 10
_DIGITS_OF_YEAR = 4


@dataclass(frozen=True, kw_only=True)
class OwnTotal:
    """What a payee was paid in a year and what was withheld of it, in one currency."""

    currency: str
    payment_count: int
    base_minor: int
    withheld_minor: int


def show_withholding(visit: Visit) -> Response:
    """Show a calendar year: the house's register, or what was withheld of one's own payments."""
    year = _year(visit)
    this_year = tokyo_day(visit.now).year
    years = range(this_year, this_year - _YEARS_BACK, -1)
    if visit.owner_id is None:
        return _register(visit, year, years)
    if visit.session.organisation_role != Role.RIGHTS_HOLDER:
        raise PageNotThere
    notices = [each for each in _notices(visit) if each.paid_on.year == year]
    return page(
        visit,
        "withheld.html",
        year=year,
        years=years,
        notices=sorted(notices, key=lambda each: each.paid_on, reverse=True),
        totals=_totals(notices),
    )


def _register(visit: Visit, year: int, years: range) -> Response:
    book_id = visit.given.book_id
    first, last = date(year, 1, 1), date(year, 12, 31)
    slips = remitting.read_slips(
        visit.database, book_id=book_id, is_banking_day=is_open_for_banking
    )
    rows = remitting.read_register(
        visit.database,
        book_id=book_id,
        asked=Asked(first_day=first, last_day=last),
        limit=_SHOWN,
    )
    return page(
        visit,
        "withholding.html",
        year=year,
        years=years,
        first=first,
        last=last,
        slips=[each for each in slips if each.total.month.year == year],
        rows=rows.rows,
        has_more=rows.next_after is not None,
        totals=remitting.year_totals(visit.database, book_id=book_id, year=year),
        today=tokyo_day(visit.now),
        percent_of=rate_of,
    )


def _notices(visit: Visit) -> list[PaymentNotice]:
    """Return the notices of payments that stand: those that none has taken the place of."""
    found: dict[str, PaymentNotice] = {}
    after: int | None = 0
    while after is not None:
        batch = archiving.list_documents(
            visit.database,
            book_id=visit.given.book_id,
            owner_id=visit.owner_id,
            kind="notice",
            after=after,
            limit=archiving.LIMIT_MAX,
        )
        for document in batch.documents:
            frozen = frozen_values(document)
            assert isinstance(frozen, PaymentNotice)
            found[frozen.number] = frozen
        after = batch.next_after
    replaced = {each.replaces.number for each in found.values() if each.replaces is not None}
    return [each for number, each in found.items() if number not in replaced]


def _totals(notices: Iterable[PaymentNotice]) -> list[OwnTotal]:
    by_currency: dict[str, list[PaymentNotice]] = {}
    for each in notices:
        by_currency.setdefault(each.currency, []).append(each)
    return [
        OwnTotal(
            currency=currency,
            payment_count=len(of),
            base_minor=sum(each.withholding_base_minor for each in of),
            withheld_minor=sum(each.withholding_minor for each in of),
        )
        for currency, of in sorted(by_currency.items())
    ]


def _year(visit: Visit) -> int:
    this_year = tokyo_day(visit.now).year
    text = visit.request.query_params.get("year", str(this_year))
    if not (text.isascii() and text.isdigit() and len(text) == _DIGITS_OF_YEAR):
        raise PageNotThere
    if not this_year - _YEARS_BACK < int(text) <= this_year:
        raise PageNotThere
    return int(text)


PAGES = (Page(path="/documents/withholding", handler=show_withholding, right=Right.SEE_DOCUMENTS),)
