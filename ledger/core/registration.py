"""
Registration numbers of qualified-invoice issuers: their shape, check digit and validity.

A number is "T" and thirteen digits (消費税法57条の2, 57条の4). A company's digits are its
corporate number, whose first digit checks the other twelve; for individuals no such rule is
published, so there a mismatch is a warning and not a refusal. Whether a number may be printed
depends on the day of the supply, never on today: see :class:`RegistrationPeriod`.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from ledger.core.refusal import Refusal

_BASE_LENGTH = 12
_DIGITS = _BASE_LENGTH + 1
_SHAPE = "T" + "#" * _DIGITS
_SEPARATORS = str.maketrans("", "", "- \t")


class PartyKind(StrEnum):
    """What the law asks about a party first."""

    COMPANY = "company"
    INDIVIDUAL = "individual"


class RegistrationProblem(StrEnum):
    """Why text is not a registration number, in the order in which it is looked at."""

    NOT_HALF_WIDTH = "not_half_width"
    HAS_SEPARATORS = "has_separators"
    LOWER_CASE_T = "lower_case_t"
    MISSING_T = "missing_t"
    NOT_THIRTEEN_DIGITS = "not_thirteen_digits"


class NotARegistrationNumber(Refusal):
    """
    The text is not "T" and thirteen half-width digits.

    ``suggestion`` is the same number written properly, or the shape when that cannot be known.
    """

    code = "not_a_registration_number"
    field = "registration_number"

    def __init__(self, value: str, problem: RegistrationProblem, suggestion: str) -> None:
        super().__init__(value=value, problem=problem, suggestion=suggestion)
        self.problem = problem
        self.suggestion = suggestion


class NotACorporateNumberBase(ValueError):
    """The text is not the twelve half-width digits behind a check digit."""

    def __init__(self, value: str) -> None:
        super().__init__(f"{value!r} is not {_BASE_LENGTH} half-width digits")
        self.value = value


class WrongCheckDigit(Refusal):
    """The first digit does not follow from the other twelve: one of the thirteen is wrong."""

    code = "wrong_check_digit"
    field = "registration_number"

    def __init__(self, value: str, expected_digit: int) -> None:
        digit = value[-_DIGITS]
        super().__init__(value=value, digit=digit, expected_digit=expected_digit)
        self.expected_digit = expected_digit


class RegistrationEndsTooEarly(Refusal):
    """A registration ends on or before the day on which it begins."""

    code = "registration_ends_too_early"
    field = "valid_to"

    def __init__(self, number: str, valid_from: date, valid_to: date) -> None:
        super().__init__(number=number, valid_from=valid_from, valid_to=valid_to)


class RegistrationsOverlap(Refusal):
    """Two different numbers are said to be valid on one day: one of them must end before it."""

    code = "registrations_overlap"
    field = "registration_number"

    def __init__(self, numbers: tuple[str, ...], day: date) -> None:
        super().__init__(numbers=", ".join(numbers), day=day)
        self.numbers = numbers


@dataclass(frozen=True, kw_only=True)
class RegistrationNumber:
    """A well-formed number, with the doubt a person should see beside it, if there is one."""

    text: str
    warning: WrongCheckDigit | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class RegistrationPeriod:
    """The days on which a number may be used: the first included, ``valid_to`` excluded."""

    number: str
    valid_from: date
    valid_to: date | None = None  # The day it lapsed: 取消・失効年月日 of the public register.

    def __post_init__(self) -> None:
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise RegistrationEndsTooEarly(self.number, self.valid_from, self.valid_to)

    def covers(self, day: date) -> bool:
        """Return whether the number is valid on the day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


def check_digit(base: str) -> int:
    """
    Return the digit that goes before the twelve digits of a corporate number.

    9 − ((sum of the odd places from the right + 2 × sum of the even places) mod 9), from
    法人番号の指定等に関する省令 2条. It is never 0, and does not tell a 0 from a 9 elsewhere.

    >>> check_digit("700110005901")
    8

    :raises NotACorporateNumberBase: the text is not twelve half-width digits.
    """
    if len(base) != _BASE_LENGTH or not _is_digits(base):
        raise NotACorporateNumberBase(base)
    from_the_right = [int(digit) for digit in reversed(base)]
    return 9 - (sum(from_the_right[0::2]) + 2 * sum(from_the_right[1::2])) % 9


def parse_registration_number(text: str, *, kind: PartyKind) -> RegistrationNumber:
    """
    Read "T" and thirteen digits; nothing is corrected silently, as it goes to print as it is.

    >>> parse_registration_number("T8700110005901", kind=PartyKind.COMPANY).text
    'T8700110005901'

    :raises NotARegistrationNumber: the shape is wrong; carries the problem and a suggestion.
    :raises WrongCheckDigit: the check digit of a company's number is wrong. For an individual
        the same fact is returned as ``warning``.
    """
    problem = _problem_of(text)
    if problem is not None:
        raise NotARegistrationNumber(text, problem, _suggest(text))
    expected = check_digit(text[-_BASE_LENGTH:])
    if int(text[1]) == expected:
        return RegistrationNumber(text=text)
    wrong = WrongCheckDigit(text, expected)
    if kind == PartyKind.COMPANY:
        raise wrong
    return RegistrationNumber(text=text, warning=wrong)


def number_on(periods: Iterable[RegistrationPeriod], *, day: date) -> str | None:
    """
    Return the number that is valid on the day of the supply; None when not registered then.

    :raises RegistrationsOverlap: different numbers cover the day.
    """
    numbers = tuple(dict.fromkeys(period.number for period in periods if period.covers(day)))
    if len(numbers) > 1:
        raise RegistrationsOverlap(numbers, day)
    return numbers[0] if numbers else None


def _problem_of(text: str) -> RegistrationProblem | None:
    if not text.isascii():
        return RegistrationProblem.NOT_HALF_WIDTH
    if text != text.translate(_SEPARATORS):
        return RegistrationProblem.HAS_SEPARATORS
    if text.startswith("t"):
        return RegistrationProblem.LOWER_CASE_T
    if not text.startswith("T"):
        return RegistrationProblem.MISSING_T
    if len(text) != 1 + _DIGITS or not _is_digits(text[1:]):
        return RegistrationProblem.NOT_THIRTEEN_DIGITS
    return None


def _suggest(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).translate(_SEPARATORS).upper().removeprefix("T")
    return f"T{plain}" if len(plain) == _DIGITS and _is_digits(plain) else _SHAPE


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdecimal()
