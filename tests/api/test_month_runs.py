"""A month's closing as a whole on a real database: asked for, carried out, refused, carried on."""

from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from api.month_runs import Desk, House
from ledger.core.completeness import NewDeclaration
from ledger.core.invoicing import OperatorMissing
from ledger.core.month_run import MonthOrder, MonthState, Progress, Step, StepState
from ledger.core.period import Month
from ledger.services import auditing, conducting, declaring
from ledger.services.auditing import BookNotSound
from ledger.services.closing import (
    DeclarationsDiffer,
    DeclarationsMissing,
    EarlierMonthOpen,
    MonthNotOver,
)
from ledger.services.conducting import MonthAskedOtherwise, MonthBeingClosed
from ledger.store.database import Database
from ledger.store.recounting import TotalsDisagree
from tests import builders
from tests.rows import row_counts, rows
from tests.services import money
from tests.services.falsified import falsify
from tests.services.firms import firm
from tests.services.usage import generation, report

OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)


def desk(database: Database, on: date = date(2026, 11, 5), **house: Any) -> Desk:
    """A desk at noon of a day."""
    return Desk(database=database, clock=lambda: money.noon(on), house=House(**house))


def order(month: Month = OCTOBER, through: Step = Step.SETTLE, **changes: Any) -> MonthOrder:
    return MonthOrder(**{"month": month, "through": through, "asked_by": "keiri", **changes})


def close(desk: Desk, month: Month = OCTOBER, **changes: Any) -> MonthState:
    desk.carry_out(desk.ask(order(month, **changes)))
    return conducting.month_state(desk.database, month=month)


def happened(state: MonthState) -> list[tuple[Step, StepState]]:
    assert state.run is not None
    return [(each.step, each.state) for each in state.run.progress]


@pytest.fixture
def book(database: Database) -> Database:
    """A book with its house, a license, and something used in October."""
    money.house(database)
    builders.license(database)
    report(database, generation(10_000))
    return database


def test_one_order_takes_a_month_to_its_statements(book: Database) -> None:
    october = close(desk(book))
    assert [step for step, state in happened(october) if state is StepState.DONE] == list(Step)
    assert (october.closed_by, october.line_count, october.invoice_count) == ("keiri", 1, 1)
    assert [each.amount_minor for each in october.invoiced] == [132_000]
    assert october.settled_at is not None  # Nothing had been received yet.
    (invoice,) = rows(book, "SELECT reference FROM document")[0]
    money.receive(book, invoice)
    november = close(desk(book, date(2026, 12, 10)), NOVEMBER)
    assert (november.statement_count, november.payout_run) == (1, "PAY-2026-11")
    assert rows(book, "SELECT pay_on FROM payout_run") == [(date(2026, 12, 17),)]
    assert not any(auditing.audit(book).values())


def test_an_order_that_is_given_again_changes_nothing(book: Database) -> None:
    first = close(desk(book))
    before = row_counts(book)
    again = close(desk(book, date(2026, 11, 6)))
    ignored = ("month_run", "month_step")
    after = row_counts(book)
    assert {name: after[name] for name in after if name not in ignored} == {
        name: before[name] for name in before if name not in ignored
    }
    assert (again.closed_at, again.settled_at) == (first.closed_at, first.settled_at)


def test_steps_that_were_done_by_hand_are_found_done(book: Database) -> None:
    money.bill(book)
    october = close(desk(book))
    assert october.invoice_count == 1
    assert len(happened(october)) == 8


def test_an_order_goes_no_further_than_it_says(book: Database) -> None:
    october = close(desk(book), through=Step.BILL)
    assert (october.invoice_count, october.settled_at) == (1, None)
    assert close(desk(book)).settled_at is not None


def test_what_stands_in_the_way_is_refused_before_anything_is_done(book: Database) -> None:
    before = row_counts(book)
    with pytest.raises(MonthNotOver):
        desk(book, date(2026, 10, 31)).ask(order())
    with pytest.raises(EarlierMonthOpen) as refused:
        desk(book, date(2026, 12, 5)).ask(order(NOVEMBER))
    assert refused.value.values["earlier"] == "2026-10"
    with pytest.raises(DeclarationsMissing) as missing:
        desk(book, requires_declarations=True).ask(order())
    assert missing.value.values["licensees"] == "studio-a"
    declare(book, NewDeclaration(is_nil=True))
    with pytest.raises(DeclarationsDiffer):
        desk(book).ask(order())
    assert row_counts(book)["month_run"] == before["month_run"]
    accepted = close(desk(book), accept_differences="their meter was broken")
    assert accepted.closed_by == "keiri"


def declare(database: Database, said: NewDeclaration) -> None:
    declaring.declare(
        database,
        licensee_id=firm(database).id,
        licensee="studio-a",
        month=OCTOBER,
        new=said,
        declared_at=OCTOBER.ends_at,
    )


def test_a_house_that_is_not_there_stops_invoices_and_not_the_closing(database: Database) -> None:
    builders.license(database)
    report(database, generation(1))
    with pytest.raises(OperatorMissing):
        desk(database).ask(order())
    assert close(desk(database), through=Step.CLOSE).closed_at is not None


def test_an_audit_that_disagrees_keeps_the_month_open_and_says_where(
    book: Database, owner: psycopg.Connection
) -> None:
    falsify(owner, "UPDATE batch_total SET quantity = quantity + 1")
    with pytest.raises(TotalsDisagree) as refused:
        close(desk(book))
    assert refused.value.values["licensee"] == "studio-a"
    october = conducting.month_state(book, month=OCTOBER)
    assert (october.closed_at, october.invoice_count) == (None, 0)
    assert happened(october)[-1] == (Step.AUDIT, StepState.REFUSED)
    (blocker,) = desk(book).preview(OCTOBER).blockers
    assert dict(blocker.values)["code"] == "totals_disagree"
    falsify(owner, "UPDATE batch_total SET quantity = quantity - 1")
    assert close(desk(book)).closed_at is not None  # It looks again; nobody has to reset it.


def test_money_that_does_not_add_up_keeps_the_next_month_open(
    book: Database, owner: psycopg.Connection
) -> None:
    close(desk(book))
    falsify(owner, "UPDATE account_balance SET debit_minor = debit_minor + 1 WHERE debit_minor > 0")
    with pytest.raises(BookNotSound) as refused:
        close(desk(book, date(2026, 12, 5)), NOVEMBER)
    assert refused.value.values["invariant"] == "balances_are_postings"
    assert conducting.month_state(book, month=NOVEMBER).closed_at is None


def test_two_never_carry_out_a_closing_at_once(book: Database) -> None:
    asked = desk(book).ask(order())
    with conducting.alone(book, month=OCTOBER):
        with pytest.raises(MonthBeingClosed) as refused:
            desk(book).carry_out(asked)
        assert refused.value.values == {"month": "2026-10", "asked_by": "keiri"}
        assert desk(book).carry_on() == 0  # A worker leaves it to whoever is at it.
    assert desk(book).carry_on() == 1
    assert desk(book).carry_on() == 0


def test_an_order_joins_the_one_that_is_under_way_or_is_told_of_it(book: Database) -> None:
    first = desk(book).ask(order())
    assert desk(book).ask(order()).id == first.id
    assert desk(book).ask(order(asked_by="bucho")).id == first.id
    with pytest.raises(MonthAskedOtherwise):
        desk(book).ask(order(through=Step.CLOSE))


@pytest.mark.parametrize("stopped_at", range(8))
def test_whoever_stops_anywhere_is_carried_on_with_the_same_end(
    book: Database, stopped_at: int
) -> None:
    class Stopped(BaseException):
        """The process ends."""

    heard: list[Progress] = []

    def hear(progress: Progress) -> None:
        heard.append(progress)
        if len(heard) == stopped_at + 1:
            raise Stopped

    at = desk(book)
    stopping = Desk(database=book, clock=at.clock, hear=hear)
    with pytest.raises(Stopped):
        stopping.carry_out(stopping.ask(order()))
    assert desk(book, date(2026, 11, 6)).carry_on() == (stopped_at < 7)
    october = conducting.month_state(book, month=OCTOBER)
    assert (october.line_count, october.invoice_count) == (1, 1)
    assert october.settled_at is not None
    assert conducting.unfinished(book) == ()
    assert not any(auditing.audit(book).values())


def test_a_closing_that_a_worker_cannot_finish_is_over_and_can_be_asked_for_again(
    book: Database, owner: psycopg.Connection
) -> None:
    desk(book).ask(order())
    falsify(owner, "UPDATE batch_total SET quantity = quantity + 1")
    assert desk(book).carry_on() == 1
    assert desk(book).carry_on() == 0
    falsify(owner, "UPDATE batch_total SET quantity = quantity - 1")
    desk(book).ask(order())
    assert desk(book).carry_on() == 1
    assert conducting.month_state(book, month=OCTOBER).settled_at is not None


def test_a_month_nobody_asked_about_stands_at_nothing(database: Database) -> None:
    state = conducting.month_state(database, month=OCTOBER)
    assert (state.closed_at, state.run, state.line_count) == (None, None, 0)


def test_what_each_step_came_to_is_told(book: Database) -> None:
    october = close(desk(book))
    assert october.run is not None
    done = {e.step: dict(e.told) for e in october.run.progress if e.state is StepState.DONE}
    assert done[Step.CLOSE] == {"generations": "1", "lines": "1"}
    assert done[Step.BILL] == {"invoices": "1"}
    assert done[Step.SETTLE] == {"statements": "0", "payout_run": ""}
    assert october.run.asked_at == money.noon(date(2026, 11, 5)) + timedelta(0)
