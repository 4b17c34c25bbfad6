"""A correction is the next revision of what is recorded, in a batch whose months may take it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from psycopg import errors

from tests.store.scene import (
    NOVEMBER,
    OCTOBER,
    ROOT,
    Connection,
    Scene,
    add_batch,
    add_generations,
    add_judgement,
    add_rows,
    close_month,
    refused,
    report,
)

SEPTEMBER = date(2026, 9, 1)
DECEMBER = date(2026, 12, 1)


def _correct(connection: Connection, scene: Scene, *changes: dict[str, Any], **batch: Any) -> None:
    """Write a batch of corrections: voids of "event" in October unless said otherwise."""
    with connection.transaction():
        voided = {"kind": "correction", "refused_count": 0}
        number = add_batch(connection, scene.licensee, len(changes), **voided | batch)
        rows: list[dict[str, object]] = [
            {
                "licensee_id": scene.licensee,
                "batch_number": number,
                "position": position,
                "accrual_month": OCTOBER,
                "source": "api",
                "event_id": "event",
                "revision": 1,
                "kind": "void",
                "reason": "not_generated",
                "recorded_by": "ai-1",
                "judgement_id": None,
                "occurred_at": None,
                "quantity": None,
                "content_hash": ROOT,
                **change,
            }
            for position, change in enumerate(changes)
        ]
        add_rows(connection, "correction", rows)


def _instead(scene: Scene, **changes: Any) -> dict[str, Any]:
    """What stands in the place of an event of October."""
    values = {
        "kind": "replace",
        "judgement_id": scene.judgement,
        "occurred_at": datetime(2026, 10, 5, tzinfo=UTC),
        "quantity": 5,
    }
    return values | changes


def test_what_is_recorded_is_voided_replaced_and_restored(writer: Connection, scene: Scene) -> None:
    report(writer, scene.licensee, scene.judgement)
    _correct(writer, scene, _instead(scene), refused_count=1)
    _correct(writer, scene, {"revision": 2})
    _correct(writer, scene, _instead(scene, revision=3), refused_count=1)
    rows = writer.execute("SELECT revision, kind FROM correction ORDER BY 1").fetchall()
    assert rows == [(1, "replace"), (2, "void"), (3, "replace")]


@pytest.mark.parametrize(
    "change",
    [
        {"event_id": "another"},
        {"source": "another"},
        {"accrual_month": NOVEMBER},  # The same id in another month is another generation.
    ],
    ids=str,
)
def test_what_is_not_recorded_cannot_be_corrected(
    change: dict[str, Any], writer: Connection, scene: Scene
) -> None:
    report(writer, scene.licensee, scene.judgement)
    with refused("correction_of_nothing"):
        _correct(writer, scene, change, last_month=NOVEMBER)


def test_anothers_generation_cannot_be_corrected(writer: Connection, scene: Scene) -> None:
    report(writer, scene.rival, scene.rivals_judgement)
    with refused("correction_of_nothing"):
        _correct(writer, scene, {})


def test_no_revision_is_left_out_or_made_twice(writer: Connection, scene: Scene) -> None:
    report(writer, scene.licensee, scene.judgement)
    with refused("revision_missing"):
        _correct(writer, scene, {"revision": 2})
    _correct(writer, scene, {})
    with pytest.raises(errors.UniqueViolation):
        _correct(writer, scene, _instead(scene), refused_count=1)
    with refused("revision_missing"):
        _correct(writer, scene, _instead(scene, revision=3), refused_count=1)


def test_a_void_is_not_voided(writer: Connection, scene: Scene) -> None:
    report(writer, scene.licensee, scene.judgement)
    _correct(writer, scene, {})
    with refused("void_of_a_void"):
        _correct(writer, scene, {"revision": 2})


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": 5},  # A void with facts.
        {"occurred_at": datetime(2026, 10, 5, tzinfo=UTC)},
        {"kind": "replace"},  # A replacement without any.
        {"kind": "forget"},
        {"revision": 0},
        {"note": "x" * 501},
    ],
    ids=str,
)
def test_a_correction_says_what_it_has_to(
    change: dict[str, Any], writer: Connection, scene: Scene
) -> None:
    report(writer, scene.licensee, scene.judgement)
    with pytest.raises(errors.CheckViolation):
        _correct(writer, scene, change)


def test_a_replacement_stays_in_its_month_and_with_its_licensee(
    writer: Connection, scene: Scene
) -> None:
    report(writer, scene.licensee, scene.judgement)
    elsewhere = _instead(scene, occurred_at=datetime(2026, 11, 5, tzinfo=UTC))
    with pytest.raises(errors.CheckViolation):
        _correct(writer, scene, elsewhere, refused_count=1)
    stranger = _instead(scene, judgement_id=scene.rivals_judgement)
    with pytest.raises(errors.ForeignKeyViolation):
        _correct(writer, scene, stranger, refused_count=1)


# Batches -------------------------------------------------------------------------------------


def test_corrections_fill_a_batch_of_corrections_and_nothing_else(
    writer: Connection, scene: Scene
) -> None:
    report(writer, scene.licensee, scene.judgement)
    with refused("correction_outside_batch"):
        _correct(writer, scene, {}, kind="report", refused_count=1)
    with refused("correction_outside_batch"):
        _correct(writer, scene, {"position": 1})
    with refused("correction_outside_batch"):
        _correct(writer, scene, {}, first_month=NOVEMBER, last_month=NOVEMBER)
    with refused("batch_incomplete"), writer.transaction():
        add_batch(writer, scene.licensee, 1, kind="correction", refused_count=0)


def test_a_generation_does_not_come_in_a_batch_of_corrections(
    writer: Connection, scene: Scene
) -> None:
    with refused("generation_outside_batch"), writer.transaction():
        number = add_batch(writer, scene.licensee, 1, kind="correction")
        add_generations(writer, scene.licensee, number, scene.judgement, {})


def test_only_a_batch_of_corrections_counts_rows_without_a_decision(
    writer: Connection, scene: Scene
) -> None:
    with pytest.raises(errors.CheckViolation):
        add_batch(writer, scene.licensee, 1, refused_count=0)
    with pytest.raises(errors.CheckViolation):
        add_batch(writer, scene.licensee, 1, kind="correction", refused_count=2)


@pytest.mark.parametrize(("count", "quantity"), [(-1, -5), (0, -5), (0, 5), (1, -5)])
def test_only_corrections_take_away_from_totals(
    count: int, quantity: int, writer: Connection, scene: Scene
) -> None:
    total: dict[str, object] = {
        "licensee_id": scene.licensee,
        "position": 0,
        "accrual_month": OCTOBER,
        "day": OCTOBER,
        "decision": "refused",
        "reason": "license_unknown",
        "territory": "JP",
        "generation_count": count,
        "quantity": quantity,
        "net_revenue": 0,
    }
    with refused("total_not_positive"), writer.transaction():
        number = add_batch(writer, scene.licensee)
        add_rows(writer, "batch_total", [{**total, "batch_number": number}])
    report(writer, scene.licensee, scene.judgement)
    with writer.transaction():
        number = add_batch(writer, scene.licensee, kind="correction", refused_count=0)
        add_rows(writer, "batch_total", [{**total, "batch_number": number}])
        row = {"event_id": "event", "revision": 1, "kind": "void", "reason": "not_generated"}
        place = {"licensee_id": scene.licensee, "batch_number": number, "position": 0}
        what = {"accrual_month": OCTOBER, "source": "api", "recorded_by": "ai-1"}
        add_rows(writer, "correction", [{**row, **place, **what, "content_hash": ROOT}])


# Months --------------------------------------------------------------------------------------


def test_a_closed_month_is_corrected_in_an_open_one(writer: Connection, scene: Scene) -> None:
    report(writer, scene.licensee, scene.judgement)
    close_month(writer, OCTOBER)
    with refused("month_closed"):
        _correct(writer, scene, {})
    with refused("month_not_open"):
        _correct(writer, scene, {}, counted_month=DECEMBER)
    _correct(writer, scene, {}, counted_month=NOVEMBER)
    close_month(writer, NOVEMBER)
    with refused("month_closed"):
        _correct(
            writer, scene, _instead(scene, revision=2), counted_month=NOVEMBER, refused_count=1
        )


def test_what_is_open_is_counted_in_its_own_month(writer: Connection, scene: Scene) -> None:
    report(writer, scene.licensee, scene.judgement)
    with refused("month_not_closed"):
        _correct(writer, scene, {}, counted_month=NOVEMBER)


def test_a_late_generation_is_counted_in_an_open_month(writer: Connection, scene: Scene) -> None:
    def late(**batch: Any) -> None:
        with writer.transaction():
            number = add_batch(writer, scene.licensee, **batch)
            add_generations(writer, scene.licensee, number, scene.judgement, {})

    with refused("month_not_closed"):
        late(counted_month=NOVEMBER)
    close_month(writer, OCTOBER)
    with refused("month_closed"):
        late()
    late(counted_month=NOVEMBER)
    with refused("month_not_open"):
        late(counted_month=DECEMBER)


@pytest.mark.parametrize("counted", [OCTOBER, SEPTEMBER, date(2026, 11, 2)], ids=str)
def test_a_batch_is_counted_after_its_months(
    counted: date, writer: Connection, scene: Scene
) -> None:
    with pytest.raises(errors.CheckViolation):
        add_batch(writer, scene.licensee, counted_month=counted)


# Tallies -------------------------------------------------------------------------------------


def test_the_tally_of_corrections_is_what_they_change(writer: Connection, scene: Scene) -> None:
    video = add_judgement(writer, scene.licensee, "video", modality="video", unit="second")
    report(writer, scene.licensee, scene.judgement)
    _correct(writer, scene, _instead(scene, judgement_id=video, quantity=30), refused_count=1)
    _correct(writer, scene, _instead(scene, judgement_id=video, revision=2), refused_count=1)
    _correct(writer, scene, {"revision": 3})
    rows = writer.execute(
        "SELECT batch_number, modality, generation_count, quantity FROM batch_tally ORDER BY 1, 2"
    ).fetchall()
    assert rows == [
        (1, "image", 1, 1),
        (2, "image", -1, -1),
        (2, "video", 1, 30),
        (3, "video", 0, -25),
        (4, "video", -1, -5),
    ]
