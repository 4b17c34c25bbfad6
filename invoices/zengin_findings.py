"""
What can be wrong with a Zengin transfer file, found from its bytes alone.

A second pair of eyes on the file before it goes to the bank: nothing here shares a step with
the writing but the tables of the layouts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from invoices.kana import PARTY_NAME, has_parted_voicing
from invoices.zengin_records import RECORD_BYTES, Field, fields, split, take_apart


class FindingCode(StrEnum):
    """What can be wrong with a file."""

    RECORD_LENGTH = "record_length"  # a record is not 120 bytes
    RECORD_ORDER = "record_order"  # not header, payments, trailer, end
    NOT_A_NUMBER = "not_a_number"  # a type N field with anything but its digits
    NOT_PERMITTED = "not_permitted"  # a character outside the field's repertoire
    NOT_FIXED = "not_fixed"  # a field that has one possible value has another
    TRAILER_COUNT = "trailer_count"  # the count of payments differs
    TRAILER_TOTAL = "trailer_total"  # the sum of amounts differs
    AMOUNT_ZERO = "amount_zero"  # a payment of nothing
    NAME_MISSING = "name_missing"  # a text field that is all spaces
    NOT_A_DATE = "not_a_date"  # no such day in the year
    NOT_A_BANKING_DAY = "not_a_banking_day"
    PAID_TWICE = "paid_twice"  # same account and amount in two records: may be meant
    VOICING_PARTED = "voicing_parted"  # a name may have been cut before its voicing mark


class Severity(StrEnum):
    """Whether the bank would refuse the file, or a person should look."""

    ERROR = "error"
    WARNING = "warning"


_WARNINGS = frozenset({FindingCode.PAID_TWICE, FindingCode.VOICING_PARTED})

#: What makes two payments look like one made twice.
_SAME_PAYMENT = ("bank_code", "branch_code", "account_type", "account_number", "amount_yen")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing wrong with a file: which record (from 1), which field, and what stands there."""

    code: FindingCode
    record: int
    field: str | None = None
    value: str

    @property
    def severity(self) -> Severity:
        """Warning for what can be meant, error for the rest."""
        return Severity.WARNING if self.code in _WARNINGS else Severity.ERROR


def verify(
    content: bytes,
    *,
    year: int,
    is_banking_day: Callable[[date], bool],
) -> tuple[Finding, ...]:
    """
    Return all that is wrong with a file, none when a bank can take it.

    The file names month and day; ``year`` is the caller's. What cannot be read hides what
    comes after it: lengths, then order of records, then fields, then what they say together.
    """
    records = split(content)
    for stage in (_length_findings, _order_findings, _field_findings):
        if findings := tuple(stage(records)):
            return findings
    values = [take_apart(record) for record in records]
    return (
        *_day_findings(values[0]["transfer_on"], year, is_banking_day),
        *_voicing_findings(records),
        *_payment_findings(values),
        *_trailer_findings(values),
    )


def transfer_day(text: str, *, year: int) -> date | None:
    """Return the day a header names as MMDD, or None when the year has no such day."""
    try:
        return date(year, int(text[:2]), int(text[2:]))
    except ValueError:
        return None


def _length_findings(records: list[str]) -> Iterator[Finding]:
    for number, record in enumerate(records, start=1):
        if len(record) != RECORD_BYTES:
            yield Finding(code=FindingCode.RECORD_LENGTH, record=number, value=str(len(record)))


def _order_findings(records: list[str]) -> Iterator[Finding]:
    kinds = [record[0] for record in records]
    expected = "1" + "2" * max(len(records) - 3, 1) + "89"
    for number, kind in enumerate(expected, start=1):
        found = kinds[number - 1] if number <= len(kinds) else ""
        if found != kind:
            yield Finding(
                code=FindingCode.RECORD_ORDER, record=number, field="record_kind", value=found
            )


def _field_findings(records: list[str]) -> Iterator[Finding]:
    for number, record in enumerate(records, start=1):
        for field, value in fields(record):
            code = _wrong(field, value)
            if code is not None:
                yield Finding(code=code, record=number, field=field.name, value=value)


def _wrong(field: Field, value: str) -> FindingCode | None:
    if not field.permitted.issuperset(value):
        return FindingCode.NOT_A_NUMBER if field.is_number else FindingCode.NOT_PERMITTED
    if field.fixed is not None and value != field.fixed:
        return FindingCode.NOT_FIXED
    if field.fixed is None and not value.strip(" "):
        return FindingCode.NAME_MISSING
    return None


def _day_findings(
    text: str, year: int, is_banking_day: Callable[[date], bool]
) -> Iterator[Finding]:
    day = transfer_day(text, year=year)
    if day is None:
        yield Finding(code=FindingCode.NOT_A_DATE, record=1, field="transfer_on", value=text)
    elif not is_banking_day(day):
        yield Finding(code=FindingCode.NOT_A_BANKING_DAY, record=1, field="transfer_on", value=text)


def _voicing_findings(records: list[str]) -> Iterator[Finding]:
    for number, record in enumerate(records, start=1):
        for field, value in fields(record):
            name = value.rstrip(" ")
            # Names of banks are as short in the register itself: バンク ends in ハ there.
            if field.permitted is PARTY_NAME and has_parted_voicing(name, width=field.length):
                yield Finding(
                    code=FindingCode.VOICING_PARTED, record=number, field=field.name, value=name
                )


def _payment_findings(values: list[dict[str, str]]) -> Iterator[Finding]:
    seen: set[tuple[str, ...]] = set()
    for number, payment in enumerate(values[1:-2], start=2):
        amount = payment["amount_yen"]
        if int(amount) == 0:
            yield Finding(
                code=FindingCode.AMOUNT_ZERO, record=number, field="amount_yen", value=amount
            )
        identity = tuple(payment[name] for name in _SAME_PAYMENT)
        if identity in seen:
            yield Finding(code=FindingCode.PAID_TWICE, record=number, value=" ".join(identity))
        seen.add(identity)


def _trailer_findings(values: list[dict[str, str]]) -> Iterator[Finding]:
    payments, trailer = values[1:-2], values[-2]
    agreements = (
        (FindingCode.TRAILER_COUNT, "payment_count", len(payments)),
        (FindingCode.TRAILER_TOTAL, "total_yen", sum(int(row["amount_yen"]) for row in payments)),
    )
    for code, field, expected in agreements:
        if int(trailer[field]) != expected:
            yield Finding(code=code, record=len(values) - 1, field=field, value=trailer[field])
