"""A batch is whole, in its place in the chain, in an open month, and its licensee's own."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from psycopg import errors

from ledger.core.proof import EMPTY_HEAD, chain_head
from tests.store.scene import (
    NOVEMBER,
    OCTOBER,
    ROOT,
    Connection,
    Scene,
    add_batch,
    add_generations,
    add_judgement,
    refused,
    report,
)

PARTITION = "generation_2026_10"
SEPTEMBER = date(2026, 9, 1)
#: A generation comes through the parent as a rule; whoever names the partition meets the same.
INTO_EITHER = pytest.mark.parametrize("into", ["generation", PARTITION])


def _report(
    connection: Connection,
    scene: Scene,
    *generations: dict[str, Any],
    into: str = "generation",
    count: int = 1,
    **batch: Any,
) -> None:
    with connection.transaction():
        number = add_batch(connection, scene.licensee, count, **batch)
        if generations:
            add_generations(
                connection, scene.licensee, number, scene.judgement, *generations, into=into
            )


# The batch is there and whole ----------------------------------------------------------------


@INTO_EITHER
def test_a_generation_without_a_batch_is_refused(
    into: str, writer: Connection, scene: Scene
) -> None:
    with refused("generation_outside_batch"):
        add_generations(writer, scene.licensee, 1, scene.judgement, {}, into=into)


@INTO_EITHER
@pytest.mark.parametrize("positions", [(0, 1), (0,), (0, 2), (1, 2), (0, 1, 2)], ids=str)
def test_generations_fill_their_batch_and_nothing_else(
    positions: tuple[int, ...], into: str, writer: Connection, scene: Scene
) -> None:
    changes = [{"position": position, "event_id": str(position)} for position in positions]
    if positions == (0, 1):
        _report(writer, scene, *changes, into=into, count=2)
    else:
        with refused("generation_outside_batch"):
            _report(writer, scene, *changes, into=into, count=2)


@INTO_EITHER
@pytest.mark.parametrize("months", [(NOVEMBER, NOVEMBER), (SEPTEMBER, SEPTEMBER)], ids=str)
def test_a_generation_outside_the_batchs_months_is_refused(
    months: tuple[date, date], into: str, writer: Connection, scene: Scene
) -> None:
    first_month, last_month = months
    with refused("generation_outside_batch"):
        _report(writer, scene, {}, into=into, first_month=first_month, last_month=last_month)


def test_a_batch_without_its_generations_cannot_be_committed(
    writer: Connection, scene: Scene
) -> None:
    with refused("batch_incomplete"):
        _report(writer, scene)


def test_no_batch_follows_one_that_awaits_its_generations(writer: Connection, scene: Scene) -> None:
    def follow() -> None:
        with writer.transaction():
            add_batch(writer, scene.licensee)
            add_batch(writer, scene.licensee)

    with refused("batch_out_of_sequence"):
        follow()


NOVEMBER_EVENT: dict[str, Any] = {
    "accrual_month": NOVEMBER,
    "occurred_at": datetime(2026, 11, 1, tzinfo=UTC),
    "event_id": "november",
}


def test_a_position_is_taken_once_also_in_a_batch_of_two_months(
    writer: Connection, scene: Scene
) -> None:
    two_months: dict[str, Any] = {"first_month": OCTOBER, "last_month": NOVEMBER, "count": 2}
    with refused("position_taken"):
        _report(writer, scene, {}, NOVEMBER_EVENT | {"position": 0}, **two_months)
    _report(writer, scene, {}, NOVEMBER_EVENT, **two_months)


@INTO_EITHER
def test_nothing_is_added_to_a_committed_batch(into: str, writer: Connection, scene: Scene) -> None:
    _report(writer, scene, {}, NOVEMBER_EVENT, count=2, last_month=NOVEMBER)
    # Position 1 is free in October, and only one of the batch's two generations is there.
    with refused("generation_outside_batch"):
        add_generations(
            writer, scene.licensee, 1, scene.judgement, {"position": 1, "event_id": "x"}, into=into
        )


@INTO_EITHER
@pytest.mark.parametrize("whose", ["nobody's", "a rival's"])
def test_a_generation_names_a_judgement_of_its_own_licensee(
    whose: str, into: str, writer: Connection, scene: Scene
) -> None:
    judgement = 999 if whose == "nobody's" else scene.rivals_judgement
    with refused("judgement_unknown"):
        _report(writer, scene, {"judgement_id": judgement}, into=into)


def test_a_batch_is_checked_without_reading_what_is_in_the_book(
    writer: Connection, scene: Scene
) -> None:
    """However full a month is, the next batch costs the same."""
    report(writer, scene.licensee, scene.judgement)
    with writer.transaction():
        number = add_batch(writer, scene.licensee, 2)
        changes = ({"event_id": "a"}, {"event_id": "b"})
        add_generations(writer, scene.licensee, number, scene.judgement, *changes)
        writer.execute("SET CONSTRAINTS ALL IMMEDIATE")
        read = writer.execute(
            "SELECT sum(seq_tup_read + idx_tup_fetch), sum(n_tup_ins) >= 2"
            " FROM pg_stat_xact_user_tables WHERE relname = %s",
            (PARTITION,),
        )
        assert read.fetchone() == (0, True)


# What a generation says ----------------------------------------------------------------------


@INTO_EITHER
def test_an_identity_is_recorded_once_by_each_licensee(
    into: str, writer: Connection, scene: Scene
) -> None:
    report(writer, scene.licensee, scene.judgement, "same")
    with pytest.raises(errors.UniqueViolation):
        _report(writer, scene, {"event_id": "same"}, into=into)
    report(writer, scene.rival, scene.rivals_judgement, "same")


def test_an_identity_may_come_again_in_another_month(writer: Connection, scene: Scene) -> None:
    report(writer, scene.licensee, scene.judgement, "same")
    november = NOVEMBER_EVENT | {"event_id": "same"}
    _report(writer, scene, november, first_month=NOVEMBER, last_month=NOVEMBER)


@pytest.mark.parametrize(
    "occurred_at",
    [
        datetime(2026, 10, 31, 15, 0, tzinfo=UTC),  # Already November in Tokyo.
        datetime(2026, 9, 30, 14, 59, 59, tzinfo=UTC),  # Still September.
    ],
)
def test_a_generation_accrues_in_the_month_it_happened_in_in_tokyo(
    occurred_at: datetime, writer: Connection, scene: Scene
) -> None:
    with pytest.raises(errors.CheckViolation):
        _report(writer, scene, {"occurred_at": occurred_at})


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": -1},
        {"quantity": Decimal("NaN")},  # To PostgreSQL it is greater than every number.
        {"quantity": Decimal("Infinity")},
        {"net_revenue": Decimal("NaN")},
        {"net_revenue": Decimal("-Infinity")},
        {"position": -1},
        {"content_hash": b"short"},
    ],
    ids=str,
)
def test_a_generation_that_cannot_be_is_refused(
    changes: dict[str, Any], writer: Connection, scene: Scene
) -> None:
    with pytest.raises(errors.CheckViolation):
        _report(writer, scene, changes)


def test_an_unknown_quantity_is_kept_as_unknown(writer: Connection, scene: Scene) -> None:
    _report(writer, scene, {"quantity": None})
    assert writer.execute("SELECT quantity FROM generation").fetchone() == (None,)


# The chain -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 3])
def test_a_licensees_batches_are_numbered_without_gaps(
    number: int, writer: Connection, scene: Scene
) -> None:
    report(writer, scene.licensee, scene.judgement)
    with pytest.raises(errors.DatabaseError) as caught:
        _report(writer, scene, {"event_id": "next"}, batch_number=number)
    expected = "23505" if number == 1 else "GB001"  # A number that is taken, or one ahead.
    assert caught.value.sqlstate == expected


def test_a_batch_that_does_not_follow_the_chains_head_is_refused(
    writer: Connection, scene: Scene
) -> None:
    report(writer, scene.licensee, scene.judgement)
    with refused("batch_out_of_sequence"):
        _report(writer, scene, {"event_id": "next"}, previous_head=EMPTY_HEAD)


@pytest.mark.parametrize(
    "changes", [{"head": ROOT}, {"root": bytes(32)}, {"batch_number": 2}], ids=str
)
def test_a_head_is_computed_from_what_the_batch_says(
    changes: dict[str, Any], writer: Connection, scene: Scene
) -> None:
    head = chain_head(previous=EMPTY_HEAD, number=1, count=1, root=ROOT)
    with pytest.raises(errors.CheckViolation):
        _report(writer, scene, {}, **{"head": head} | changes)


def test_a_batch_that_is_rolled_back_leaves_its_number_to_the_next(
    writer: Connection, scene: Scene
) -> None:
    with refused("batch_incomplete"):
        _report(writer, scene)
    assert report(writer, scene.licensee, scene.judgement) == 1


def test_a_batch_that_a_conflict_leaves_out_does_not_move_the_chain(
    writer: Connection, scene: Scene
) -> None:
    report(writer, scene.licensee, scene.judgement)
    writer.execute("INSERT INTO batch SELECT * FROM batch ON CONFLICT DO NOTHING")
    log = writer.execute("SELECT batch_number FROM licensee_log").fetchone()
    assert log == (1,)


@pytest.mark.parametrize(
    "changes",
    [
        {"accepted_count": 1},  # Two judged of one reported.
        {"accepted_count": -1, "held_count": 1, "refused_count": 1},
        {"accepted_count": 1, "held_count": -1, "refused_count": 1},
        {"accepted_count": 1, "held_count": 1, "refused_count": -1},
        {"generation_count": 0, "refused_count": 0},
        {"batch_number": 0},
        {"last_month": SEPTEMBER},
        {"root": b"short"},
        {"previous_head": b"short"},
    ],
    ids=str,
)
def test_a_batch_that_cannot_be_is_refused(
    changes: dict[str, Any], writer: Connection, scene: Scene
) -> None:
    head = chain_head(
        previous=changes.get("previous_head", EMPTY_HEAD),
        number=changes.get("batch_number", 1),
        count=changes.get("generation_count", 1),
        root=changes.get("root", ROOT),
    )
    with pytest.raises(errors.CheckViolation):
        _report(writer, scene, {}, **{"head": head} | changes)


# Judgements ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decision", "reasons"), [("accepted", ["license_ended"]), ("refused", []), ("held", [])]
)
def test_what_is_not_accepted_has_a_reason_and_what_is_accepted_has_none(
    decision: str, reasons: list[str], writer: Connection, scene: Scene
) -> None:
    with pytest.raises(errors.CheckViolation):
        add_judgement(writer, scene.licensee, "new", decision=decision, reasons=reasons)


def test_a_judgement_names_no_license_of_somebody_else(writer: Connection, scene: Scene) -> None:
    with pytest.raises(errors.ForeignKeyViolation):
        add_judgement(writer, scene.rival, "new", license_id=scene.license)


@pytest.mark.parametrize(
    "changes", [{"decision": "waved through"}, {"judgement_hash": b"short"}], ids=str
)
def test_a_judgement_that_cannot_be_is_refused(
    changes: dict[str, Any], writer: Connection, scene: Scene
) -> None:
    with pytest.raises(errors.CheckViolation):
        add_judgement(writer, scene.licensee, "new", **changes)


def test_a_judgement_is_kept_once_by_each_licensee(writer: Connection, scene: Scene) -> None:
    add_judgement(writer, scene.licensee, "new")
    with pytest.raises(errors.UniqueViolation):
        add_judgement(writer, scene.licensee, "new")
    add_judgement(writer, scene.rival, "new")
