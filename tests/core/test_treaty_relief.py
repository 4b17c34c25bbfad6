"""Relief by a treaty: from when on it holds, and what cannot be entered."""

from datetime import date
from typing import Any

import pytest

from ledger.core.treaty_relief import LastPayment, NewTreatyRelief, check_relief, table_says
from tests.refusals import refusal

TODAY = date(2026, 12, 26)
PAID = LastPayment(run="PAY-2026-11", pay_on=date(2026, 12, 25), is_released=True)


def relief(**changes: Any) -> NewTreatyRelief:
    values: dict[str, Any] = {"rate_bp": 1_000, "form_filed_on": date(2026, 12, 25)}
    return NewTreatyRelief(**values | changes)


def check(new: NewTreatyRelief, **changes: Any) -> None:
    known: dict[str, Any] = {"party": "han", "country": "KR", "today": TODAY, "last": None}
    check_relief(new, **known | changes)


def test_a_form_relieves_from_the_day_after_it_was_filed() -> None:
    assert relief().begins_on == date(2026, 12, 26)
    assert relief(valid_from=date(2027, 4, 1)).begins_on == date(2027, 4, 1)


@pytest.mark.parametrize(
    ("new", "known", "code", "field"),
    [
        (relief(), {"country": "JP"}, "treaty_relief_not_for_party", "party"),
        (relief(rate_bp=2_043), {}, "number_out_of_range", "rate_bp"),  # Above the flat rate.
        (relief(rate_bp=-1), {}, "number_out_of_range", "rate_bp"),
        (relief(), {"today": date(2026, 12, 24)}, "treaty_form_not_filed_yet", "form_filed_on"),
        (
            relief(valid_until=date(2026, 12, 25)),
            {},
            "treaty_relief_ends_before_it_begins",
            "valid_until",
        ),
        # The payment of the 25th stands; the form of the 24th came too late to be entered for it.
        (
            relief(form_filed_on=date(2026, 12, 24)),
            {"last": PAID},
            "treaty_relief_in_the_past",
            "valid_from",
        ),
    ],
)
def test_what_cannot_be_entered(
    new: NewTreatyRelief, known: dict[str, Any], code: str, field: str
) -> None:
    with refusal(code, field):
        check(new, **known)


def test_what_follows_the_last_payment_can_be_entered() -> None:
    check(relief(), last=PAID)
    check(relief(form_filed_on=date(2026, 12, 1), valid_from=TODAY), last=PAID)
    check(relief(rate_bp=2_042, valid_until=TODAY))  # The bounds themselves are taken.


def test_another_rate_than_that_of_the_table_is_told() -> None:
    assert table_says(relief(), country="KR") is None
    other = table_says(relief(rate_bp=0), country="KR")
    assert other is not None
    assert other.rate_bp == 1_000
    assert table_says(relief(), country="BO") is None  # No row: nothing is said.
