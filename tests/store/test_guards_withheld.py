"""What is set off or waits before a payee is paid stays within what there is."""

import pytest

from tests.store import withheld
from tests.store.scene import Connection, Scene, refused


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
