"""A line says which month it is for, and why it was written; terms say where they count."""

from datetime import UTC, date, datetime

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

IN_OCTOBER = datetime(2026, 10, 5, tzinfo=UTC)


def _write(connection: Connection, scene: Scene, **changes: object) -> None:
    """Close November with one royalty line."""
    values: dict[str, object] = {
        "book_id": 1,
        "closing_month": NOVEMBER,
        "accrual_month": NOVEMBER,
        "licensee_id": scene.licensee,
        "owner_id": scene.holder,
        "license_id": scene.license,
        "subject_id": scene.subject,
        "terms_version_id": scene.terms,
        "rate_line_id": scene.rate_line,
        "currency": "JPY",
        "generation_count": 1,
        "quantity": 1,
        "counter_before": 0,
        "exact": "12",
        "rounding": "truncate",
        "amount_minor": 12,
        "steps": "[]",
    }
    with connection.transaction():
        close_month(connection, NOVEMBER)
        add(connection, "royalty_line", **values | changes)


def test_only_an_adjustment_counts_less_than_nothing(writer: Connection, scene: Scene) -> None:
    close_month(writer, OCTOBER)
    with pytest.raises(errors.CheckViolation):
        _write(writer, scene, generation_count=-1)
    _write(writer, scene, generation_count=-1, accrual_month=OCTOBER, cause="late")


@pytest.mark.parametrize(
    ("month", "cause"), [(NOVEMBER, "late"), (OCTOBER, "use"), (OCTOBER, "whim")]
)
def test_the_cause_of_a_line_is_its_months(
    month: date, cause: str, writer: Connection, scene: Scene
) -> None:
    close_month(writer, OCTOBER)
    with pytest.raises(errors.CheckViolation):
        _write(writer, scene, accrual_month=month, cause=cause)


def _agree(connection: Connection, scene: Scene, **changes: object) -> None:
    """Agree on another version of the terms, for October."""
    values: dict[str, object] = {
        "license_grant_id": scene.grant,
        "licensee_id": scene.licensee,
        "version": 2,
        "effective_from": IN_OCTOBER,
        "clause_reference": "3.1",
        "currency": "JPY",
        "rounding": "truncate",
        "recognition": "cash",
        "recorded_at": NOW,
    }
    add(connection, "terms_version", **values | changes)


def test_terms_for_a_closed_month_are_counted_in_an_open_one(
    writer: Connection, scene: Scene
) -> None:
    close_month(writer, OCTOBER)
    for month in (OCTOBER, date(2026, 11, 2)):
        with pytest.raises(errors.CheckViolation):
            _agree(writer, scene, counted_month=month)
    close_month(writer, NOVEMBER)
    with refused("month_closed"):
        _agree(writer, scene, counted_month=NOVEMBER)
    _agree(writer, scene, counted_month=date(2026, 12, 1))
