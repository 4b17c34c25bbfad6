"""
The yearly record of what a payee was paid (支払調書), and its total sheet, as frozen values.

A record adds up the withholding register of a calendar year of payment for one payee. It has no
field for a personal number: what goes to the payee never prints one, and the book does not keep it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ledger.core.invoice import PartyCopy
from ledger.core.snapshot import sha256_of, to_json
from ledger.core.tax_tables import WithholdingScope
from ledger.core.withholding import AnnualTotal, Withheld, annual_totals

#: Moved on when the same register would give other records.
CALCULATION_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class RecordedPayment:
    """One payment of the year, with the rates by which income tax was withheld from it."""

    paid_on: date
    statement: str
    amount_minor: int  # tax-exclusive
    consumption_tax_minor: int
    withheld_minor: int
    rates_bp: tuple[int, ...]
    reason: str  # of ledger.core.withholding.WithholdingReason


@dataclass(frozen=True, kw_only=True)
class PaymentRecord:
    """What one payee was paid in a calendar year, and what was withheld."""

    number: str
    issuer: PartyCopy
    payee: PartyCopy
    year: int
    scope: WithholdingScope
    issued_on: date
    due_on: date  # the last day to submit it
    currency: str
    payments: tuple[RecordedPayment, ...]
    amount_minor: int
    consumption_tax_minor: int
    withheld_minor: int
    calculation_version: int
    input_hash: str


@dataclass(frozen=True, kw_only=True)
class RecordedTotal:
    """What the payees of one kind come to, recorded each, or below what need not be."""

    scope: WithholdingScope
    is_recorded: bool
    payee_count: int
    payment_count: int
    amount_minor: int
    consumption_tax_minor: int
    withheld_minor: int


@dataclass(frozen=True, kw_only=True)
class PaymentRecordTotal:
    """The total sheet of a year: all that was paid and withheld, whether recorded or not."""

    number: str
    issuer: PartyCopy
    year: int
    issued_on: date
    due_on: date
    currency: str
    totals: tuple[RecordedTotal, ...]
    amount_minor: int
    consumption_tax_minor: int
    withheld_minor: int
    calculation_version: int
    input_hash: str


def records_due_on(year: int, *, is_banking_day: Callable[[date], bool]) -> date:
    """Return the last day to submit a year's records: 31 January, or the next day after a rest."""
    due_on = date(year + 1, 1, 31)
    while not is_banking_day(due_on):
        due_on += timedelta(days=1)
    return due_on


def is_recorded(total: AnnualTotal) -> bool:
    """
    Tell whether a payee's year is recorded by itself.

    Where no threshold is entered, as for payees abroad, each is recorded.
    """
    return total.is_reported is not False


def recorded(rows: Iterable[Withheld]) -> dict[tuple[str, WithholdingScope], tuple[Withheld, ...]]:
    """Return the payments of each payee whose year is recorded, by payee and scope, in order."""
    all_rows = tuple(rows)
    wanted = {(each.payee, each.scope) for each in annual_totals(all_rows) if is_recorded(each)}
    found: dict[tuple[str, WithholdingScope], list[Withheld]] = defaultdict(list)
    for row in all_rows:
        if (row.payee, row.scope) in wanted:
            found[row.payee, row.scope].append(row)
    return {key: tuple(found[key]) for key in sorted(found)}


def record(
    rows: Sequence[Withheld],
    *,
    number: str,
    parties: Mapping[str, PartyCopy],
    issuer: PartyCopy,
    year: int,
    issued_on: date,
    due_on: date,
) -> PaymentRecord:
    """Set out one payee's record from its rows of the register."""
    payments = tuple(_payment(row) for row in sorted(rows, key=lambda row: (row.paid_on, row.id)))
    first = rows[0]
    return PaymentRecord(
        number=number,
        issuer=issuer,
        payee=parties[first.payee],
        year=year,
        scope=first.scope,
        issued_on=issued_on,
        due_on=due_on,
        currency=first.currency,
        payments=payments,
        amount_minor=sum(each.amount_minor for each in payments),
        consumption_tax_minor=sum(each.consumption_tax_minor for each in payments),
        withheld_minor=sum(each.withheld_minor for each in payments),
        calculation_version=CALCULATION_VERSION,
        input_hash=sha256_of(to_json(payments)).hex(),
    )


def record_total(
    rows: Iterable[Withheld],
    *,
    number: str,
    issuer: PartyCopy,
    year: int,
    issued_on: date,
    due_on: date,
    currency: str,
) -> PaymentRecordTotal:
    """Set out the total sheet of a year from its whole register."""
    groups: dict[tuple[WithholdingScope, bool], list[AnnualTotal]] = defaultdict(list)
    for each in annual_totals(rows):
        groups[each.scope, is_recorded(each)].append(each)
    totals = tuple(
        _total(scope, recorded_alone, groups[scope, recorded_alone])
        for scope, recorded_alone in sorted(groups, key=lambda key: (key[0], not key[1]))
    )
    return PaymentRecordTotal(
        number=number,
        issuer=issuer,
        year=year,
        issued_on=issued_on,
        due_on=due_on,
        currency=currency,
        totals=totals,
        amount_minor=sum(each.amount_minor for each in totals),
        consumption_tax_minor=sum(each.consumption_tax_minor for each in totals),
        withheld_minor=sum(each.withheld_minor for each in totals),
        calculation_version=CALCULATION_VERSION,
        input_hash=sha256_of(to_json(totals)).hex(),
    )


def _payment(row: Withheld) -> RecordedPayment:
    return RecordedPayment(
        paid_on=row.paid_on,
        statement=row.statement,
        amount_minor=row.amount_minor,
        consumption_tax_minor=row.consumption_tax_minor,
        withheld_minor=row.withheld_minor,
        rates_bp=row.rates_bp,
        reason=row.reason,
    )


def _total(
    scope: WithholdingScope, recorded_alone: bool, payees: Sequence[AnnualTotal]
) -> RecordedTotal:
    return RecordedTotal(
        scope=scope,
        is_recorded=recorded_alone,
        payee_count=len(payees),
        payment_count=sum(each.payment_count for each in payees),
        amount_minor=sum(each.amount_minor for each in payees),
        consumption_tax_minor=sum(each.consumption_tax_minor for each in payees),
        withheld_minor=sum(each.withheld_minor for each in payees),
    )
