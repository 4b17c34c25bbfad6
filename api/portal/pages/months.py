"""
The operator's months: how each stands, what closing one would come to, and the button that does.

Whoever presses it signs: the closing carries their name, and so does the activity. The button
asks for the closing and then begins it here; whoever stops in the middle is carried on by the
next who presses, or by a worker.
"""

import logging
import threading

from starlette.responses import Response

from api.month_runs import Desk, House
from api.month_words import told_finding
from api.portal.rendering import page
from api.portal.table import Page, PageNotThere
from api.portal.visits import Visit
from api.words import detail_of
from ledger.core.fields import check_text
from ledger.core.membership import Right
from ledger.core.month_run import MonthOrder, MonthRun, Step, StepState, steps_through
from ledger.core.period import Month, NotAMonth
from ledger.core.refusal import Refusal
from ledger.services import conducting, overseeing, witnessing

#: How long the page waits for the end of a closing; a longer one goes on without it.
WAITED_SECONDS = 10

#: Most lines of a kind that are shown; the command ``genbo preview`` shows all.
_SHOWN = 200

_log = logging.getLogger("genbo.portal")


def show_months(visit: Visit) -> Response:
    """List every month, the latest first."""
    months = overseeing.list_months(visit.database, book_id=visit.given.book_id, at=visit.now)
    return page(visit, "months.html", months=months)


def show_month(visit: Visit) -> Response:
    """Show what a month would come to, or came to."""
    return _shown(visit, _month(visit))


def close_month(visit: Visit) -> Response:
    """Ask for the closing of a month, carry it out, and show how far it has come."""
    month = _month(visit)
    reason = visit.field("reason").strip()
    try:
        order = MonthOrder(
            month=month,
            through=Step.SETTLE,
            asked_by=f"{visit.session.name} <{visit.session.email}>",
            accept_differences=check_text(reason, field="reason") if reason else None,
        )
        run = _desk(visit).ask(order)
    except Refusal as refusal:
        return _shown(visit, month, status=409, problem=detail_of(refusal, visit.language))
    witnessing.record(
        visit.book,
        current=visit.session,
        act="month_close_asked",
        subject=str(month),
        recorded_at=visit.now,
    )
    work = threading.Thread(target=_carry_out, args=(_desk(visit), run), daemon=True)
    work.start()
    work.join(WAITED_SECONDS)
    return visit.go(f"/months/{month}")


def _shown(
    visit: Visit, month: Month, *, status: int = 200, problem: str | None = None
) -> Response:
    preview = _desk(visit).preview(month)
    state = conducting.month_state(visit.book, book_id=visit.given.book_id, month=month)
    closing_blocked = [each for each in preview.blockers if each.code != "declarations_differ"]
    return page(
        visit,
        "month.html",
        status=status,
        month=month,
        preview=preview,
        state=state,
        steps=[] if state.run is None else _steps(state.run),
        problem=problem,
        blockers=[told_finding(each, visit.language) for each in preview.blockers],
        warnings=[told_finding(each, visit.language) for each in preview.warnings],
        is_blocked=bool(closing_blocked),
        needs_reason=any(each.code == "declarations_differ" for each in preview.blockers),
        may_close=visit.may(Right.CLOSE_MONTHS),
        shown=_SHOWN,
        told=_told(state.run, visit.language),
        is_unfinished=state.run is not None and bool(state.run.left),
        names=overseeing.names(visit.database, language=visit.language),
    )


def _steps(run: MonthRun) -> list[tuple[Step, str]]:
    """Return the steps of a closing, each with its last state; "" of one that has not begun."""
    states = {each.step: str(each.state) for each in run.progress}
    return [(step, states.get(step, "")) for step in steps_through(run.order.through)]


def _told(run: MonthRun | None, language: str) -> str | None:
    """Return why a closing stopped, None when it did not."""
    last = None if run is None else run.last
    if last is None or last.state is not StepState.REFUSED:
        return None
    values = dict(last.told)
    refusal = Refusal(**{name: each for name, each in values.items() if name != "code"})
    refusal.code = values["code"]
    return detail_of(refusal, language)


def _carry_out(desk: Desk, run: MonthRun) -> None:
    try:
        desk.carry_out(run)
    except Refusal as refusal:
        _log.warning("%s: %s", run.order.month, refusal)
    except Exception:  # Ours to mend; it is noted in the run, and the page shows that.
        _log.exception("%s could not be closed", run.order.month)


def _desk(visit: Visit) -> Desk:
    given = visit.given
    return Desk(
        database=given.database,
        clock=given.clock,
        book_id=given.book_id,
        house=House(requires_declarations=given.requires_declarations),
    )


def _month(visit: Visit) -> Month:
    try:
        return Month.parse(visit.request.path_params["month"])
    except NotAMonth:
        raise PageNotThere from None


PAGES = (
    Page(path="/months", handler=show_months, right=Right.SEE_MONTHS),
    Page(path="/months/{month}", handler=show_month, right=Right.SEE_MONTHS),
    Page(path="/months/{month}", handler=close_month, method="POST", right=Right.CLOSE_MONTHS),
)
