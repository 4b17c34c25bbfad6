"""What the book counts of a month is counted by the database; a closed month is not declared."""

from datetime import UTC, date, datetime

import pytest

from tests.store import wholes
from tests.store.scene import (
    NOVEMBER,
    OCTOBER,
    Connection,
    Scene,
    add_batch,
    add_generations,
    add_judgement,
    close_month,
    refused,
    report,
)

_TALLIES = """
    SELECT accrual_month, modality, unit, decision, generation_count, quantity
    FROM batch_tally WHERE licensee_id = %s ORDER BY 1, 2, 3, 4, batch_number
"""


def tallies(connection: Connection, scene: Scene) -> list[tuple[object, ...]]:
    return connection.execute(_TALLIES, (scene.licensee,)).fetchall()


@pytest.mark.parametrize("into", ["generation", "generation_2026_10"])
def test_each_generation_of_a_batch_is_tallied_once(
    into: str, writer: Connection, scene: Scene
) -> None:
    video = add_judgement(writer, scene.licensee, "video", modality="video", unit="second")
    with writer.transaction():
        number = add_batch(writer, scene.licensee, 4)
        changes: list[dict[str, object]] = [
            {},
            {"quantity": "2.5"},
            {"quantity": None},  # Counted, and no quantity of it is known.
            {"quantity": "26997", "judgement_id": video},
        ]
        add_generations(writer, scene.licensee, number, scene.judgement, *changes, into=into)
    assert [(*row[:5], str(row[5])) for row in tallies(writer, scene)] == [
        (OCTOBER, "image", "image", "refused", 3, "3.5"),
        (OCTOBER, "video", "second", "refused", 1, "26997"),
    ]


def test_a_batch_of_two_months_is_tallied_by_month(writer: Connection, scene: Scene) -> None:
    november = {"accrual_month": NOVEMBER, "occurred_at": datetime(2026, 11, 1, tzinfo=UTC)}
    with writer.transaction():
        number = add_batch(writer, scene.licensee, 2, last_month=NOVEMBER)
        add_generations(writer, scene.licensee, number, scene.judgement, {}, november)
    assert [row[0] for row in tallies(writer, scene)] == [OCTOBER, NOVEMBER]


def test_a_month_that_is_opened_later_is_tallied_too(writer: Connection, scene: Scene) -> None:
    writer.execute("SELECT open_month(1, '2026-12-01', now())")
    december = date(2026, 12, 1)
    change = {"accrual_month": december, "occurred_at": datetime(2026, 12, 2, tzinfo=UTC)}
    with writer.transaction():
        number = add_batch(writer, scene.licensee, 1, first_month=december, last_month=december)
        add_generations(
            writer, scene.licensee, number, scene.judgement, change, into="generation_2026_12"
        )
    assert [row[0] for row in tallies(writer, scene)] == [december]


def test_what_is_not_taken_is_not_tallied(writer: Connection, scene: Scene) -> None:
    report(writer, scene.licensee, scene.judgement)
    before = tallies(writer, scene)
    with refused("generation_outside_batch"):
        stray = {"event_id": "more", "position": 1}
        add_generations(writer, scene.licensee, 1, scene.judgement, stray)
    assert tallies(writer, scene) == before


@pytest.mark.parametrize("month", [date(2026, 9, 1), OCTOBER])
def test_a_closed_month_is_not_declared_nor_one_before_it(
    month: date, writer: Connection, scene: Scene
) -> None:
    close_month(writer, OCTOBER)
    with refused("month_closed"):
        wholes.write_declaration(writer, scene, month)
    wholes.write_declaration(writer, scene, NOVEMBER)


def test_a_month_nobody_wrote_into_is_declared_and_stays_unopened(
    writer: Connection, scene: Scene
) -> None:
    wholes.write_declaration(writer, scene, date(2026, 12, 1))
    opened = writer.execute("SELECT max(month) FROM accounting_month").fetchone()
    assert opened == (NOVEMBER,)
