"""
The withholding register: what was withheld from whom and why, when it is due, what was remitted.

A row is one payment that left the bank, or one that came back to it and is taken off again. Months
are those in which that happened; each has a payment slip for residents and one for payees abroad,
because the tax office takes them apart. All amounts are whole minor units of the book's currency.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ledger.core.period import Month
from ledger.core.tax import PayeeTaxProfile, StepCode, TaxStep
from ledger.core.tax_tables import REPORT_THRESHOLDS, WithholdingScope

_REMITTANCE_DAY = 10


class WithholdingReason(StrEnum):
    """Which law a payment was taxed by. Words and articles are in the catalogues."""

    RESIDENT = "resident"
    NON_RESIDENT = "non_resident"
    TREATY = "treaty"
    TREATY_FORM_LATE = "treaty_form_late"  # filed on the day of payment or after it
    TREATY_FORM_MISSING = "treaty_form_missing"


@dataclass(frozen=True, kw_only=True)
class Withheld:
    """One payment from which income tax could be withheld, as it was when it was paid."""

    id: int  # grows with the order of runs
    run: str  # the payout run
    statement: str
    payee: str
    name_ja: str
    name_en: str
    profile: PayeeTaxProfile
    decided_on: date  # the day the taxes were computed for: that of the run
    paid_on: date  # the day the money left
    currency: str
    amount_minor: int  # tax-exclusive
    consumption_tax_minor: int
    base_minor: int
    withheld_minor: int
    steps: tuple[TaxStep, ...]
    is_return: bool = False  # the bank gave it back: amounts are negative

    @property
    def scope(self) -> WithholdingScope:
        """On which of the two payment slips it is remitted."""
        return scope_of(self.profile)

    @property
    def month(self) -> Month:
        """The month in which it was paid, which decides when it is due."""
        return Month.of_day(self.paid_on)

    @property
    def reason(self) -> WithholdingReason:
        """Which law it was taxed by."""
        return _reason(self.profile, self.steps)

    @property
    def rates_bp(self) -> tuple[int, ...]:
        """The rates that applied, one for each bracket; a treaty's 0 % is one."""
        return tuple(step.rate_bp for step in self.steps if step.rate_bp is not None)


@dataclass(frozen=True, kw_only=True)
class Remitted:
    """What was remitted for a month and slip, who wrote that down and when."""

    month: Month
    scope: WithholdingScope
    currency: str
    amount_minor: int
    remitted_on: date
    reference: str
    recorded_by: str


@dataclass(frozen=True, kw_only=True)
class SlipTotal:
    """What the payments of a month come to on one slip."""

    month: Month
    scope: WithholdingScope
    currency: str
    payment_count: int
    amount_minor: int
    withheld_minor: int


@dataclass(frozen=True, kw_only=True)
class Slip:
    """One payment slip: what was withheld in a month, by when it is due, what was remitted."""

    total: SlipTotal
    due_on: date
    remitted: tuple[Remitted, ...]
    carried_minor: int = 0  # remitted too much before, because payments came back; set off here

    @property
    def remitted_minor(self) -> int:
        """What was remitted of it."""
        return sum(each.amount_minor for each in self.remitted)

    @property
    def open_minor(self) -> int:
        """What is still to be remitted."""
        return max(0, self._standing_minor)

    @property
    def excess_minor(self) -> int:
        """What is set off against the next slip, because more came back than is due."""
        return max(0, -self._standing_minor)

    @property
    def _standing_minor(self) -> int:
        return self.total.withheld_minor - self.carried_minor - self.remitted_minor

    def is_overdue(self, today: date) -> bool:
        """Tell whether something is open after the last day to remit it."""
        return self.open_minor > 0 and self.due_on < today

    @property
    def is_late(self) -> bool:
        """Tell whether something of it was remitted after the last day."""
        return any(each.remitted_on > self.due_on for each in self.remitted)


@dataclass(frozen=True, kw_only=True)
class AnnualTotal:
    """What one payee was paid in a calendar year and what was withheld: the yearly report's."""

    year: int
    payee: str
    name_ja: str
    name_en: str
    scope: WithholdingScope
    country: str
    currency: str
    payment_count: int
    amount_minor: int  # tax-exclusive
    consumption_tax_minor: int
    withheld_minor: int

    @property
    def is_reported(self) -> bool | None:
        """Tell whether the year is above what need not be reported; None where that is unknown."""
        above_minor = report_above(self.scope, year=self.year)
        return None if above_minor is None else self.amount_minor > above_minor


def scope_of(profile: PayeeTaxProfile) -> WithholdingScope:
    """Return the scope in which a payee is taxed at the source, if it is at all."""
    if profile.is_domestic:
        return WithholdingScope.RESIDENT_INDIVIDUAL
    return WithholdingScope.NON_RESIDENT


def report_above(scope: WithholdingScope, *, year: int) -> int | None:
    """Return the yearly amount above which a payee is reported; None where none is entered."""
    last_day = date(year, 12, 31)
    rows = (row for row in REPORT_THRESHOLDS if row.scope == scope and row.covers(last_day))
    return next((row.above_minor for row in rows), None)


def withholding_due_on(*, paid_on: date, is_banking_day: Callable[[date], bool]) -> date:
    """
    Return the last day to remit what was withheld: the 10th of the month after the payment.

    When banks are closed that day it is the next day they are open (国税通則法10条2項).
    """
    due_on = Month.of_day(paid_on).next().first_day.replace(day=_REMITTANCE_DAY)
    while not is_banking_day(due_on):
        due_on += timedelta(days=1)
    return due_on


def slips(
    totals: Iterable[SlipTotal],
    *,
    remitted: Iterable[Remitted],
    is_banking_day: Callable[[date], bool],
) -> tuple[Slip, ...]:
    """
    Return the payment slip of each month and scope, in order, with what was remitted of it.

    What came back after it was remitted is set off against the next slip of the same scope.
    """
    found: dict[tuple[Month, WithholdingScope], list[Remitted]] = {}
    for each in remitted:
        found.setdefault((each.month, each.scope), []).append(each)
    made: list[Slip] = []
    carried: dict[WithholdingScope, int] = {}
    for total in sorted(totals, key=lambda total: (total.month, total.scope)):
        due_on = withholding_due_on(paid_on=total.month.last_day, is_banking_day=is_banking_day)
        slip = Slip(
            total=total,
            due_on=due_on,
            remitted=tuple(found.get((total.month, total.scope), ())),
            carried_minor=carried.get(total.scope, 0),
        )
        carried[total.scope] = slip.excess_minor
        made.append(slip)
    return tuple(made)


def annual_totals(rows: Iterable[Withheld]) -> tuple[AnnualTotal, ...]:
    """
    Add a register up by calendar year of payment and payee, in that order.

    A payee that moved abroad within a year has a total for each scope. Names are the latest.
    """
    groups: dict[tuple[int, str, WithholdingScope], list[Withheld]] = {}
    for row in rows:
        groups.setdefault((row.paid_on.year, row.payee, row.scope), []).append(row)
    return tuple(_annual(year, groups[year, payee, scope]) for year, payee, scope in sorted(groups))


def _annual(year: int, rows: list[Withheld]) -> AnnualTotal:
    last = max(rows, key=lambda row: (row.paid_on, row.id))
    return AnnualTotal(
        year=year,
        payee=last.payee,
        name_ja=last.name_ja,
        name_en=last.name_en,
        scope=last.scope,
        country=last.profile.residence,
        currency=last.currency,
        payment_count=sum(-1 if row.is_return else 1 for row in rows),
        amount_minor=sum(row.amount_minor for row in rows),
        consumption_tax_minor=sum(row.consumption_tax_minor for row in rows),
        withheld_minor=sum(row.withheld_minor for row in rows),
    )


def _reason(profile: PayeeTaxProfile, steps: tuple[TaxStep, ...]) -> WithholdingReason:
    codes = {step.code for step in steps}
    if profile.is_domestic:
        return WithholdingReason.RESIDENT
    if StepCode.WITHHOLDING_TREATY in codes:
        return WithholdingReason.TREATY
    if StepCode.TREATY_FORM_NOT_IN_TIME not in codes:
        return WithholdingReason.NON_RESIDENT
    if profile.treaty_form_filed_on is None:
        return WithholdingReason.TREATY_FORM_MISSING
    return WithholdingReason.TREATY_FORM_LATE
