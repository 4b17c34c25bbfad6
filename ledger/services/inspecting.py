"""
Inspecting: a payout run as whoever answers for it has to see it, whole and in one look.

Whom it pays and where, with which taxes; who is not paid and why; and what was done with it so far.
"""

from dataclasses import dataclass

from ledger.core.fields import check_whole
from ledger.core.payout_run import PayoutRun, UnpaidPayout
from ledger.services import BOOK_ID
from ledger.store import payout_steps, payouts, run_details
from ledger.store.database import Database
from ledger.store.run_details import NotPaidRow, PaymentDetail, RunStep, WaitingPayment

#: Most rows of one page.
LIMIT_MAX = 1_000

_LATEST = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class RunsPage:
    """Some runs, what waits to be paid again, and where to go on; None when there are no more."""

    runs: tuple[PayoutRun, ...]
    waiting: tuple[UnpaidPayout, ...]
    next_before: int | None


@dataclass(frozen=True, kw_only=True)
class InspectedRun:
    """A run with everything that belongs to it."""

    run: PayoutRun
    payments: tuple[PaymentDetail, ...]
    not_paid: tuple[NotPaidRow, ...]
    steps: tuple[RunStep, ...]
    bank_minor: int  # what the house's account holds by the book

    @property
    def open_payments(self) -> tuple[PaymentDetail, ...]:
        """What was sent, and the bank has not answered for."""
        return tuple(each for each in self.payments if not (each.confirmed_on or each.returned_on))


def list_runs(
    database: Database, *, book_id: int = BOOK_ID, before: int | None = None, limit: int = 50
) -> RunsPage:
    """
    Return a page of payout runs, those planned last first.

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        found = run_details.latest_runs(
            session,
            book_id=book_id,
            before=_LATEST if before is None else before,
            limit=limit + 1,
        )
        waiting = payout_steps.unpaid_payouts(session, book_id=book_id)
    page = tuple(found[:limit])
    following = page[-1].id if len(found) > limit else None
    return RunsPage(runs=page, waiting=waiting, next_before=following)


def waiting_in_full(database: Database, *, book_id: int = BOOK_ID) -> tuple[WaitingPayment, ...]:
    """Return what was returned or cancelled and no run pays yet, with names and why."""
    with database.transaction() as session:
        return run_details.waiting_payments(session, book_id=book_id)


def inspect_run(database: Database, *, book_id: int = BOOK_ID, run_reference: str) -> InspectedRun:
    """
    Return a run with its payments, who is not paid, and its steps.

    :raises PayoutRunUnknown: there is no such run.
    """
    with database.transaction() as session:
        run = payouts.require_run(session, book_id=book_id, reference=run_reference)
        cash = payouts.find_cash(session, book_id=book_id, currency=run.currency)
        return InspectedRun(
            run=run,
            payments=run_details.payments_of(session, run_id=run.id),
            not_paid=run_details.not_paid_by(session, run_id=run.id),
            steps=run_details.steps_of(session, run_id=run.id),
            bank_minor=cash.bank_minor,
        )
