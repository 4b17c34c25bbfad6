"""Single generations of what a studio has: a month or a day of them, page by page."""

from datetime import date

from starlette.responses import Response

from api.cursors import CursorMalformed, read_cursor, write_cursor
from api.days import NotADay, read_day
from api.portal.rendering import page
from api.portal.surveys import read_wish
from api.portal.table import Page, PageNotThere
from api.portal.visits import Visit
from ledger.core.membership import Right
from ledger.core.period import Month, tokyo_day
from ledger.services import surveying
from ledger.services.surveying import MONTHS_MAX
from ledger.store.own_generations import Place

_SHOWN = 50


def show_generations(visit: Visit) -> Response:
    """List generations of a month, or of a day in it, the latest reported first."""
    wish = read_wish(visit)
    day = _day(visit, wish.asked.last)
    found, following, known = surveying.list_generations(
        visit.database, asked=wish.asked, day=day, before=_before(visit), limit=_SHOWN
    )
    now = Month.of_day(tokyo_day(visit.now))
    return page(
        visit,
        "generations.html",
        wish=wish,
        known=known,
        day_of_them=day,
        generations=() if wish.faults else found,
        following=following and write_cursor(tuple(following)),
        months=[now.before(back) for back in range(MONTHS_MAX)],
    )


def _day(visit: Visit, month: Month) -> date | None:
    text = visit.request.query_params.get("day", "")
    if not text:
        return None
    try:
        day = read_day(text)
    except NotADay:
        raise PageNotThere from None
    if Month.of_day(day) != month:
        raise PageNotThere
    return day


def _before(visit: Visit) -> Place | None:
    text = visit.request.query_params.get("before")
    if text is None:
        return None
    try:
        return Place(*read_cursor(text, kind=tuple[int, int, int], otherwise=(0, 0, 0)))
    except CursorMalformed:
        raise PageNotThere from None


PAGES = (Page(path="/earnings/generations", handler=show_generations, right=Right.SEE_EARNINGS),)
