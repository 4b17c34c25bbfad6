"""
The yearly record of what a payee was paid, and its total sheet, on paper.

Frozen values go in, and what their templates need besides comes out; no figure is made here
except sums of figures that stand above them.
"""

from collections.abc import Iterator, Mapping
from itertools import accumulate

from invoices.kind import Kind, Languages
from invoices.spreadsheets import table_csv
from invoices.sums import Sum, chosen
from ledger.core.payment_record import PaymentRecord, PaymentRecordTotal
from ledger.core.tax_tables import WithholdingScope

#: What a row of a record holds, in order.
RECORD_COLUMNS = (
    "record",
    "year",
    "payee",
    "scope",
    "paid_on",
    "statement",
    "reason",
    "rates_bp",
    "currency",
    "amount_minor",
    "consumption_tax_minor",
    "withheld_minor",
)

#: What a row of a total sheet holds, in order.
TOTAL_COLUMNS = (
    "sheet",
    "year",
    "scope",
    "is_recorded",
    "payees",
    "payments",
    "currency",
    "amount_minor",
    "consumption_tax_minor",
    "withheld_minor",
)


def record_csv(record: PaymentRecord) -> Iterator[bytes]:
    """Write a payee's payments of the year as CSV."""
    return table_csv(
        RECORD_COLUMNS,
        (
            (
                record.number,
                record.year,
                record.payee.reference,
                record.scope,
                each.paid_on,
                each.statement,
                each.reason,
                each.rates_bp,
                record.currency,
                each.amount_minor,
                each.consumption_tax_minor,
                each.withheld_minor,
            )
            for each in record.payments
        ),
    )


def total_csv(total: PaymentRecordTotal) -> Iterator[bytes]:
    """Write a year's totals as CSV, a row for each kind of payees."""
    return table_csv(
        TOTAL_COLUMNS,
        (
            (
                total.number,
                total.year,
                each.scope,
                each.is_recorded,
                each.payee_count,
                each.payment_count,
                total.currency,
                each.amount_minor,
                each.consumption_tax_minor,
                each.withheld_minor,
            )
            for each in total.totals
        ),
    )


def _record_parts(record: PaymentRecord, languages: Languages) -> Mapping[str, object]:
    is_abroad = record.scope is WithholdingScope.NON_RESIDENT
    return {
        "carried": list(accumulate(each.amount_minor for each in record.payments)),
        "sums": _sums(record),
        "remarks": chosen(
            (True, "note.record.basis"),
            (True, "note.record.no_personal_number"),
            (is_abroad, "note.record.abroad"),
            (True, f"note.language.{languages.authoritative}"),
        ),
    }


def _total_parts(total: PaymentRecordTotal, languages: Languages) -> Mapping[str, object]:
    return {
        "sums": _sums(total),
        "remarks": chosen(
            (True, "note.record.basis"),
            (True, "note.record.total"),
            (True, f"note.language.{languages.authoritative}"),
        ),
    }


def _sums(record: PaymentRecord | PaymentRecordTotal) -> list[Sum]:
    return [
        Sum(key="record.amount", amount_minor=record.amount_minor, style="subtotal"),
        Sum(key="settlement.consumption_tax", amount_minor=record.consumption_tax_minor),
        Sum(key="settlement.withholding", amount_minor=record.withheld_minor),
    ]


RECORD = Kind(
    name="payment_record",
    values=PaymentRecord,
    template="payment_record.html",
    title=lambda record: f"record.title.{record.scope}",
    reader=lambda record: record.payee,
    parts=_record_parts,
    lines=lambda record: len(record.payments),
    table=record_csv,
)

TOTAL = Kind(
    name="payment_record_total",
    values=PaymentRecordTotal,
    template="payment_record_total.html",
    title=lambda total: "record.title.total",
    reader=lambda total: total.issuer,
    parts=_total_parts,
    lines=lambda total: len(total.totals),
    table=total_csv,
)
