"""An AI firm's home: the month so far and its cost, what was not accepted, what is to be paid."""

from collections.abc import Iterable

from starlette.responses import Response

from api.portal.asked_month import asked_month
from api.portal.day_chart import chart_of
from api.portal.rendering import page
from api.portal.table import Page
from api.portal.visits import Visit
from ledger.core.membership import Right
from ledger.core.party import Role
from ledger.core.period import tokyo_day
from ledger.services import declaring, owing, using
from ledger.store.firm_invoices import FirmInvoice

#: How much of each list the home shows; each has a page of its own.
_INVOICES_SHOWN = 5
_MONTHS_SHOWN = 4
_REASONS_SHOWN = 6


def show_overview(visit: Visit) -> Response:
    """Show the present month of a firm, or the one that is asked for."""
    steps = asked_month(visit)
    book_id, licensee_id = visit.given.book_id, visit.session.owner_id
    used = using.read_month(
        visit.book,
        visit.database,
        book_id=book_id,
        licensee_id=licensee_id,
        month=steps.shown,
    )
    open_invoices = owing.list_invoices(
        visit.database,
        book_id=book_id,
        licensee_id=licensee_id,
        is_open_only=True,
        limit=owing.LIMIT_MAX,
    ).invoices
    reports = declaring.list_months(
        visit.database,
        book_id=book_id,
        licensee_id=licensee_id,
        at=visit.now,
        limit=_MONTHS_SHOWN,
    ).reports
    by_due = sorted(open_invoices, key=lambda each: each.due_on)
    return page(
        visit,
        "overview.html",
        steps=steps,
        used=used,
        chart=chart_of(used.days, month=steps.shown),
        before=next((each for each in used.trend if each.month < steps.shown), None),
        invoices=by_due[:_INVOICES_SHOWN],
        more_invoices=max(len(by_due) - _INVOICES_SHOWN, 0),
        owed=_owed(by_due),
        reports=reports,
        reasons=used.not_accepted[:_REASONS_SHOWN],
        today=tokyo_day(visit.now),
    )


def _owed(invoices: Iterable[FirmInvoice]) -> dict[str, int]:
    """Return what is left to pay of all invoices, by currency."""
    owed: dict[str, int] = {}
    for each in invoices:
        owed[each.currency] = owed.get(each.currency, 0) + each.left_minor
    return owed


PAGES = (Page(path="/overview", handler=show_overview, right=Right.SEE_USE, of=Role.LICENSEE),)
