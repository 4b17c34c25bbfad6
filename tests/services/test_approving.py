"""A planned run is looked at by a second person, who lets it go or stops it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from ledger.core.payout_refusal import (
    PayoutsAlreadyReleased,
)
from ledger.core.payout_run import (
    PaymentState,
    PayoutRun,
    RunState,
)
from ledger.core.refusal import Refusal
from ledger.services import approving, paying
from ledger.store.database import Database
from tests.refusals import refused
from tests.rows import row_counts
from tests.services.money import DECEMBER, bill, house, noon, receive_all, release, sell, settle

RUN = "PAY-2026-11"
DAY = date(2026, 12, 24)


@pytest.fixture
def planned(database: Database) -> Database:
    """A book with one run, planned by "keiri" for 25 December."""
    house(database)
    sell(database, 10_000)
    receive_all(database, bill(database))
    settle(database)
    return database


def approve(database: Database, **changes: Any) -> PayoutRun:
    asked: dict[str, Any] = {"run_reference": RUN, "approved_by": "bucho", "approved_at": noon(DAY)}
    return approving.approve_run(database, **(asked | changes))


def cancel(database: Database, **changes: Any) -> PayoutRun:
    asked: dict[str, Any] = {
        "run_reference": RUN,
        "cancelled_by": "keiri",
        "cancelled_at": noon(DAY),
        "reason": "the account of one payee is said to be wrong",
    }
    return approving.cancel_run(database, **(asked | changes))


def test_a_run_says_who_planned_it_who_approved_it_and_who_released_it(planned: Database) -> None:
    assert approving.look_at_run(planned, run_reference=RUN)[0].state is RunState.PLANNED
    approved = approve(planned, note="checked against the statements")
    assert (approved.state, approved.approved_by) == (RunState.APPROVED, "bucho")
    released = release(planned, RUN, released_by="keiri")  # Who planned it may send it now.
    assert (released.state, released.planned_by, released.approved_by, released.released_by) == (
        *(RunState.RELEASED, "keiri", "bucho", "keiri"),
    )


def test_who_releases_a_run_that_nobody_approved_approves_it(planned: Database) -> None:
    released = release(planned, RUN)
    assert (released.approved_by, released.released_by) == ("bucho", "bucho")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"approved_by": "keiri"}, "same_person_cannot_approve"),
        ({"approved_by": " KEIRI"}, "same_person_cannot_approve"),
        ({"approved_by": ""}, "text_missing"),
        ({"run_reference": "PAY-2026-09"}, "payout_run_unknown"),
        ({"approved_at": noon(date(2026, 12, 26))}, "payout_run_over_its_day"),
    ],
)
def test_an_approval_that_cannot_be_is_refused(
    planned: Database, changes: dict[str, Any], code: str
) -> None:
    before = row_counts(planned)
    with refused(code):
        approve(planned, **changes)
    assert row_counts(planned) == before


def test_a_run_is_not_released_after_its_day(planned: Database) -> None:
    approve(planned)
    with refused("payout_run_over_its_day", pay_on="2026-12-25", today="2026-12-26"):
        release(planned, RUN, released_at=noon(date(2026, 12, 26)))


def test_a_run_is_approved_once(planned: Database) -> None:
    approve(planned)
    with refused("payout_run_already_approved", approved_by="bucho"):
        approve(planned, approved_by="shacho")


def test_a_cancelled_run_goes_no_further_and_its_money_is_free(planned: Database) -> None:
    approve(planned)
    assert cancel(planned).state is RunState.CANCELLED
    for step in (approve, cancel, lambda book: release(book, RUN)):
        with refused("payout_run_cancelled", cancelled_by="keiri"):
            step(planned)
    _, (payment,) = approving.look_at_run(planned, run_reference=RUN)
    run = paying.list_runs(planned).runs[0]
    assert payment.state_in(run) is PaymentState.CANCELLED
    assert settle(planned, DECEMBER).payout_count == 0  # It is not carried, but planned again.


def test_a_released_run_is_neither_approved_nor_cancelled(planned: Database) -> None:
    release(planned, RUN)
    for step in (approve, cancel):
        with refused("payouts_already_released", released_by="bucho"):
            step(planned)


@pytest.mark.parametrize("changes", [{"reason": ""}, {"cancelled_by": " "}])
def test_a_cancellation_has_a_reason_and_a_name(planned: Database, changes: dict[str, str]) -> None:
    with refused("text_missing"):
        cancel(planned, **changes)


def test_of_one_who_cancels_and_one_who_releases_at_once_one_is_told(planned: Database) -> None:
    approve(planned)

    def attempt(step: Any) -> str:
        try:
            step()
        except Refusal as told:
            return told.code
        return "done"

    with ThreadPoolExecutor(2) as people:
        answers = sorted(
            people.map(attempt, [lambda: cancel(planned), lambda: release(planned, RUN)])
        )
    assert answers[0] == "done"
    assert answers[1] in {"payout_run_cancelled", PayoutsAlreadyReleased.code}
