"""A month in the address of a route, and whose month is meant."""

from typing import Annotated

from fastapi import Path

from api.security import Caller, NotALicensee
from ledger.core.period import Month, NotAMonth
from ledger.core.refusal import Refusal
from ledger.services.declaring import LicenseeNotFound

#: How much of a text that is no month is said back.
_SHOWN_MAX = 100

#: No reference holds the character, so the database is not asked for it.
WITHOUT_NUL = "^[^\\x00]*$"

MonthNamed = Annotated[
    str,
    Path(
        alias="month",
        description="YYYY-MM",
        examples=["2026-10"],
        json_schema_extra={"pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"},
    ),
]


class MonthMalformed(Refusal):
    """The month in the address is not written as YYYY-MM, or is not in the calendar."""

    code = "not_a_month"
    field = "month"


class LicenseeNotNamed(Refusal):
    """The house asks for a month and does not say whose."""

    code = "licensee_not_named"
    field = "licensee"


def month_of(named: str) -> Month:
    """
    Return the month that an address names.

    :raises MonthMalformed: it names none.
    """
    try:
        return Month.parse(named)
    except NotAMonth:
        raise MonthMalformed(value=named[:_SHOWN_MAX]) from None


def whose(caller: Caller, licensee: str | None) -> str:
    """
    Return whose month is meant: a firm's own, or the one that the house names.

    :raises LicenseeNotNamed: the house names nobody.
    :raises LicenseeNotFound: a firm asks for another's.
    :raises NotALicensee: a rights holder asks.
    """
    if caller.role == "operator":
        if licensee is None:
            raise LicenseeNotNamed
        return licensee
    if caller.role != "licensee":
        raise NotALicensee(party=caller.reference)
    if licensee not in (None, caller.reference):
        raise LicenseeNotFound(value=licensee)
    return caller.reference
