"""
The steps of a payout run: who may take each of them, when, and which use case it is.

The portal is stricter than the use cases in one thing: nothing is released that no approver
approved, whoever releases it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from api.days import read_day
from api.portal.signing import signature
from api.portal.visits import Visit
from api.transfers import files_of, stripe_mode
from ledger.core.fields import check_list
from ledger.core.membership import Right
from ledger.core.payout_run import RunState, is_planner
from ledger.core.period import tokyo_day
from ledger.core.refusal import Refusal
from ledger.services import answering, approving, paying
from ledger.services.inspecting import InspectedRun
from ledger.store.database import Database

_PAYEE = "payee-"


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something that may be done with a run, and by whom."""

    act: str  # as the activity tells of it
    right: Right
    states: tuple[RunState, ...]  # in which it can be done
    do: Callable[[Visit, InspectedRun, Database], object]


class NotApprovedYet(Refusal):
    """A run is to be sent that nobody with the right to has approved."""

    code = "payout_run_not_approved"
    field = "run_reference"


def chosen(visit: Visit) -> list[str]:
    """Return the payees that a form ticks."""
    return [name.removeprefix(_PAYEE) for name in visit.form if name.startswith(_PAYEE)]


def _approve(visit: Visit, found: InspectedRun, database: Database) -> None:
    approving.approve_run(
        database,
        book_id=visit.given.book_id,
        run_reference=found.run.reference,
        approved_by=signature(visit),
        approved_at=visit.now,
        note=visit.field("note").strip(),
    )


def _cancel(visit: Visit, found: InspectedRun, database: Database) -> None:
    approving.cancel_run(
        database,
        book_id=visit.given.book_id,
        run_reference=found.run.reference,
        cancelled_by=signature(visit),
        cancelled_at=visit.now,
        reason=visit.field("reason").strip(),
    )


def _release(visit: Visit, found: InspectedRun, database: Database) -> None:
    """Make the bank's files and let the run go; approved by somebody who may, and not by this."""
    if found.run.state is RunState.PLANNED:
        raise NotApprovedYet(reference=found.run.reference, planned_by=found.run.planned_by)
    order = paying.order(
        visit.database, book_id=visit.given.book_id, run_reference=found.run.reference
    )
    contents = files_of(
        order, client_code=visit.field("client_code").strip() or None, made_at=visit.now
    ).values()
    home, abroad = (*contents, None, None)[:2]
    paying.release_payouts(
        database,
        book_id=visit.given.book_id,
        run_reference=found.run.reference,
        released_by=signature(visit),
        released_at=visit.now,
        posted_on=order.pay_on,
        file_content=home,
        abroad_content=abroad,
        stripe_is_live=stripe_mode(order, visit.given.stripe),
    )


def _confirm(visit: Visit, found: InspectedRun, database: Database) -> None:
    check_list(chosen(visit), field="payees")
    answering.confirm_payments(
        database,
        book_id=visit.given.book_id,
        run_reference=found.run.reference,
        payees_paid=chosen(visit),
        confirmed_on=read_day(visit.field("day")),
        bank_reference=visit.field("bank_reference").strip(),
        recorded_by=signature(visit),
        recorded_at=visit.now,
    )


def _return(visit: Visit, found: InspectedRun, database: Database) -> None:
    answering.record_return(
        database,
        book_id=visit.given.book_id,
        run_reference=found.run.reference,
        payee=visit.field("payee"),
        returned_on=read_day(visit.field("day")),
        reason=visit.field("reason").strip(),
        bank_reference=visit.field("bank_reference").strip(),
        recorded_by=signature(visit),
        recorded_at=visit.now,
    )


_UNSENT = (RunState.PLANNED, RunState.APPROVED)

#: What may be done with a run, in the order in which it is offered.
STEPS: Mapping[str, Step] = {
    "approve": Step(
        act="payout_approved",
        right=Right.APPROVE_PAYOUTS,
        states=(RunState.PLANNED,),
        do=_approve,
    ),
    "release": Step(
        act="payout_released",
        right=Right.SEND_PAYOUTS,
        states=(RunState.APPROVED,),
        do=_release,
    ),
    "confirm": Step(
        act="payout_confirmed",
        right=Right.PREPARE_PAYOUTS,
        states=(RunState.RELEASED,),
        do=_confirm,
    ),
    "return": Step(
        act="payout_returned",
        right=Right.PREPARE_PAYOUTS,
        states=(RunState.RELEASED,),
        do=_return,
    ),
    "cancel": Step(act="payout_cancelled", right=Right.SEND_PAYOUTS, states=_UNSENT, do=_cancel),
}


def possible(visit: Visit, found: InspectedRun) -> tuple[str, ...]:
    """Return the steps that whoever looks can take now; the use cases decide in the end."""
    run, today = found.run, tokyo_day(visit.now)
    impossible = set()
    if today > run.pay_on:
        impossible |= {"approve", "release"}
    if today < run.pay_on:
        impossible |= {"confirm", "return"}
    if is_planner(run, signature(visit)):
        impossible.add("approve")
    if not found.open_payments:
        impossible.add("confirm")
    if all(each.returned_on for each in found.payments):
        impossible.add("return")
    return tuple(
        name
        for name, step in STEPS.items()
        if run.state in step.states and visit.may(step.right) and name not in impossible
    )
