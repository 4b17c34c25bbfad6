"""
Relief of income tax by a treaty: the rate, the day on which its form was filed, and from when on.

A form relieves payments from the day after it was filed (実施特例省令2条). Each relief takes the
place of what held before it, from its first day on. Whether it came in time is asked again for
every payment, by :meth:`ledger.core.tax.PayeeTaxProfile.treaty_rate_on`.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ledger.core.fields import FieldRefusal, check_whole
from ledger.core.refusal import Refusal
from ledger.core.tax import JAPAN, treaty_rate
from ledger.core.tax_tables import (
    WITHHOLDING_BRACKETS,
    TreatyRate,
    WithholdingScope,
    row_in_force,
)


class TreatyReliefNotForParty(Refusal):
    """The payee is at home in Japan, so that no treaty relieves it. Carries it and its country."""

    code = "treaty_relief_not_for_party"
    field = "party"


class TreatyFormNotFiledYet(FieldRefusal):
    """The form is said to be filed on a day that has not come."""

    code = "treaty_form_not_filed_yet"


class TreatyReliefEndsBeforeItBegins(FieldRefusal):
    """The last day of the relief lies before its first."""

    code = "treaty_relief_ends_before_it_begins"


class TreatyReliefInThePast(Refusal):
    """The relief would hold for a payment that was made or planned. Carries its day and run."""

    code = "treaty_relief_in_the_past"
    field = "valid_from"


@dataclass(frozen=True, kw_only=True)
class NewTreatyRelief:
    """What a treaty relieves a payee abroad of; days of payment, both included."""

    rate_bp: int
    form_filed_on: date
    valid_from: date | None = None  # None for the day after the form was filed
    valid_until: date | None = None  # None for no end

    @property
    def begins_on(self) -> date:
        """The first day of payment for which it holds."""
        return self.valid_from or self.form_filed_on + timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class TreatyRelief:
    """A relief that is in the book; what the payee came with has no day and no author."""

    payee: str
    rate_bp: int
    form_filed_on: date | None  # None where the payee came without a form
    valid_from: date | None  # None of what the payee came with
    valid_until: date | None
    recorded_at: datetime
    recorded_by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class LastPayment:
    """The last payment to a payee that was made or is planned."""

    run: str
    pay_on: date
    is_released: bool


def check_relief(
    relief: NewTreatyRelief, *, party: str, country: str, today: date, last: LastPayment | None
) -> None:
    """
    Make sure that a relief can hold for a payee, from its first day on.

    :raises TreatyReliefNotForParty: Japan taxes the payee as its own.
    :raises FieldRefusal: the rate is above the flat one, which no treaty raises.
    :raises TreatyFormNotFiledYet: the day of filing has not come.
    :raises TreatyReliefEndsBeforeItBegins: no payment would be relieved.
    :raises TreatyReliefInThePast: a payment of its days was taxed without it, or is going to be.
    """
    if country == JAPAN:
        raise TreatyReliefNotForParty(party=party, country=country)
    check_whole(relief.rate_bp, field="rate_bp", most=_flat_rate_bp(relief.begins_on))
    if relief.form_filed_on > today:
        raise TreatyFormNotFiledYet(
            field="form_filed_on", value=relief.form_filed_on.isoformat(), today=today
        )
    if relief.valid_until is not None and relief.valid_until < relief.begins_on:
        raise TreatyReliefEndsBeforeItBegins(
            field="valid_until", value=relief.valid_until.isoformat(), first=relief.begins_on
        )
    if last is not None and relief.begins_on <= last.pay_on:
        raise TreatyReliefInThePast(party=party, day=last.pay_on, run=last.run)


def table_says(relief: NewTreatyRelief, *, country: str) -> TreatyRate | None:
    """Return what the table has of the treaty with a country, where it is another rate."""
    row = treaty_rate(country=country, on=relief.begins_on)
    return None if row is None or row.rate_bp == relief.rate_bp else row


def _flat_rate_bp(on: date) -> int:
    rows = (row for row in WITHHOLDING_BRACKETS if row.scope is WithholdingScope.NON_RESIDENT)
    return row_in_force(rows, rate="withholding.non_resident", on=on).rate_bp
