"""The tree of an explanation: exact text, nothing that is not there, new terms as they come."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from ledger.core.explanation import figure
from ledger.core.explanation_tree import Given, Kind, as_text, of_figure, of_record, step
from ledger.core.period import Month


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-3, "-3"),
        (Decimal("12.50"), "12.5"),
        (Decimal("1E+3"), "1000"),  # Never in powers of ten.
        (Fraction(8421, 200), "8421/200"),
        (Fraction(4, 2), "2"),
        (date(2026, 11, 1), "2026-11-01"),
        (datetime(2026, 11, 1, tzinfo=UTC), "2026-11-01T00:00:00+00:00"),
        (Month(2026, 11), "2026-11"),
        (b"\x01\xff", "01ff"),
        ("as it is ", "as it is "),
    ],
)
def test_every_value_has_one_exact_spelling(value: Given, text: str) -> None:
    assert value is not None
    assert as_text(value) == text


def test_what_is_not_there_is_left_out() -> None:
    built = step(
        "line",
        ("amount", Kind.AMOUNT, 0),
        ("cap", Kind.AMOUNT, None),
        steps=(None, step("unit"), None),
    )
    assert [value.code for value in built.values] == ["amount"]
    assert [each.code for each in built.walk()] == ["line", "unit"]
    assert built.text("cap") is None


def test_a_record_of_new_terms_shows_its_figures_by_their_endings() -> None:
    record = {
        "recouped_minor": 5,
        "hold_bp": 1_000,
        "held_on": "2026-11-01",
        "note": "first",
        "parts": [1, 2],  # Holds others: it is not a figure.
        "is_final": True,
        "nothing": None,
    }
    assert of_record(record, leaving_out=("note",)) == (
        ("recouped", Kind.AMOUNT, 5),
        ("hold", Kind.SHARE, 1_000),
        ("held_on", Kind.DAY, "2026-11-01"),
    )


def test_a_figure_of_a_rule_becomes_a_step() -> None:
    told = of_figure(figure("recouped", 90, base=300, rate=Decimal("0.3"), about="ADV-1"))
    assert (told.code, told.reference) == ("recouped", "ADV-1")
    assert [(value.code, value.text) for value in told.values] == [
        ("base", "300"),
        ("factor", "3/10"),
        ("amount", "90"),
    ]
