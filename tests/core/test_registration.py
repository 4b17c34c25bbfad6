"""Registration numbers: the published check digit, refusals with a remedy, validity by day."""

import json
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.jp import cn

from ledger.core.registration import (
    NotACorporateNumberBase,
    NotARegistrationNumber,
    PartyKind,
    RegistrationEndsTooEarly,
    RegistrationPeriod,
    RegistrationProblem,
    RegistrationsOverlap,
    WrongCheckDigit,
    check_digit,
    number_on,
    parse_registration_number,
)

BASES = st.text(alphabet="0123456789", min_size=12, max_size=12)


@pytest.mark.parametrize(
    ("base", "digit"),
    [
        ("700110005901", 8),  # The worked example of the National Tax Agency: 9 - 37 mod 9.
        ("234567890123", 9),  # A remainder of 0 gives 9, never 0.
        ("000012050002", 7),  # The Agency's own number.
        ("000000000000", 9),  # The smallest base.
    ],
)
def test_check_digit_follows_the_published_rule(base: str, digit: int) -> None:
    assert check_digit(base) == digit


@pytest.mark.parametrize(
    "base", ["70011000590", "8700110005901", "70011000590x", "７００１１０００５９０１"]
)
def test_check_digit_takes_twelve_half_width_digits_only(base: str) -> None:
    with pytest.raises(NotACorporateNumberBase) as refusal:
        check_digit(base)
    assert refusal.value.value == base


@settings(max_examples=10)
@given(base=BASES)
def test_check_digit_agrees_with_an_independent_implementation(base: str) -> None:
    assert check_digit(base) == int(cn.calc_check_digit(base))


@settings(max_examples=10)
@given(base=BASES, place=st.integers(0, 11), digit=st.integers(0, 9))
def test_one_wrong_digit_is_found_unless_it_swaps_0_and_9(
    base: str, place: int, digit: int
) -> None:
    mistyped = f"{base[:place]}{digit}{base[place + 1 :]}"
    is_same = {base[place], str(digit)} in ({"0", "9"}, {str(digit)})
    assert (check_digit(mistyped) == check_digit(base)) is is_same


@settings(max_examples=10)
@given(base=BASES, kind=st.sampled_from(PartyKind))
def test_a_number_with_its_check_digit_is_taken_without_a_warning(
    base: str, kind: PartyKind
) -> None:
    text = f"T{check_digit(base)}{base}"
    number = parse_registration_number(text, kind=kind)
    assert (number.text, number.warning) == (text, None)


@pytest.mark.parametrize(
    ("text", "expected_digit"),
    [
        ("T1234567890123", 9),  # Seen in many templates.
        ("T7654321098765", 8),  # An example number of JP PINT.
        ("T0123456789012", 7),  # No corporate number begins with 0.
    ],
)
def test_a_wrong_check_digit_is_an_error_for_companies_and_a_warning_for_individuals(
    text: str, expected_digit: int
) -> None:
    with pytest.raises(WrongCheckDigit) as refusal:
        parse_registration_number(text, kind=PartyKind.COMPANY)
    assert refusal.value.expected_digit == expected_digit
    assert refusal.value.field == "registration_number"
    assert refusal.value.values == {
        "value": text,
        "digit": text[1],
        "expected_digit": str(expected_digit),
    }

    number = parse_registration_number(text, kind=PartyKind.INDIVIDUAL)
    assert number.text == text
    assert number.warning is not None
    assert number.warning.expected_digit == expected_digit


SHAPE = "T#############"


@pytest.mark.parametrize(
    ("text", "problem", "suggestion"),
    [
        ("Ｔ８７００１１０００５９０１", RegistrationProblem.NOT_HALF_WIDTH, "T8700110005901"),
        ("T８700110005901", RegistrationProblem.NOT_HALF_WIDTH, "T8700110005901"),
        ("T8-7001-1000-5901", RegistrationProblem.HAS_SEPARATORS, "T8700110005901"),
        (" T8700110005901", RegistrationProblem.HAS_SEPARATORS, "T8700110005901"),
        ("t8700110005901", RegistrationProblem.LOWER_CASE_T, "T8700110005901"),
        ("8700110005901", RegistrationProblem.MISSING_T, "T8700110005901"),
        # The rest could be any number, so only the shape is suggested.
        ("T870011000590", RegistrationProblem.NOT_THIRTEEN_DIGITS, SHAPE),
        ("T87001100059011", RegistrationProblem.NOT_THIRTEEN_DIGITS, SHAPE),
        ("T870011000590O", RegistrationProblem.NOT_THIRTEEN_DIGITS, SHAPE),
        ("", RegistrationProblem.MISSING_T, SHAPE),
        ("登録番号", RegistrationProblem.NOT_HALF_WIDTH, SHAPE),
    ],
)
@pytest.mark.parametrize("kind", PartyKind)
def test_another_shape_is_refused_with_its_problem_and_a_remedy(
    text: str, problem: RegistrationProblem, suggestion: str, kind: PartyKind
) -> None:
    with pytest.raises(NotARegistrationNumber) as refusal:
        parse_registration_number(text, kind=kind)
    assert refusal.value.values == {"value": text, "problem": problem, "suggestion": suggestion}


LAPSED = RegistrationPeriod(
    number="T8700110005901", valid_from=date(2023, 10, 1), valid_to=date(2026, 4, 1)
)
RENEWED = RegistrationPeriod(number="T9234567890123", valid_from=date(2026, 6, 1))


@pytest.mark.parametrize(
    ("day", "number"),
    [
        (date(2023, 9, 30), None),  # The day before the first registration.
        (date(2023, 10, 1), LAPSED.number),  # The first day is included.
        (date(2026, 3, 31), LAPSED.number),  # The last day before it lapsed.
        (date(2026, 4, 1), None),  # The day it lapsed is excluded.
        (date(2026, 6, 1), RENEWED.number),  # Registered again, under another number.
        (date(2099, 1, 1), RENEWED.number),  # No end is known.
    ],
)
def test_the_number_is_the_one_valid_on_the_day_of_supply(day: date, number: str | None) -> None:
    assert number_on([LAPSED, RENEWED], day=day) == number


def test_two_numbers_on_one_day_are_refused_but_one_number_twice_is_not() -> None:
    beside = RegistrationPeriod(number="T9234567890123", valid_from=date(2026, 3, 31))
    with pytest.raises(RegistrationsOverlap) as refusal:
        number_on([LAPSED, beside], day=date(2026, 3, 31))
    assert refusal.value.numbers == (LAPSED.number, beside.number)
    assert number_on([RENEWED, beside], day=date(2026, 6, 1)) == beside.number


@pytest.mark.parametrize("length", [0, -1])
def test_a_registration_lasts_at_least_one_day(length: int) -> None:
    begins = date(2026, 4, 1)
    with pytest.raises(RegistrationEndsTooEarly) as refusal:
        RegistrationPeriod(
            number="T8700110005901", valid_from=begins, valid_to=begins + timedelta(days=length)
        )
    assert refusal.value.values["valid_from"] == "2026-04-01"


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    """The cases of the research folder, where it lies beside the repository."""
    beside = Path(__file__).resolve().parents[3] / "shared"
    path = Path(os.environ.get("GENBO_SHARED", beside)) / "oracles" / "japan.json"
    if not path.is_file():
        pytest.skip(f"{path.name} is neither under GENBO_SHARED nor in ../shared/oracles")
    cases: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["t_number"]
    return cases


def test_real_numbers_are_taken_and_published_mistakes_refused(published: dict[str, Any]) -> None:
    for case in published["valid"]:
        parse_registration_number(case["t_number"], kind=PartyKind.COMPANY)
    for case in published["invalid_check_digit"]:
        with pytest.raises(WrongCheckDigit) as refusal:
            parse_registration_number(case["t_number"], kind=PartyKind.COMPANY)
        assert refusal.value.expected_digit == case["expected_first_digit"]
    for number in published["undetected_single_digit_errors_of_8700110005901"]:
        parse_registration_number(f"T{number}", kind=PartyKind.COMPANY)


#: The folder calls it right; by the rule, and by python-stdnum, its first digit would be 3.
MISJUDGED = "T1234567890129"


def test_published_shapes_are_told_apart(published: dict[str, Any]) -> None:
    cases = [case for case in published["format_cases"] if case["input"] != MISJUDGED]
    assert len(cases) > 5
    for case in cases:
        assert not case["ok"]
        with pytest.raises((NotARegistrationNumber, WrongCheckDigit)):
            parse_registration_number(case["input"], kind=PartyKind.COMPANY)


def test_a_number_the_folder_misjudges_is_refused() -> None:
    assert not cn.is_valid(MISJUDGED.removeprefix("T"))
    with pytest.raises(WrongCheckDigit):
        parse_registration_number(MISJUDGED, kind=PartyKind.COMPANY)
