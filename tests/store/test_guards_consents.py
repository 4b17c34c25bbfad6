"""A consent is withdrawn from a day on which it was given already."""

from datetime import date

from tests.store.scene import Connection, Scene, add, refused

GIVEN_ON = date(2026, 4, 1)


def consent(connection: Connection, scene: Scene) -> dict[str, object]:
    """Write a consent to the use of the scene's subject, and return what names it."""
    of = {"subject_id": scene.subject, "owner_id": scene.holder}
    key = add(
        connection,
        "consent",
        reference="CON-1",
        performer="Minami Hikari",
        use_classes=["voice_synthesis"],
        languages=[],
        given_on=GIVEN_ON,
        notice_period_days=30,
        recorded_at="2026-04-01T00:00:00Z",
        recorded_by="desk",
        **of,
    )
    return {"consent_id": key, **of}


def withdraw(connection: Connection, named: dict[str, object], on: date) -> None:
    add(
        connection,
        "consent_withdrawal",
        withdrawn_on=on,
        reason="asked for",
        recorded_at="2026-04-01T00:00:00Z",
        recorded_by="desk",
        **named,
    )


def test_a_consent_is_not_withdrawn_before_it_was_given(writer: Connection, scene: Scene) -> None:
    named = consent(writer, scene)
    with refused("withdrawn_before_given"):
        withdraw(writer, named, date(2026, 3, 31))
    withdraw(writer, named, GIVEN_ON)  # On the very day.
