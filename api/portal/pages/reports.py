"""An AI firm's months beside its declarations, and everything it sent in, batch by batch."""

from starlette.responses import Response

from api.portal.asked_month import month_in
from api.portal.rendering import page
from api.portal.table import Page, PageNotThere
from api.portal.visits import Visit
from ledger.core.membership import Right
from ledger.core.party import Role
from ledger.services import declaring, using

_MONTHS_SHOWN = 24
_BATCHES_SHOWN = 50
_KINDS = ("report", "correction")
_DIGITS_MAX = 18


def show_reports(visit: Visit) -> Response:
    """List months with how each stands, the latest first."""
    found = declaring.list_months(
        visit.database,
        book_id=visit.given.book_id,
        licensee_id=visit.session.owner_id,
        at=visit.now,
        limit=_MONTHS_SHOWN,
    )
    return page(visit, "reports.html", reports=found.reports)


def show_report(visit: Visit) -> Response:
    """Show what was declared for a month, what the book has, and the difference."""
    report = declaring.read_month(
        visit.database,
        book_id=visit.given.book_id,
        licensee=visit.session.organisation,
        month=month_in(visit.request.path_params["month"]),
    )
    if not report.declarations and not report.reported:
        raise PageNotThere
    return page(visit, "report.html", report=report)


def show_batches(visit: Visit) -> Response:
    """List reports and corrections as they came in, the latest first."""
    asked = visit.request.query_params.get("kind", "")
    found = using.list_batches(
        visit.database,
        kind=asked if asked in _KINDS else None,
        before=_before(visit),
        limit=_BATCHES_SHOWN,
    )
    return page(
        visit,
        "batches.html",
        batches=found.batches,
        following=found.next_before,
        kinds=_KINDS,
        asked=asked if asked in _KINDS else "",
    )


def _before(visit: Visit) -> int:
    text = visit.request.query_params.get("before")
    if text is None:
        return using.LAST
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX):
        raise PageNotThere
    return int(text)


PAGES = (
    Page(path="/usage/months", handler=show_reports, right=Right.SEE_USE, of=Role.LICENSEE),
    Page(path="/usage/months/{month}", handler=show_report, right=Right.SEE_USE, of=Role.LICENSEE),
    Page(path="/usage/batches", handler=show_batches, right=Right.SEE_USE, of=Role.LICENSEE),
)
