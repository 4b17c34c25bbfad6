"""The house's home: what needs somebody now, each with its count and the way there."""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response

from api.portal.rendering import page
from api.portal.table import Page
from api.portal.visits import Visit
from ledger.core.membership import Right
from ledger.core.period import tokyo_day
from ledger.services import overseeing, stewarding
from ledger.services.overseeing import MonthShown, Standing
from ledger.store.tasks import Tasks


@dataclass(frozen=True, kw_only=True)
class Task:
    """Something that waits: how much of it, where it is done, and whether it is late already."""

    name: str
    count: int
    path: str
    is_urgent: bool = False


def show_desk(visit: Visit) -> Response:
    """Show what waits, what is urgent first."""
    book_id = visit.given.book_id
    counted = stewarding.count_tasks(visit.database, book_id=book_id, today=tokyo_day(visit.now))
    months = overseeing.list_months(visit.database, book_id=book_id, at=visit.now)
    tasks = [each for each in _tasks(counted) if each.count]
    return page(
        visit,
        "desk_home.html",
        urgent=[each for each in tasks if each.is_urgent],
        tasks=[each for each in tasks if not each.is_urgent],
        month=_month_to_close(months),
        is_compared=counted.faults is not None,
        today=tokyo_day(visit.now),
    )


def _tasks(counted: Tasks) -> Iterator[Task]:
    """Yield every kind of task in the order in which the house would take them up."""
    yield Task(name="runs_late", count=counted.runs_late, path="/payouts", is_urgent=True)
    yield Task(
        name="faults",
        count=counted.faults or 0,
        path="/machinery#comparison",
        is_urgent=True,
    )
    yield Task(name="stripe_away", count=int(counted.is_away), path="/machinery", is_urgent=True)
    yield Task(
        name="webhooks_failed", count=counted.webhooks_failed, path="/machinery", is_urgent=True
    )
    yield Task(
        name="letters_failed", count=counted.letters_failed, path="/machinery", is_urgent=True
    )
    yield Task(name="runs_to_approve", count=counted.runs_to_approve, path="/payouts")
    yield Task(name="runs_to_release", count=counted.runs_to_release, path="/payouts")
    yield Task(name="payments_to_answer", count=counted.payments_to_answer, path="/payouts")
    yield Task(name="payments_again", count=counted.payments_again, path="/payouts")
    yield Task(name="receipts_unmatched", count=counted.receipts_unmatched, path="/receipts")
    yield Task(name="invoices_overdue", count=counted.invoices_overdue, path="/receipts#invoices")
    yield Task(
        name="licenses_suspended", count=counted.licenses_suspended, path="/receipts#invoices"
    )
    yield Task(name="credits_unused", count=counted.credits_unused, path="/receipts#credits")
    yield Task(name="stripe_waiting", count=counted.stripe_waiting, path="/machinery#stripe")
    yield Task(
        name="bank_differences", count=counted.bank_differences, path="/machinery#comparison"
    )
    yield Task(name="disputes_open", count=counted.disputes_open, path="/reviews")
    yield Task(name="claims_disputed", count=counted.claims_disputed, path="/reviews#claims")
    yield Task(name="uses_held", count=counted.uses_held, path="/reviews#held")


def _month_to_close(months: tuple[MonthShown, ...]) -> MonthShown | None:
    """Return the month whose turn it is, or whose closing has not come to its end."""
    wanted = (Standing.UNDER_WAY, Standing.OPEN)
    return next((each for each in reversed(months) if each.standing in wanted), None)


PAGES = (Page(path="/desk", handler=show_desk, right=Right.SEE_WORK),)
