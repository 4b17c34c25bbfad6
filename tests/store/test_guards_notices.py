"""What the database itself refuses of notices: figures nobody was paid, steps out of turn."""

import pytest
from psycopg import errors

from tests.store import noticed, recorded
from tests.store.scene import Connection, Scene, refused

REPLY: dict[str, object] = {"version": 2, "state": "confirmed", "mode": "reply"}
DISPUTE: dict[str, object] = {**REPLY, "state": "disputed", "reason": "Another name"}


def test_a_notice_says_what_was_paid(writer: Connection, scene: Scene) -> None:
    def write(**changes: object) -> None:
        with writer.transaction():
            document = noticed.write_paid_and_document(writer, scene)
            noticed.write_notice(writer, scene, document, **changes)

    with refused("notice_differs_from_payout"):
        write(payable_minor=101, payout_minor=101)
    with pytest.raises(errors.CheckViolation):
        write(payout_minor=99)  # It does not even add up.
    write()


def test_what_was_not_released_is_not_told_of(writer: Connection, scene: Scene) -> None:
    with refused("notice_differs_from_payout"), writer.transaction():
        document = noticed.write_paid_and_document(writer, scene, released=False)
        noticed.write_notice(writer, scene, document)


@pytest.mark.parametrize(
    ("steps", "is_taken"),
    [
        ([{}], True),
        ([{}, REPLY], True),
        ([{}, DISPUTE, {**REPLY, "version": 3}], True),
        ([{}, {**REPLY, "mode": "clause", "clause": "after 14 days"}], True),
        ([{"version": 2}], False),  # It is sent first,
        ([REPLY | {"version": 1}], False),  # and nothing is said before.
        ([{}, {"version": 2}], False),
        ([{}, REPLY, {**REPLY, "version": 3}], False),
        ([{}, {**REPLY, "version": 3}], False),  # A step is missing.
        (
            [
                {},
                {"version": 2, "state": "corrected", "reason": "x"},
                {**REPLY, "version": 3},
            ],
            False,
        ),
    ],
)
def test_steps_follow_each_other(
    writer: Connection, scene: Scene, steps: list[dict[str, object]], is_taken: bool
) -> None:
    def write() -> None:
        with writer.transaction():
            document = noticed.write_paid_and_document(writer, scene)
            noticed.write_notice(writer, scene, document)
            for step in steps:
                noticed.write_step(writer, scene, document, **step)

    if is_taken:
        write()
        return
    with refused("notice_step_out_of_turn"):
        write()


@pytest.mark.parametrize(
    "changes",
    [
        {**DISPUTE, "reason": ""},  # A dispute says why,
        {**REPLY, "mode": None},  # a confirmation how it came,
        {**REPLY, "mode": "clause"},  # silence by which words,
        {**DISPUTE, "mode": "clause", "clause": "x"},  # and silence disputes nothing.
    ],
)
def test_a_step_says_how_and_why(
    writer: Connection, scene: Scene, changes: dict[str, object]
) -> None:
    def write() -> None:
        with writer.transaction():
            document = noticed.write_paid_and_document(writer, scene)
            noticed.write_notice(writer, scene, document)
            noticed.write_step(writer, scene, document)
            noticed.write_step(writer, scene, document, **changes)

    with pytest.raises(errors.CheckViolation):
        write()


def test_an_invoice_for_the_fee_is_what_the_settlement_took(
    writer: Connection, scene: Scene
) -> None:
    def write(**changes: object) -> None:
        with writer.transaction():
            document = recorded.write_settled_and_document(writer, scene)
            recorded.write_fee_invoice(writer, scene, document, **changes)

    with refused("fee_invoice_differs"):
        write(subtotal_minor=9, total_minor=10)
    write()
