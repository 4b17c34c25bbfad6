"""A generation is checked field by field before anything is sent, by the server's own rules."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from api.client import Generation, GenerationInvalid, SubjectUse
from api.client.generation import encode_event
from ledger.core.usage import Modality, Unit, UseClass
from tests.api.reported import an_event, taken
from tests.refusals import refusal

AT = datetime(2026, 8, 3, 10, 15, tzinfo=timezone(timedelta(hours=9)))


def a_generation(**changes: Any) -> Generation:
    facts: dict[str, Any] = {
        "source": "studio-a/images",
        "id": "01K6Z3N8S2-0",
        "time": AT,
        "license": "LIC-2026-001",
        "subjects": ("kaze-no-machi",),
        "use_class": "generation",
        "modality": "image",
        "quantity": 1,
        "unit": "image",
        "territory": "JP",
    }
    return Generation(**facts | changes)


def test_a_generation_is_the_event_it_stands_for() -> None:
    full = {
        "quantity": "12.50",
        "net_revenue": "3.10",
        "currency": "USD",
        "model": "nagare-xl-2",
        "output_sha256": "ab" * 32,
        "title": "風の町",
    }
    typed = a_generation(
        **full | {"quantity": Decimal("12.50"), "net_revenue": Decimal("3.10")},
        subjects=(SubjectUse("kaze-no-machi", 6_000), SubjectUse("yoru"), "umi"),
        use_class=UseClass.GENERATION,
        modality=Modality.IMAGE,
        unit=Unit.IMAGE,
    )
    subjects = [{"id": "kaze-no-machi", "weight_bp": 6_000}, {"id": "yoru"}, {"id": "umi"}]
    assert json.loads(typed.encoded()) == an_event(subjects=subjects, **full)


def test_what_is_not_known_is_said_and_what_is_not_given_is_not() -> None:
    event = json.loads(a_generation(quantity=None).encoded())
    assert event["quantity"] is None
    assert set(event) == set(an_event())


def test_a_decimal_keeps_its_digits() -> None:
    quantity = Decimal("123456789012345.123456789012345")
    assert taken(a_generation(quantity=quantity).encoded()).quantity == quantity


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"quantity": 1.5}, "quantity", "number_not_exact"),
        ({"quantity": 1.0}, "quantity", "number_not_exact"),
        ({"net_revenue": 0.1}, "net_revenue", "number_not_exact"),
        ({"quantity": Decimal("NaN")}, "quantity", "number_not_exact"),
        ({"quantity": "12,5"}, "quantity", "number_not_exact"),
        ({"quantity": -1}, "quantity", "number_negative"),
        ({"quantity": True}, "quantity", "field_invalid"),
        ({"quantity": "9" * 31}, "quantity", "number_too_long"),
        ({"time": datetime(2026, 8, 3)}, "time", "field_invalid"),  # noqa: DTZ001
        ({"time": "2026-08-03T10:15:00Z"}, "time", "field_invalid"),  # A datetime, not its text.
        ({"time": datetime(1999, 8, 3, tzinfo=UTC)}, "time", "time_out_of_range"),
        ({"subjects": "kaze-no-machi"}, "subjects", "field_invalid"),  # Not one letter each.
        ({"subjects": ()}, "subjects", "field_invalid"),
        ({"subjects": ("a", "a")}, "subjects", "field_invalid"),
        ({"subjects": (SubjectUse("a", 10_001),)}, "subjects/0/weight_bp", "field_invalid"),
        ({"use_class": "drawing"}, "use_class", "field_invalid"),
        ({"modality": "picture"}, "modality", "field_invalid"),
        ({"unit": "piece"}, "unit", "field_invalid"),
        ({"territory": "jp"}, "territory", "field_invalid"),
        ({"currency": "ZZZ"}, "currency", "currency_unknown"),
        ({"output_sha256": "AB" * 32}, "output_sha256", "field_invalid"),
        ({"source": ""}, "source", "field_invalid"),
        ({"id": "a\nb"}, "id", "field_invalid"),
        ({"license": None}, "license", "field_missing"),
        ({"title": "あ" * 257}, "title", "field_invalid"),
    ],
)
def test_the_field_at_fault_is_named(changes: dict[str, Any], field: str, problem: str) -> None:
    with refusal("generation_invalid", field) as caught:
        a_generation(**changes)
    (refused,) = caught
    assert isinstance(refused, GenerationInvalid)
    assert refused.problem == problem
    assert refused.values["name"] == field


def test_a_text_that_cannot_be_written_is_no_event() -> None:
    with refusal("generation_invalid", "event"):
        a_generation(title="\ud800")


def test_an_event_larger_than_64_kib_is_not_made() -> None:
    names = tuple(f"{number}{'あ' * 250}" for number in range(50))
    a_generation(subjects=names)
    with refusal("generation_invalid", "event"):
        a_generation(subjects=tuple("\x7f" + name for name in names) * 2)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_mapping_never_turns_a_number_into_unknown(value: float) -> None:
    """JSON has no NaN, and its null would be held as a quantity that is not known."""
    with refusal("generation_invalid", "quantity"):
        encode_event(an_event(quantity=value))


def test_a_mapping_is_left_to_the_server() -> None:
    assert json.loads(encode_event({"quantity": 1.5, "extra": 1})) == {"quantity": 1.5, "extra": 1}
