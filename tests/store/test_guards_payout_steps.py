"""The steps of a payout run come in turn, and no money is paid twice, whoever writes."""

from collections.abc import Callable
from datetime import date
from hashlib import sha256
from itertools import count

import pytest
from psycopg import errors

from tests.store.payments import add_bank_account, add_payout, add_payout_run
from tests.store.scene import NOVEMBER, NOW, Connection, Scene, add, refused

FILE = b"1210"
_COUNT = count(1)

Step = Callable[[Connection, int, Scene], object]


def approve(writer: Connection, run: int, scene: Scene, by: str = "you") -> None:
    add(writer, "payout_approval", payout_run_id=run, approved_at=NOW, approved_by=by, note="")


def release(writer: Connection, run: int, scene: Scene) -> None:
    add(
        writer,
        "payout_release",
        payout_run_id=run,
        released_at=NOW,
        released_by="you",
        file_content=FILE,
        file_sha256=sha256(FILE).digest(),
    )


def cancel(writer: Connection, run: int, scene: Scene) -> None:
    add(
        writer,
        "payout_cancellation",
        payout_run_id=run,
        cancelled_at=NOW,
        cancelled_by="you",
        reason="wrong day",
    )


def give_back(writer: Connection, run: int, scene: Scene) -> None:
    add(
        writer,
        "payout_return",
        payout_run_id=run,
        owner_id=scene.holder,
        returned_on=NOVEMBER,
        reason="account closed",
        bank_reference="",
        recorded_at=NOW,
        recorded_by="you",
    )


def confirm(writer: Connection, run: int, scene: Scene) -> None:
    add(
        writer,
        "payout_confirmation",
        payout_run_id=run,
        owner_id=scene.holder,
        confirmed_on=NOVEMBER,
        bank_reference="",
        recorded_at=NOW,
        recorded_by="you",
    )


@pytest.fixture
def run(writer: Connection, scene: Scene) -> int:
    """A planned run that pays the holder ¥100."""
    with writer.transaction():
        key = add_payout_run(writer)
        add_payout(writer, key, scene.holder, add_bank_account(writer, scene.holder))
    return key


@pytest.mark.parametrize(
    ("before", "step"),
    [
        ((), release),  # Nobody approved it.
        ((), give_back),  # Nothing was sent.
        ((), confirm),
        ((cancel,), approve),
        ((approve, cancel), release),
        ((approve, release), cancel),
        ((approve, release), approve),
    ],
)
def test_a_step_out_of_turn_is_refused(
    writer: Connection, scene: Scene, run: int, before: tuple[Step, ...], step: Step
) -> None:
    for each in before:
        each(writer, run, scene)
    with refused("payout_run_out_of_turn"):
        step(writer, run, scene)


@pytest.mark.parametrize("person", ["me", " ME "])
def test_who_planned_a_run_does_not_approve_it(
    writer: Connection, scene: Scene, run: int, person: str
) -> None:
    with refused("payout_run_approved_by_its_planner"):
        approve(writer, run, scene, by=person)


@pytest.mark.parametrize("step", [approve, cancel])
def test_a_step_is_taken_once(writer: Connection, scene: Scene, run: int, step: Step) -> None:
    step(writer, run, scene)
    with pytest.raises((errors.UniqueViolation, errors.RaiseException)):
        step(writer, run, scene)


def pay_again(
    writer: Connection, scene: Scene, run: int, *, settlement: int | None = None, **changes: object
) -> int:
    """Write a run that pays what another did not."""
    with writer.transaction():
        [(account, origin)] = writer.execute(
            "SELECT bank_account_id, settlement_id FROM payout"
            " JOIN payout_run USING (payout_run_id) WHERE payout_run_id = %s",
            [run],
        ).fetchall()
        values: dict[str, object] = {
            "book_id": 1,
            "reference": f"PAY-{run}-R{next(_COUNT)}",
            "pay_on": date(2026, 11, 30),
            "planned_at": NOW,
            "planned_by": "me",
        }
        key = int(add(writer, "payout_run", **values))
        add_payout(writer, key, scene.holder, account, **changes)
        add(
            writer,
            "payout_retry",
            payout_run_id=key,
            owner_id=scene.holder,
            replaced_run_id=run,
            settlement_id=settlement or origin,
            payee="{}",
            pay_to="{}",
        )
    return key


@pytest.mark.parametrize("before", [(cancel,), (approve, release, give_back)])
def test_what_was_not_paid_is_paid_again_once(
    writer: Connection, scene: Scene, run: int, before: tuple[Step, ...]
) -> None:
    for each in before:
        each(writer, run, scene)
    pay_again(writer, scene, run)
    with pytest.raises(errors.UniqueViolation):
        pay_again(writer, scene, run)


@pytest.mark.parametrize(
    "before", [(), (approve,), (approve, release), (approve, release, confirm)]
)
def test_what_was_paid_or_may_be_is_not_paid_again(
    writer: Connection, scene: Scene, run: int, before: tuple[Step, ...]
) -> None:
    for each in before:
        each(writer, run, scene)
    with refused("payout_paid_twice"):
        pay_again(writer, scene, run)


def test_what_is_paid_again_is_the_same_money(writer: Connection, scene: Scene, run: int) -> None:
    cancel(writer, run, scene)
    with refused("payout_retry_differs"):
        pay_again(writer, scene, run, supplies_minor=101, payout_minor=101)


def test_a_payout_without_a_settlement_says_what_it_replaces(
    writer: Connection, scene: Scene, run: int
) -> None:
    values: dict[str, object] = {
        "book_id": 1,
        "reference": "PAY-X",
        "pay_on": NOVEMBER,
        "planned_at": NOW,
        "planned_by": "me",
    }
    account = writer.execute("SELECT bank_account_id FROM payout").fetchall()[0][0]
    with refused("payout_without_origin"), writer.transaction():
        key = int(add(writer, "payout_run", **values))
        add_payout(writer, key, scene.holder, account)
