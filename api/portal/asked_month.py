"""Which month a page is asked for, and the months on either side of it."""

from dataclasses import dataclass

from api.portal.table import PageNotThere
from api.portal.visits import Visit
from ledger.core.period import Month, NotAMonth, tokyo_day

#: Before it there was nothing to license, and nothing is looked for.
_FIRST = Month(2000, 1)


@dataclass(frozen=True, kw_only=True)
class MonthSteps:
    """A month that is shown, and where one goes from there; no month lies ahead of the present."""

    shown: Month
    earlier: Month
    later: Month | None


def month_in(text: str) -> Month:
    """
    Return the month that an address names.

    :raises PageNotThere: it names none.
    """
    try:
        return Month.parse(text)
    except NotAMonth:
        raise PageNotThere from None


def asked_month(visit: Visit) -> MonthSteps:
    """
    Return the month of ``?month=``, the present one where none is asked for.

    :raises PageNotThere: it is no month, lies ahead, or before anybody could have used anything.
    """
    present = Month.of_day(tokyo_day(visit.now))
    asked = visit.request.query_params.get("month")
    shown = present if asked is None else month_in(asked)
    if not _FIRST < shown <= present:
        raise PageNotThere
    return MonthSteps(
        shown=shown,
        earlier=shown.previous(),
        later=shown.next() if shown < present else None,
    )
