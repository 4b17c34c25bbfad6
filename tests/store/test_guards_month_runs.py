"""What happened to a month's closing is written once, for a closing of the same book."""

from datetime import date

import pytest
from psycopg import errors

from tests.store.scene import NOW, OCTOBER, Connection, add


def run(writer: Connection, **changes: object) -> int:
    asked: dict[str, object] = {
        "book_id": 1,
        "month": OCTOBER,
        "through": "settle",
        "asked_at": NOW,
        "asked_by": "keiri",
    }
    return int(add(writer, "month_run", **asked | changes))


def step(writer: Connection, run_id: int, **changes: object) -> None:
    told: dict[str, object] = {
        "month_run_id": run_id,
        "number": 1,
        "book_id": 1,
        "step": "audit",
        "state": "begun",
        "at": NOW,
        "told": "[]",
    }
    add(writer, "month_step", **told | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"month": date(2026, 10, 2)},  # A month is its first day.
        {"through": "everything"},
        {"asked_by": ""},
        {"accept_differences": ""},  # A reason says something, or there is none.
    ],
)
def test_an_order_that_says_nothing_is_refused(
    writer: Connection, changes: dict[str, object]
) -> None:
    with pytest.raises(errors.CheckViolation):
        run(writer, **changes)


@pytest.mark.parametrize("changes", [{"number": 0}, {"step": "pray"}, {"state": "half"}])
def test_a_step_that_is_none_is_refused(writer: Connection, changes: dict[str, object]) -> None:
    with pytest.raises(errors.CheckViolation):
        step(writer, run(writer), **changes)


def test_two_things_never_happen_in_the_same_place(writer: Connection) -> None:
    asked = run(writer)
    step(writer, asked)
    with pytest.raises(errors.UniqueViolation):
        step(writer, asked, state="done")


def test_a_step_is_of_a_closing_that_was_asked_for(writer: Connection) -> None:
    with pytest.raises(errors.ForeignKeyViolation):
        step(writer, run(writer), book_id=2)
