"""Generations kept by column are the ones they were made of."""

from dataclasses import fields
from datetime import timedelta
from decimal import Decimal

from ledger.core.columns import Columns, is_same
from ledger.core.usage import ReportedGeneration
from tests.core.licensed import NOW
from tests.core.test_batch import KAZE, YORU, reported

ROWS = [
    reported(event_id=str(number), subjects=(each,), quantity=quantity, title=title, occurred_at=at)
    for number, (each, quantity, title, at) in enumerate(
        [
            (KAZE, Decimal(1), None, NOW),
            (YORU, None, "夜の海", NOW + timedelta(days=1)),
            (KAZE, Decimal("2.50"), None, NOW),
        ]
    )
]


def test_rows_come_back_as_they_were() -> None:
    columns = Columns.of(ROWS)
    assert [*columns] == columns.rows == ROWS
    assert [columns.row(index) for index in range(3)] == ROWS
    assert (len(columns), columns[1], columns[1:]) == (3, ROWS[1], ROWS[1:])
    assert columns.event_ids == ("0", "1", "2")


def test_each_column_is_the_field_that_it_is_named_for() -> None:
    """They are handed on by position, and a new field has its place among them."""
    columns = Columns.of([ReportedGeneration._make(ReportedGeneration._fields)])
    assert {field.name: getattr(columns, field.name)[0] for field in fields(Columns)} == {
        "sources": "source",
        "event_ids": "event_id",
        "times": "occurred_at",
        "licenses": "license_reference",
        "subjects": "subjects",
        "use_classes": "use_class",
        "modalities": "modality",
        "units": "unit",
        "territories": "territory",
        "quantities": "quantity",
        "net_revenues": "net_revenue",
        "currencies": "currency",
        "models": "model",
        "outputs": "output_sha256",
        "titles": "title",
        "c2pa_states": "c2pa",
        "languages": "language",
        "clearances": "clearance",
    }


def test_columns_are_not_made_twice() -> None:
    columns = Columns.of(ROWS)
    assert Columns.of(columns) is columns


def test_some_of_them_are_taken_in_the_order_that_is_asked_for() -> None:
    assert [*Columns.of(ROWS).only([2, 0])] == [ROWS[2], ROWS[0]]


def test_nothing_has_columns_too() -> None:
    nothing = Columns.of([])
    assert [*nothing] == [*nothing.only([])] == []
    assert not nothing


def test_a_column_is_the_same_or_it_is_not() -> None:
    assert is_same(["a", "a"])
    assert is_same([None])
    assert not is_same(["a", "a", "b"])
