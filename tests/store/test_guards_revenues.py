"""What a firm states for a month follows in versions, and is counted by a closing to come."""

from datetime import date

import pytest
from psycopg import errors

from tests.store.scene import (
    NOVEMBER,
    NOW,
    OCTOBER,
    Connection,
    Scene,
    add,
    close_month,
    refused,
)

DECEMBER = date(2026, 12, 1)


def state(writer: Connection, scene: Scene, **changes: object) -> None:
    told: dict[str, object] = {
        "licensee_id": scene.licensee,
        "license_grant_id": scene.grant,
        "month": OCTOBER,
        "version": 1,
        "book_id": 1,
        "counted_month": OCTOBER,
        "amount": "214336.57",
        "currency": "USD",
        "reported_at": NOW,
        "reported_by": "studio-a",
    }
    add(writer, "revenue_report", **told | changes)


def compare(writer: Connection, scene: Scene, **changes: object) -> None:
    told: dict[str, object] = {
        "book_id": 1,
        "closing_month": OCTOBER,
        "license_grant_id": scene.grant,
        "accrual_month": OCTOBER,
        "licensee_id": scene.licensee,
        "terms_version_id": scene.terms,
        "percent": 18,
        "base": "net_revenue",
        "currency": "JPY",
        "rounding": "truncate",
        "per_unit_minor": 0,
        "revenue_currency": "JPY",
        "fx_used": "[]",
        "hold": "revenue_unknown",
    }
    add(writer, "revenue_comparison", **told | changes)


def test_versions_follow_one_another(writer: Connection, scene: Scene) -> None:
    state(writer, scene)
    state(writer, scene, version=2)
    with refused("revenue_version_missing"):
        state(writer, scene, version=4)


def test_a_version_is_counted_by_a_closing_to_come(writer: Connection, scene: Scene) -> None:
    close_month(writer, OCTOBER)
    with refused("month_closed"):
        state(writer, scene)
    with refused("month_not_closed"):  # The next closing would not know it.
        state(writer, scene, counted_month=DECEMBER)
    state(writer, scene, counted_month=NOVEMBER)


def test_an_open_month_counts_its_own_revenue(writer: Connection, scene: Scene) -> None:
    with refused("month_not_closed"):
        state(writer, scene, counted_month=NOVEMBER)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "-1"},
        {"amount": "NaN"},
        {"currency": "dollars"},
        {"month": date(2026, 10, 2)},  # A month is its first day.
        {"month": NOVEMBER},  # Counted before it is over.
        {"reported_by": ""},
    ],
)
def test_revenue_that_is_none_is_refused(
    writer: Connection, scene: Scene, changes: dict[str, object]
) -> None:
    with pytest.raises(errors.CheckViolation):
        state(writer, scene, **changes)


@pytest.mark.parametrize("table", ["revenue_report", "revenue_comparison"])
def test_nothing_of_it_is_ever_changed(owner: Connection, table: str) -> None:
    with refused("append_only"):
        owner.execute(f"TRUNCATE {table} CASCADE".encode())


def test_a_comparison_is_part_of_its_closing(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        close_month(writer, OCTOBER)
        compare(writer, scene)
    with refused("late_part"):
        compare(writer, scene, license_grant_id=scene.grant, accrual_month=date(2026, 9, 1))


@pytest.mark.parametrize(
    "changes",
    [
        {"hold": None},  # Unknown is held,
        {"top_up_minor": 0},  # and never nothing.
        {"hold": None, "top_up_minor": 0, "share_exact": "0"},  # Nothing follows from no revenue.
        {"hold": "forgotten"},
        {"accrual_month": NOVEMBER},
        {"percent": "101", "top_up_minor": -1},
    ],
)
def test_a_comparison_that_contradicts_itself_is_refused(
    writer: Connection, scene: Scene, changes: dict[str, object]
) -> None:
    with writer.transaction(force_rollback=True):
        close_month(writer, OCTOBER)
        with pytest.raises(errors.CheckViolation):
            compare(writer, scene, **changes)
