"""What the database refuses of lines divided by their invoice, and of the house's own money."""

from datetime import date
from typing import Any

import pytest
from psycopg import Rollback, errors

from tests.store import accrued
from tests.store.scene import NOVEMBER, NOW, Connection, Scene, add, refused


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_minor": 11},  # A part of it.
        {"amount_minor": 11, "tax_minor": 1},  # Tax that was not charged.
        {"tax_minor": -1},
    ],
)
def test_what_is_divided_is_what_the_invoice_asks_for(
    writer: Connection, scene: Scene, changes: dict[str, Any]
) -> None:
    with refused("accrued_line_differs"), writer.transaction():
        settlement = accrued.write_settlement(writer, scene)
        accrued.write_accrued_line(writer, scene, settlement, **changes)


def test_a_line_is_not_divided_before_its_month(writer: Connection, scene: Scene) -> None:
    with refused("accrued_line_differs"), writer.transaction():
        settlement = accrued.write_settlement(writer, scene, date(2026, 9, 1))
        accrued.write_accrued_line(writer, scene, settlement)


def test_a_line_is_divided_once(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        settlement = accrued.write_settlement(writer, scene)
        accrued.write_accrued_line(writer, scene, settlement)
        with pytest.raises(errors.UniqueViolation):
            accrued.write_accrued_line(writer, scene, settlement)
        raise Rollback


@pytest.mark.parametrize("said", ["accrual", "cash"])
def test_a_line_under_cash_terms_is_not_divided_by_its_invoice(
    writer: Connection, scene: Scene, said: str
) -> None:
    with writer.transaction():
        settlement = accrued.write_settlement(writer, scene, recognition="cash")
        with pytest.raises((errors.ForeignKeyViolation, errors.CheckViolation)):
            accrued.write_accrued_line(writer, scene, settlement, recognition=said)
        raise Rollback


@pytest.mark.parametrize(("agreed", "said"), [("accrual", "cash"), ("cash", "accrual")])
def test_a_line_has_the_basis_of_its_terms_whatever_is_written(
    writer: Connection, scene: Scene, agreed: str, said: str
) -> None:
    with writer.transaction():
        accrued.write_invoice(writer, scene, agreed, said)
        found = writer.execute("SELECT recognition FROM royalty_line").fetchone()
    assert found == (agreed,)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"amount_minor": 0}, errors.CheckViolation),
        ({"kind": "lend"}, errors.CheckViolation),
        ({"bank_reference": ""}, errors.CheckViolation),
        ({"reason": ""}, errors.CheckViolation),
        ({"bank_reference": "own 1"}, errors.UniqueViolation),  # Told already.
    ],
)
def test_the_houses_money_is_moved_for_a_reason_and_once(
    writer: Connection, changes: dict[str, Any], error: type[Exception]
) -> None:
    values: dict[str, object] = {
        "book_id": 1,
        "kind": "put",
        "currency": "JPY",
        "amount_minor": 100,
        "moved_on": NOVEMBER,
        "bank_reference": "own 1",
        "reason": "accrued royalty",
        "recorded_at": NOW,
        "recorded_by": "keiri",
    }
    with writer.transaction():
        add(writer, "own_funds_move", **values)
    with pytest.raises(error):
        add(writer, "own_funds_move", **values | {"bank_reference": "own 2"} | changes)
