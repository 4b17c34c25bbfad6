"""A license has one currency, and who goes by which rates is said once, whoever writes it."""

from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg import errors

from tests.store import translated
from tests.store.scene import NOW, Connection, Scene, add, add_grant, refused

AGREED: dict[str, Any] = {
    "book_id": 1,
    "holder_id": None,
    "currency": "USD",
    "effective_from": date(2026, 10, 1),
    "source": "ttm",
    "clause_reference": "第12条",
    "recorded_at": NOW,
    "recorded_by": "keiri",
}


def test_another_grant_of_a_license_is_priced_in_its_currency(
    writer: Connection, scene: Scene
) -> None:
    def in_dollars() -> None:
        with writer.transaction():
            grant = add_grant(writer, scene.licensee, scene.license, 9)
            add(
                writer,
                "terms_version",
                license_grant_id=grant,
                licensee_id=scene.licensee,
                version=1,
                effective_from=NOW,
                clause_reference="3.2",
                currency="USD",
                rounding="truncate",
                recognition="cash",
                recorded_at=NOW,
            )

    with refused("license_currency_differs"):
        in_dollars()


def test_a_source_is_agreed_once_for_a_currency_and_day(writer: Connection, scene: Scene) -> None:
    def agree(**changes: Any) -> None:
        with writer.transaction():
            add(writer, "exchange_terms", **(AGREED | changes))

    agree()
    with pytest.raises(errors.UniqueViolation):
        agree(source="another")  # Also where no holder is named, and NULL equals NULL.
    agree(holder_id=scene.holder)
    for changes in ({"currency": "usd"}, {"source": ""}, {"clause_reference": ""}):
        with pytest.raises(psycopg.errors.CheckViolation):
            agree(**{"effective_from": date(2027, 1, 1), **changes})


def test_what_is_translated_of_a_line_is_what_was_divided_of_it(
    writer: Connection, scene: Scene
) -> None:
    def beside_the_line() -> None:
        with writer.transaction():
            settlement = translated.write_settled_holder_and_use(writer, scene)
            line = {"prepayment_use_id": None, "royalty_line_id": 1}
            translated.write_translation(writer, scene, settlement, **line)

    with refused("translation_differs"):
        beside_the_line()


@pytest.mark.parametrize(
    "changes",
    [
        {"royalty_line_id": 1},  # Of a line and of an advance at once.
        {"rate": "1.5"},  # A fraction is exact, and a decimal may not be.
        {"rate_on": date(2026, 11, 6)},  # After the day that is meant.
    ],
)
def test_a_translation_says_what_of_and_by_which_rate(
    writer: Connection, scene: Scene, changes: dict[str, Any]
) -> None:
    def wrongly() -> None:
        with writer.transaction():
            settlement = translated.write_settled_holder_and_use(writer, scene)
            translated.write_translation(writer, scene, settlement, **changes)

    with pytest.raises(errors.CheckViolation):
        wrongly()
