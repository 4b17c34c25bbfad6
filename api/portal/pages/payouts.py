"""
Payout runs: whom each pays and why others are not paid, and every step on its way to the bank.

A step is a page of its own, which shows what it is about once more and asks for what it needs;
nothing happens before its button is pressed. What there is to do follows from the run and from who
looks at it.
"""

from starlette.responses import Response

from api.banking import bank_names, is_open_for_banking, next_banking_day
from api.days import read_day
from api.portal.once import carry_out, new_form
from api.portal.rendering import page
from api.portal.run_steps import STEPS, chosen, possible
from api.portal.signing import Problem, problem_of, signature
from api.portal.table import Page, PageNotThere
from api.portal.visits import Visit
from api.transfers import can_be_written
from ledger.core.connected_account import STRIPE_TYPE
from ledger.core.membership import Right
from ledger.core.payout_run import is_planner
from ledger.core.period import tokyo_day
from ledger.core.refusal import Refusal
from ledger.services import answering, inspecting, paying, witnessing
from ledger.services.inspecting import InspectedRun
from ledger.store.database import Database
from ledger.store.payouts import PayoutRunUnknown

_SHOWN = 50


def show_runs(visit: Visit) -> Response:
    """List runs, the latest first, and what waits to be paid again."""
    found = inspecting.list_runs(
        visit.database, book_id=visit.given.book_id, before=_before(visit), limit=_SHOWN
    )
    return page(
        visit,
        "payouts.html",
        seen=found,
        today=tokyo_day(visit.now),
        may_prepare=visit.may(Right.PREPARE_PAYOUTS),
    )


def show_run(visit: Visit) -> Response:
    """Show a run, and what can be done with it now."""
    found = _inspect(visit)
    today = tokyo_day(visit.now)
    return page(
        visit,
        "payout.html",
        seen=found,
        run=found.run,
        today=today,
        is_late=found.run.released_at is None and today > found.run.pay_on,
        is_planner=is_planner(found.run, signature(visit)),
        steps=possible(visit, found),
        may_file=visit.may(Right.SEND_PAYOUTS),
        files=_files(visit, found),
    )


def show_step(visit: Visit) -> Response:
    """Show what a step is about, and ask for what it needs."""
    found = _inspect(visit)
    name = _name(visit)
    if name not in possible(visit, found):
        return visit.go(f"/payouts/{found.run.reference}")
    return _asked(visit, found, name)


def take_step(visit: Visit) -> Response:
    """Take a step, once, and show what became of the run."""
    found, name = _inspect(visit), _name(visit)
    step = STEPS[name]
    if visit.is_kept:
        return _asked(visit, found, name)

    def do(database: Database) -> str:
        step.do(visit, found, database)
        return f"/payouts/{found.run.reference}"

    try:
        return carry_out(visit, act=step.act, subject=found.run.reference, do=do)
    except Refusal as refusal:
        return _asked(visit, _inspect(visit), name, problem=problem_of(visit, refusal))


def give_file(visit: Visit) -> Response:
    """Give a file that went to the bank, as it was kept, and note who took it."""
    found = _inspect(visit)
    name = visit.request.path_params["file"]
    names = _files(visit, found)
    if name not in names:
        raise PageNotThere
    contents = paying.released_files(
        visit.database, book_id=visit.given.book_id, run_reference=found.run.reference
    )
    witnessing.record(
        visit.book,
        current=visit.session,
        act="bank_file_taken",
        subject=name,
        recorded_at=visit.now,
    )
    return Response(
        contents[names.index(name)],
        media_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def show_again(visit: Visit) -> Response:
    """Show what was returned or cancelled, and ask for the day on which it is paid again."""
    return _again(visit)


def plan_again(visit: Visit) -> Response:
    """Plan a run that pays what was returned or cancelled."""
    if visit.is_kept:
        return _again(visit)
    try:
        pay_on = read_day(visit.field("pay_on"))
        return carry_out(
            visit,
            act="payout_planned_again",
            subject=pay_on.isoformat(),
            do=lambda database: _planned_again(visit, database),
        )
    except Refusal as refusal:
        return _again(visit, problem=problem_of(visit, refusal))


def _planned_again(visit: Visit, database: Database) -> str:
    run = answering.plan_again(
        database,
        book_id=visit.given.book_id,
        payees_paid=chosen(visit),
        pay_on=read_day(visit.field("pay_on")),
        planned_by=signature(visit),
        planned_at=visit.now,
        bank_names=bank_names(),
        is_banking_day=is_open_for_banking,
        can_be_written=can_be_written,
    )
    return f"/payouts/{run.reference}"


def _again(visit: Visit, *, problem: Problem | None = None) -> Response:
    found = inspecting.waiting_in_full(visit.database, book_id=visit.given.book_id)
    return page(
        visit,
        "payouts_again.html",
        status=200 if problem is None else problem.status,
        problem=problem,
        waiting=found,
        chosen=chosen(visit) if visit.form else [each.payee for each in found],
        pay_on=visit.field("pay_on") or next_banking_day(tokyo_day(visit.now)).isoformat(),
        once=new_form(),
    )


def _asked(
    visit: Visit, found: InspectedRun, name: str, *, problem: Problem | None = None
) -> Response:
    today = tokyo_day(visit.now)
    is_possible = name in possible(visit, found)
    return page(
        visit,
        "payout_step.html",
        status=200 if problem is None else problem.status,
        name=name,
        seen=found,
        run=found.run,
        problem=problem,
        is_possible=is_possible,
        today=today,
        client_code=visit.field("client_code") or visit.options.bank_client_code,
        pays_at_home=any(each.account.bank_code for each in found.payments),
        payee=visit.field("payee") or visit.request.query_params.get("payee", ""),
        chosen=chosen(visit) if visit.form else [each.payee for each in found.open_payments],
        once=new_form(),
    )


def _files(visit: Visit, found: InspectedRun) -> list[str]:
    """Return the names of the files that a run sent, for whoever may take them."""
    run = found.run
    if run.released_at is None or not visit.may(Right.SEND_PAYOUTS):
        return []
    at_banks = [each.account for each in found.payments if each.account.account_type != STRIPE_TYPE]
    places = {account.bic is None for account in at_banks}
    names = ((True, f"{run.reference}.zengin.txt"), (False, f"{run.reference}.pain.xml"))
    return [name for is_home, name in names if is_home in places]


def _inspect(visit: Visit) -> InspectedRun:
    try:
        return inspecting.inspect_run(
            visit.database,
            book_id=visit.given.book_id,
            run_reference=visit.request.path_params["run"],
        )
    except PayoutRunUnknown:
        raise PageNotThere from None


def _name(visit: Visit) -> str:
    """Return the step that an address names, if whoever asks may ever take it."""
    name: str = visit.request.path_params["step"]
    if name not in STEPS or not visit.may(STEPS[name].right):
        raise PageNotThere
    return name


def _before(visit: Visit) -> int | None:
    text = visit.request.query_params.get("before")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise PageNotThere
    return int(text)


_RUN = "/payouts/{run}"

PAGES = (
    Page(path="/payouts", handler=show_runs, right=Right.SEE_PAYOUTS),
    Page(path="/payouts/again", handler=show_again, right=Right.PREPARE_PAYOUTS),
    Page(
        path="/payouts/again",
        handler=plan_again,
        method="POST",
        right=Right.PREPARE_PAYOUTS,
        keeps=True,
    ),
    Page(path=_RUN, handler=show_run, right=Right.SEE_PAYOUTS),
    Page(path=f"{_RUN}/files/{{file}}", handler=give_file, right=Right.SEND_PAYOUTS),
    Page(path=f"{_RUN}/{{step}}", handler=show_step, right=Right.SEE_PAYOUTS),
    Page(
        path=f"{_RUN}/{{step}}",
        handler=take_step,
        method="POST",
        right=Right.SEE_PAYOUTS,
        keeps=True,
    ),
)
