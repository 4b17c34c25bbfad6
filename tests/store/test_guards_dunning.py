"""An invoice is reminded of once for each day of its schedule, and a letter is one of two kinds."""

import pytest
from psycopg import errors

from tests.store import reminded
from tests.store.scene import NOW, Connection, Scene, add


def test_a_day_of_the_schedule_is_reminded_of_once(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        letter = reminded.write_invoice_and_letter(writer, scene)
        reminded.write_reminder(writer, scene, letter)
        reminded.write_reminder(writer, scene, letter, days=14)
    with pytest.raises(errors.UniqueViolation):
        _write(writer, scene)


def test_an_invoice_is_warned_of_once(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        letter = reminded.write_invoice_and_letter(writer, scene)
        reminded.write_reminder(writer, scene, letter, tone="warning", days=23)
    with pytest.raises(errors.UniqueViolation):
        _write(writer, scene, tone="warning", days=24)


def test_nothing_is_reminded_of_that_is_not_open(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        reminded.write_invoice_and_letter(writer, scene)
    with pytest.raises(errors.CheckViolation):
        _write(writer, scene, open_minor=0)


@pytest.mark.parametrize("left_out", ["email", "name", "language", "dunning_letter_id"])
def test_a_letter_says_to_whom_it_goes_and_about_what(
    left_out: str, writer: Connection, scene: Scene
) -> None:
    letter = reminded.write_letter(writer, scene)
    values: dict[str, object] = {
        "dunning_letter_id": letter,
        "email": "keiri@studio-a.example",
        "name": "経理部",
        "language": "ja",
        "recorded_at": NOW,
    }
    with pytest.raises(errors.CheckViolation), writer.transaction():
        add(writer, "mail", **{key: value for key, value in values.items() if key != left_out})
    with writer.transaction():
        add(writer, "mail", **values)
    with pytest.raises(errors.UniqueViolation), writer.transaction():
        add(writer, "mail", **values)  # Each address once.


@pytest.mark.parametrize(
    "changes",
    [
        {"days": [], "exempt_reason": ""},
        {"days": [1], "exempt_reason": "a subsidiary"},
        {"interest_percent": 0},
        {"interest_percent": "NaN"},
        {"suspend_after_days": 0},
    ],
)
def test_terms_are_terms(changes: dict[str, object], writer: Connection, scene: Scene) -> None:
    values: dict[str, object] = {
        "licensee_id": scene.licensee,
        "book_id": 1,
        "effective_from": NOW.date(),
        "days": [1],
        "exempt_reason": "",
        "contact_email": "",
        "recorded_at": NOW,
        "recorded_by": "me",
    }
    with pytest.raises(errors.CheckViolation), writer.transaction():
        add(writer, "dunning_terms", **values | changes)
    with writer.transaction():
        add(writer, "dunning_terms", **values)
    with pytest.raises(errors.UniqueViolation), writer.transaction():
        add(writer, "dunning_terms", **values)


def _write(connection: Connection, scene: Scene, **changes: object) -> None:
    """Write another letter about the one invoice."""
    with connection.transaction():
        letter = reminded.write_letter(connection, scene)
        reminded.write_reminder(connection, scene, letter, **changes)
