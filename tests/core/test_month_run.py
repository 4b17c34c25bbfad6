"""How far a closing has come, from what happened to it."""

from datetime import UTC, datetime

import pytest

from ledger.core.month_run import MonthOrder, MonthRun, Progress, Step, StepState
from ledger.core.period import Month

AT = datetime(2026, 11, 5, tzinfo=UTC)
BEGUN, DONE = StepState.BEGUN, StepState.DONE


def run(through: Step, *happened: tuple[Step, StepState]) -> MonthRun:
    order = MonthOrder(month=Month(2026, 10), through=through, asked_by="keiri")
    progress = tuple(Progress(step=step, state=state, at=AT) for step, state in happened)
    return MonthRun(id=1, order=order, asked_at=AT, progress=progress)


@pytest.mark.parametrize(
    ("asked", "is_over", "left"),
    [
        (run(Step.BILL), False, [Step.AUDIT, Step.CLOSE, Step.BILL]),
        # Begun is not done: it is done again, and finds what it has done.
        (run(Step.CLOSE, (Step.AUDIT, BEGUN)), False, [Step.AUDIT, Step.CLOSE]),
        (run(Step.CLOSE, (Step.AUDIT, BEGUN), (Step.AUDIT, DONE)), False, [Step.CLOSE]),
        (
            run(Step.CLOSE, (Step.AUDIT, DONE), (Step.CLOSE, BEGUN), (Step.CLOSE, DONE)),
            True,
            [],
        ),
        (run(Step.SETTLE, (Step.AUDIT, StepState.REFUSED)), True, list(Step)),
        (run(Step.SETTLE, (Step.AUDIT, StepState.FAILED)), True, list(Step)),
    ],
)
def test_a_closing_is_over_when_its_last_step_is_done_or_one_was_refused(
    asked: MonthRun, is_over: bool, left: list[Step]
) -> None:
    assert asked.is_over is is_over
    assert list(asked.left) == left
