"""
The withholding register and its yearly totals as CSV, as an accountant or another program reads it.

Names of columns never change. Amounts are whole minor units, rates percent; a slip's due day and
what was remitted of it stand on each of its rows.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from invoices.spreadsheets import table_csv
from ledger.core.period import Month
from ledger.core.tax_tables import WithholdingScope
from ledger.core.withholding import AnnualTotal, Slip, Withheld

REGISTER_COLUMNS = (
    "paid_on",
    "due_on",
    "slip_is_remitted",
    "statement",
    "run",
    "payee",
    "name_ja",
    "name_en",
    "kind",
    "country",
    "scope",
    "reason",
    "treaty_rate_percent",
    "treaty_form_filed_on",
    "currency",
    "amount_minor",
    "consumption_tax_minor",
    "base_minor",
    "rate_percent",
    "withheld_minor",
)

ANNUAL_COLUMNS = (
    "year",
    "payee",
    "name_ja",
    "name_en",
    "country",
    "scope",
    "is_reported",
    "payment_count",
    "currency",
    "amount_minor",
    "consumption_tax_minor",
    "withheld_minor",
)


def register_csv(rows: Iterable[Withheld], *, slips: Iterable[Slip]) -> Iterator[bytes]:
    """Write rows of the register, each with the payment slip it belongs to."""
    by_month = {(slip.total.month, slip.total.scope): slip for slip in slips}
    return table_csv(REGISTER_COLUMNS, (_register_row(row, by_month) for row in rows))


def annual_csv(totals: Iterable[AnnualTotal]) -> Iterator[bytes]:
    """Write the totals of a year."""
    return table_csv(
        ANNUAL_COLUMNS,
        (
            (
                total.year,
                total.payee,
                total.name_ja,
                total.name_en,
                total.country,
                total.scope,
                total.is_reported,
                total.payment_count,
                total.currency,
                total.amount_minor,
                total.consumption_tax_minor,
                total.withheld_minor,
            )
            for total in totals
        ),
    )


def percent(rate_bp: int) -> Decimal:
    """Return basis points as a percentage."""
    return Decimal(rate_bp) / 100


def _register_row(
    row: Withheld, by_month: Mapping[tuple[Month, WithholdingScope], Slip]
) -> tuple[object, ...]:
    slip = by_month[row.month, row.scope]
    treaty_bp = row.profile.treaty_rate_bp
    return (
        row.paid_on,
        slip.due_on,
        slip.open_minor == 0,
        row.statement,
        row.run,
        row.payee,
        row.name_ja,
        row.name_en,
        row.profile.kind,
        row.profile.residence,
        row.scope,
        row.reason,
        None if treaty_bp is None else percent(treaty_bp),
        row.profile.treaty_form_filed_on,
        row.currency,
        row.amount_minor,
        row.consumption_tax_minor,
        row.base_minor,
        tuple(f"{percent(rate):f}" for rate in row.rates_bp),
        row.withheld_minor,
    )
