"""What is set off or waits before a payee is paid stays within what there is."""

import pytest
from psycopg import errors

from tests.store import withheld
from tests.store.scene import NOVEMBER, Connection, Scene, add, add_document, refused


@pytest.mark.parametrize(("used", "is_taken"), [(100, True), (101, False)])
def test_no_more_is_set_off_against_an_advance_than_was_paid(
    writer: Connection, scene: Scene, used: int, is_taken: bool
) -> None:
    def use() -> None:
        with writer.transaction():
            settlement = withheld.write_paid_advance(writer, scene)
            withheld.write_advance_use(writer, scene, settlement, used)

    if is_taken:
        use()
        return
    with refused("payee_advance_overdrawn"):
        use()


def test_an_advance_that_is_paid_is_not_withdrawn(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        withheld.write_paid_advance(writer, scene)
    with refused("payee_advance_paid_and_withdrawn"), writer.transaction():
        withheld.write_advance_withdrawal(writer, scene)


def test_an_advance_that_is_withdrawn_is_not_paid(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        settlement = withheld.write_advance_and_settlement(writer, scene)
        withheld.write_advance_withdrawal(writer, scene)
        with refused("payee_advance_paid_and_withdrawn"), writer.transaction():
            withheld.write_advance_payment(writer, scene, settlement)


BORNE: dict[str, object] = {
    "kind": "reserve_borne",
    "reserve_claim_id": 1,
    "amount_minor": 40,
    "tax_minor": 4,
}


@pytest.mark.parametrize(
    ("uses", "is_taken"),
    [
        ([{}], True),
        ([{"amount_minor": 99}], False),  # A release leaves nothing,
        ([{"tax_minor": 9}], False),  # of its tax neither.
        ([BORNE | {"amount_minor": 101, "tax_minor": 0}], False),
        ([BORNE, {"amount_minor": 60, "tax_minor": 6}], True),
        ([BORNE, {}], False),
        ([{}, BORNE], False),
    ],
)
def test_a_reserve_is_used_within_what_it_has(
    writer: Connection, scene: Scene, uses: list[dict[str, object]], is_taken: bool
) -> None:
    def use() -> None:
        with writer.transaction():
            settlement = withheld.write_settled_reserve(writer, scene)
            for position, changes in enumerate(uses):
                withheld.write_reserve_use(writer, scene, settlement, **changes, position=position)

    if is_taken:
        use()
        return
    with refused("reserve_overdrawn"):
        use()


def test_a_reserve_is_released_once(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        settlement = withheld.write_settled_reserve(writer, scene)
        withheld.write_reserve_use(writer, scene, settlement)
        with pytest.raises(errors.UniqueViolation), writer.transaction():
            withheld.write_reserve_use(
                writer, scene, settlement, position=1, amount_minor=0, tax_minor=0
            )


@pytest.mark.parametrize("changes", [{"reserve_bp": 100}, {"reserve_months": 2}])
def test_an_entrustment_says_how_much_is_held_and_for_how_long(
    writer: Connection, scene: Scene, changes: dict[str, int]
) -> None:
    terms = {"owner_id": scene.holder, "admin_fee_bp": 0, "effective_from": NOVEMBER}
    with pytest.raises(errors.CheckViolation), writer.transaction():
        add(writer, "entrustment", **terms, **changes)


@pytest.mark.parametrize(
    ("changes", "is_taken"),
    [
        ({}, True),
        ({"released_minor": 5, "released_tax_minor": 1, "left_bp": 1_500}, True),
        ({"released_minor": 21, "left_bp": 1}, False),
        ({"released_minor": -1, "left_bp": 1}, False),
        ({"released_minor": 19}, False),  # Nothing is disputed, and something is left.
        ({"released_tax_minor": 1}, False),
    ],
)
def test_no_more_is_released_than_waits(
    writer: Connection, scene: Scene, changes: dict[str, int], is_taken: bool
) -> None:
    def use() -> None:
        with writer.transaction():
            settlement = withheld.write_settled_suspense(writer, scene)
            withheld.write_suspense_release(writer, scene, settlement, **changes)

    if is_taken:
        use()
        return
    with refused("suspense_overdrawn"):
        use()


def test_a_claim_has_its_versions_in_order(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        claim = withheld.write_claim(writer, scene)
        withheld.write_claim_version(writer, scene, claim)
    with refused("claim_version_missing"), writer.transaction():
        withheld.write_claim_version(writer, scene, claim, version=3)
    with writer.transaction():
        withheld.write_claim_version(writer, scene, claim, version=2, state="withdrawn")


@pytest.mark.parametrize(
    "changes", [{"share_bp": 0}, {"share_bp": 10_001}, {"ends_on": NOVEMBER}, {"state": "won"}]
)
def test_a_claim_that_says_nothing_is_refused(
    writer: Connection, scene: Scene, changes: dict[str, object]
) -> None:
    with pytest.raises(errors.CheckViolation), writer.transaction():
        withheld.write_claim_version(writer, scene, withheld.write_claim(writer, scene), **changes)


@pytest.mark.parametrize(
    ("steps", "is_taken"),
    [
        ([{}], True),
        ([{}, {"version": 2, "state": "upheld"}], True),
        ([{}, {"version": 3, "state": "upheld"}], False),
        ([{"state": "withdrawn"}], False),
        ([{"state": "accepted"}, {"version": 2, "state": "rejected"}], False),
        ([{}, {"version": 2, "state": "upheld", "line": "2"}], False),
    ],
)
def test_what_is_said_to_a_statement_is_said_in_turn(
    writer: Connection, scene: Scene, steps: list[dict[str, object]], is_taken: bool
) -> None:
    def write() -> None:
        with writer.transaction():
            document = add_document(writer, scene.holder, 1)
            for step in steps:
                withheld.write_answer(writer, scene, document, **step)

    if is_taken:
        write()
        return
    with refused("statement_answer_out_of_turn"):
        write()


@pytest.mark.parametrize("changes", [{"line": "first"}, {"line": "0"}, {"reason": ""}])
def test_an_answer_says_to_what_and_why(
    writer: Connection, scene: Scene, changes: dict[str, object]
) -> None:
    with pytest.raises(errors.CheckViolation), writer.transaction():
        withheld.write_answer(writer, scene, add_document(writer, scene.holder, 1), **changes)
