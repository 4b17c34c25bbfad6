"""What an AI firm reported by day and by work, and what of it was not accepted; also as files."""

from collections.abc import Iterable, Sequence

from starlette.responses import Response

from api.portal.asked_month import asked_month
from api.portal.day_chart import chart_of
from api.portal.rendering import page
from api.portal.table import Page
from api.portal.visits import Visit
from invoices.spreadsheets import table_csv
from ledger.core.membership import Right
from ledger.core.party import Role
from ledger.services import using

_DAYS = ("day", "accepted", "held", "refused")
_NOT_ACCEPTED = ("day", "decision", "reason", "subject", "count")


def show_usage(visit: Visit) -> Response:
    """Show a month of a firm, the present one when none is asked for."""
    steps = asked_month(visit)
    used = using.read_month(
        visit.book,
        visit.database,
        book_id=visit.given.book_id,
        licensee_id=visit.session.owner_id,
        month=steps.shown,
    )
    return page(
        visit,
        "usage.html",
        steps=steps,
        used=used,
        chart=chart_of(used.days, month=steps.shown),
    )


def give_days(visit: Visit) -> Response:
    """Give the days of a month as a table."""
    steps = asked_month(visit)
    days = using.read_days(visit.database, month=steps.shown)
    return _csv(
        f"usage-{steps.shown}.csv",
        _DAYS,
        ((each.day, each.accepted_count, each.held_count, each.refused_count) for each in days),
    )


def give_not_accepted(visit: Visit) -> Response:
    """Give what of a month is held or was refused as a table, by day, reason and work."""
    steps = asked_month(visit)
    found = using.read_not_accepted(visit.database, month=steps.shown)
    return _csv(
        f"not-accepted-{steps.shown}.csv",
        _NOT_ACCEPTED,
        (
            (each.day, each.decision, each.reason, each.subject or "", each.use_count)
            for each in found
        ),
    )


def _csv(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    return Response(
        b"".join(table_csv(head, rows)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


PAGES = (
    Page(path="/usage", handler=show_usage, right=Right.SEE_USE, of=Role.LICENSEE),
    Page(path="/usage/days.csv", handler=give_days, right=Right.SEE_USE, of=Role.LICENSEE),
    Page(
        path="/usage/not-accepted.csv",
        handler=give_not_accepted,
        right=Right.SEE_USE,
        of=Role.LICENSEE,
    ),
)
