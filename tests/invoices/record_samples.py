"""One builder for a payment record and one for its total sheet, with invented figures."""

from dataclasses import replace
from datetime import date
from typing import Any

from ledger.core.payment_record import (
    PaymentRecord,
    PaymentRecordTotal,
    RecordedPayment,
    RecordedTotal,
)
from ledger.core.tax_tables import WithholdingScope
from tests.invoices.notice_samples import STUDIO_ABROAD
from tests.invoices.samples import HOUSE, INPUT_HASH, PERFORMER

RESIDENT, ABROAD = WithholdingScope.RESIDENT_INDIVIDUAL, WithholdingScope.NON_RESIDENT


def payment(month: int, amount_minor: int, withheld_minor: int, **changes: Any) -> RecordedPayment:
    """Return what was paid in a month."""
    default = RecordedPayment(
        paid_on=date(2026, month, 25),
        statement=f"STM-2026-{month:06d}",
        amount_minor=amount_minor,
        consumption_tax_minor=amount_minor // 10,
        withheld_minor=withheld_minor,
        rates_bp=(1021,),
        reason="resident",
    )
    return replace(default, **changes)


def record(**changes: Any) -> PaymentRecord:
    """Return an author's year of three payments, one of them above a million."""
    payments = changes.pop(
        "payments",
        (
            payment(4, 333333, 34033),
            payment(8, 1480000, 200116, rates_bp=(1021, 2042)),
            payment(12, 250852, 25611),
        ),
    )
    default = PaymentRecord(
        number="PRC-2026-000042",
        issuer=HOUSE,
        payee=replace(PERFORMER, registration_number=None),
        year=2026,
        scope=RESIDENT,
        issued_on=date(2027, 1, 12),
        due_on=date(2027, 2, 1),
        currency="JPY",
        payments=payments,
        amount_minor=sum(each.amount_minor for each in payments),
        consumption_tax_minor=sum(each.consumption_tax_minor for each in payments),
        withheld_minor=sum(each.withheld_minor for each in payments),
        calculation_version=1,
        input_hash=INPUT_HASH,
    )
    return replace(default, **changes)


def record_abroad() -> PaymentRecord:
    """Return a studio's year in London: before its relief form was filed, and after."""
    nothing: dict[str, Any] = {"consumption_tax_minor": 0}
    payments = (
        payment(6, 1000000, 204200, rates_bp=(2042,), reason="treaty_form_missing", **nothing),
        payment(12, 1000000, 0, rates_bp=(0,), reason="treaty", **nothing),
    )
    return record(number="PRC-2026-000043", payee=STUDIO_ABROAD, scope=ABROAD, payments=payments)


def long_record() -> PaymentRecord:
    """Return a year with a payment on many days."""
    payments = tuple(
        payment(
            1 + number % 12, 10000 + 10 * number, 1021 + number, statement=f"STM-2026-{number:06d}"
        )
        for number in range(1, 71)
    )
    return record(number="PRC-2026-000044", payments=payments)


def total(scope: WithholdingScope, recorded: bool, *figures: int) -> RecordedTotal:
    """Return what the payees of one kind come to."""
    payees, payments, amount, tax, withheld = figures
    return RecordedTotal(
        scope=scope,
        is_recorded=recorded,
        payee_count=payees,
        payment_count=payments,
        amount_minor=amount,
        consumption_tax_minor=tax,
        withheld_minor=withheld,
    )


def record_total(**changes: Any) -> PaymentRecordTotal:
    """Return the total sheet of a year with payees of every kind."""
    totals = (
        total(ABROAD, True, 3, 5, 4500000, 0, 612600),
        total(RESIDENT, True, 214, 903, 312456789, 20123456, 31945678),
        total(RESIDENT, False, 87, 91, 2345678, 123456, 239493),
    )
    default = PaymentRecordTotal(
        number="PRT-2026-000001",
        issuer=HOUSE,
        year=2026,
        issued_on=date(2027, 1, 12),
        due_on=date(2027, 2, 1),
        currency="JPY",
        totals=totals,
        amount_minor=sum(each.amount_minor for each in totals),
        consumption_tax_minor=sum(each.consumption_tax_minor for each in totals),
        withheld_minor=sum(each.withheld_minor for each in totals),
        calculation_version=1,
        input_hash=INPUT_HASH,
    )
    return replace(default, **changes)
