"""
Closing a month from the audit to the statements: what one command, one button and one call do.

Each step is a use case of its own, in its own transaction, that leaves alone what it finds done.
So whoever is killed is carried on by anybody, with the same end. What happens is noted in the
book as it happens.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from api.archive import check_printable
from api.banking import bank_names, due_day, is_open_for_banking, usual_pay_day
from api.clock import Clock, system_clock
from api.transfers import can_be_written
from ledger.core.invoicing import OperatorAccountMissing, OperatorMissing
from ledger.core.month_findings import Finding, Stops
from ledger.core.month_preview import MonthPreview
from ledger.core.month_run import MonthOrder, MonthRun, MonthState, Progress, Step, StepState, Told
from ledger.core.period import Month, tokyo_day
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID, auditing, billing, closing, conducting, reviewing, settling
from ledger.services.closing import (
    AlreadyClosed,
    DeclarationsDiffer,
    DeclarationsMissing,
    EarlierMonthOpen,
    MonthNotOver,
)
from ledger.services.settling import MonthAlreadySettled
from ledger.store.database import Database, DatabaseBusy, DatabaseUnavailable
from ledger.store.recounting import Recounted

_log = logging.getLogger("genbo.month")


@dataclass(frozen=True, kw_only=True)
class House:
    """How a house closes its months; the days are those of the steps that are still to do."""

    requires_declarations: bool = False
    issued_on: date | None = None  # today when it is None
    due_on: date | None = None  # the usual day


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Where closings are carried out: a book, a clock, and who is told of what happens."""

    database: Database
    clock: Clock = system_clock
    book_id: int = BOOK_ID
    house: House = House()
    hear: Callable[[Progress], None] = lambda progress: None

    @property
    def issued_on(self) -> date:
        """The day on which documents are issued."""
        return self.house.issued_on or tokyo_day(self.clock())

    def preview(self, month: Month, *, is_recounting: bool = False) -> MonthPreview:
        """Return what closing a month would come to."""
        return reviewing.preview_month(
            self.database,
            book_id=self.book_id,
            month=month,
            at=self.clock(),
            requires_declarations=self.house.requires_declarations,
            is_recounting=is_recounting,
        )

    def ask(self, order: MonthOrder) -> MonthRun:
        """
        Ask for the closing of a month, which somebody then carries out.

        :raises MonthNotOver, EarlierMonthOpen, DeclarationsDiffer, DeclarationsMissing,
            OperatorMissing, OperatorAccountMissing: a step would be refused for it anyhow.
        :raises MonthAskedOtherwise: one is under way that does something else.
        """
        refuse_blocked(self.preview(order.month), order)
        return conducting.ask(
            self.database, book_id=self.book_id, order=order, asked_at=self.clock()
        )

    def carry_out(self, run: MonthRun) -> MonthRun:
        """
        Do every step of a closing that is not known to be done, one after another.

        :raises MonthBeingClosed: somebody else does it this moment.
        :raises Refusal: a step was refused, which is noted; the closing is over.
        """
        with conducting.alone(self.database, book_id=self.book_id, month=run.order.month):
            now = conducting.stands(self.database, book_id=self.book_id, run=run)
            return run if now is None else _Run(self, now).carry_out()

    def carry_on(self) -> int:
        """Carry out every closing that was asked for and is not over; return how many ended."""
        ended = 0
        for run in conducting.unfinished(self.database, book_id=self.book_id):
            try:
                self.carry_out(run)
            except (DatabaseUnavailable, DatabaseBusy):
                raise
            except conducting.MonthBeingClosed:
                return ended
            except Refusal as refusal:
                _log.warning("%s: %s", run.order.month, refusal)
            except Exception:  # Ours to mend; it is noted, and nothing else waits for it.
                _log.exception("%s could not be closed", run.order.month)
            ended += 1
        return ended


class _Run:
    """One closing while it is carried out."""

    def __init__(self, desk: Desk, run: MonthRun) -> None:
        self.desk = desk
        self.run = run
        self.recounted: Recounted | None = None

    def carry_out(self) -> MonthRun:
        for step in self.run.left:
            self._note(step, StepState.BEGUN)
            try:
                _DO[step](self)
            except (DatabaseUnavailable, DatabaseBusy):
                raise  # Nothing is known of the step: whoever comes next does it again.
            except Refusal as refusal:
                told = (("code", refusal.code), *refusal.values.items())
                self._note(step, StepState.REFUSED, told)
                raise
            except Exception as error:
                self._note(step, StepState.FAILED, (("error", type(error).__name__),))
                raise
            self._note(step, StepState.DONE, self._came_to(step))
        return self.run

    def audit(self) -> None:
        """Look whether the book is sound, and count the month again; of a closed one, nothing."""
        desk, month = self.desk, self.run.order.month
        if not self._is_closed():
            auditing.require_sound(desk.database, book_id=desk.book_id, month=month)
            self.recounted = closing.recount(desk.database, book_id=desk.book_id, month=month)

    def close(self) -> None:
        """Close the month, unless it is."""
        desk, order = self.desk, self.run.order
        with suppress(AlreadyClosed):  # By whoever was killed before saying so, or by hand.
            closing.close_month(
                desk.database,
                book_id=desk.book_id,
                month=order.month,
                closed_by=order.asked_by,
                closed_at=desk.clock(),
                accept_differences=order.accept_differences,
                requires_declarations=desk.house.requires_declarations,
                recounted=self.recounted,
            )

    def bill(self) -> None:
        """Invoice what is not invoiced yet."""
        desk = self.desk
        check_printable()
        billing.issue_invoices(
            desk.database,
            book_id=desk.book_id,
            month=self.run.order.month,
            issued_on=desk.issued_on,
            due_on=due_day(desk.house.due_on, issued_on=desk.issued_on),
            recorded_at=desk.clock(),
            bank_names=bank_names(),
        )

    def settle(self) -> None:
        """Divide what was received and state it, unless that is done."""
        desk, order = self.desk, self.run.order
        check_printable()
        with suppress(MonthAlreadySettled):  # Then it has taken all that this one would.
            settling.settle_month(
                desk.database,
                book_id=desk.book_id,
                closing_month=order.month,
                settled_by=order.asked_by,
                settled_at=desk.clock(),
                issued_on=desk.issued_on,
                pay_on=order.pay_on or usual_pay_day(order.month, issued_on=desk.issued_on),
                bank_names=bank_names(),
                is_banking_day=is_open_for_banking,
                can_be_written=can_be_written,
            )

    def _is_closed(self) -> bool:
        return self._state().closed_at is not None

    def _came_to(self, step: Step) -> Told:
        """Say what a step came to, from the book: so it is the same whoever finished it."""
        state = self._state()
        match step:
            case Step.CLOSE:
                return (
                    ("generations", str(state.generation_count)),
                    ("lines", str(state.line_count)),
                )
            case Step.BILL:
                return (("invoices", str(state.invoice_count)),)
            case Step.SETTLE:
                return (
                    ("statements", str(state.statement_count)),
                    ("payout_run", state.payout_run or ""),
                )
        return ()

    def _state(self) -> MonthState:
        desk = self.desk
        return conducting.month_state(
            desk.database, book_id=desk.book_id, month=self.run.order.month
        )

    def _note(self, step: Step, state: StepState, told: Told = ()) -> None:
        progress = Progress(step=step, state=state, at=self.desk.clock(), told=told)
        self.run = conducting.note(
            self.desk.database, book_id=self.desk.book_id, run=self.run, progress=progress
        )
        self.desk.hear(progress)


_DO: Mapping[Step, Callable[[_Run], None]] = {
    Step.AUDIT: _Run.audit,
    Step.CLOSE: _Run.close,
    Step.BILL: _Run.bill,
    Step.SETTLE: _Run.settle,
}


def refuse_blocked(preview: MonthPreview, order: MonthOrder) -> None:
    """
    Refuse at once what a step would be refused for later, so that nothing is done by halves.

    That the audit of the last closing disagreed does not refuse another try: it looks again.
    """
    billing_asked = order.through in (Step.BILL, Step.SETTLE)
    for finding in preview.blockers:
        if finding.stops is Stops.CLOSE or billing_asked:
            refusal = _refusal(finding, preview, order)
            if refusal is not None:
                raise refusal


def _refusal(finding: Finding, preview: MonthPreview, order: MonthOrder) -> Refusal | None:
    month, accepts = order.month, order.accept_differences is not None
    values = dict(finding.values)
    match finding.code:
        case "month_not_over":
            return MonthNotOver(month=month, ends_at=month.ends_at.isoformat())
        case "earlier_month_open":
            return EarlierMonthOpen(month=month, earlier=values["earlier"])
        case "declarations_differ" if not accepts:
            differing = tuple(each for each in preview.unsettled if each.has_difference)
            return DeclarationsDiffer(month, differing)
        case "undeclared" if not accepts:
            return DeclarationsMissing(month=month, **values)
        case "operator_missing":
            return OperatorMissing()
        case "account_missing":
            return OperatorAccountMissing(**values)
    return None
