"""
Tables as CSV: every generation of a month, and the usage of a statement.

Owns the bytes that Excel opens: UTF-8 with a byte order mark, so that Japanese is read as
Japanese; header names in English that never change, because other programs read them; and a
guard on every text, because a cell that begins like a formula would be run as one.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

from ledger.core.invoice import Invoice, SupplierCopy, Taxed
from ledger.core.money import NotADecimal
from ledger.core.period import Month
from ledger.core.statement import Statement
from ledger.core.usage import canonical_decimal

#: What a row of ``generations.csv`` holds, in order. A generation that names several subjects
#: has a row for each. ``occurred_at`` is an aware instant (written in UTC), ``accrual_month``
#: any day of the month, ``quantity`` a Decimal or None when the firm does not know it,
#: ``reasons`` a sequence of codes in order of precedence, ``amount_estimate`` exact minor
#: units before rounding or None when nothing is charged, ``content_hash`` hexadecimal text.
GENERATION_COLUMNS = (
    "source",
    "id",
    "occurred_at",
    "accrual_month",
    "licensee",
    "license",
    "subject",
    "title_ja",
    "modality",
    "use_class",
    "territory",
    "quantity",
    "unit",
    "decision",
    "reasons",
    "amount_estimate",
    "batch_number",
    "position",
    "content_hash",
)

#: What a row of a statement's usage holds, in order.
STATEMENT_COLUMNS = (
    "statement",
    "revision",
    "closing_month",
    "holder_ja",
    "holder_en",
    "subject",
    "title_ja",
    "title_en",
    "licensee_ja",
    "licensee_en",
    "accrual_month",
    "basis",
    "modality",
    "use_class",
    "generations",
    "quantity",
    "rate",
    "is_tiered",
    "currency",
    "royalty_minor",
    "part_of_minor",
    "rate_currency",
    "foreign_amount",
)

#: What a row of an invoice's charges holds, in order; an advance or a shortfall has a row, too.
INVOICE_COLUMNS = (
    "invoice",
    "line",
    "license",
    "clause",
    "subject",
    "title_ja",
    "title_en",
    "basis",
    "modality",
    "use_class",
    "generations",
    "quantity",
    "rate",
    "is_tiered",
    "adjusts_month",
    "currency",
    "amount_minor",
    "recouped_minor",
    "prepayment",
    "tax_treatment",
    "tax_rate_bp",
    "is_qualified",
    "supplier",
    "supplier_ja",
    "supplier_number",
)

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CHUNK_CHARACTERS = 64 * 1024

#: A text that begins with one of these is taken for a formula or breaks the row; Japanese
#: Excel reads the full-width signs like the others.
_FORMULA_SIGNS = (
    *("=", "+", "-", "@", "\t", "\r", "\n"),
    *("\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}"),
    *("\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}", "\N{MINUS SIGN}"),
)


class RowDoesNotFit(ValueError):
    """A row lacks a column, or has one that is not listed."""

    def __init__(self, row_number: int, columns: Sequence[str]) -> None:
        super().__init__(f"row {row_number} does not fit the columns: {', '.join(columns)}")
        self.row_number = row_number
        self.columns = tuple(columns)


def generations_csv(rows: Iterable[Mapping[str, object] | Sequence[object]]) -> Iterator[bytes]:
    """
    Write generations as CSV, a piece at a time, so that a file of millions fits in memory.

    Rows are mappings by column name or sequences in the order of :data:`GENERATION_COLUMNS`.

    :raises RowDoesNotFit: a row lacks a column or has an unknown one.
    :raises NotADecimal: a value is a float.
    :raises ValueError: an instant has no UTC offset.
    """
    month = GENERATION_COLUMNS.index("accrual_month")

    def prepared() -> Iterator[list[object]]:
        for number, row in enumerate(rows, start=1):
            values = _in_order(number, row)
            day = values[month]
            if isinstance(day, date):
                values[month] = Month.of_day(day)
            yield values

    return table_csv(GENERATION_COLUMNS, prepared())


def statement_csv(statement: Statement) -> Iterator[bytes]:
    """Write the usage that a statement pays for as CSV, a row for each row of its tables."""
    return table_csv(
        STATEMENT_COLUMNS,
        (
            (
                statement.number,
                statement.revision,
                Month.of_day(statement.closing_month),
                section.source_ja,
                section.source_en,
                row.subject_reference,
                row.title_ja,
                row.title_en,
                row.licensee_ja,
                row.licensee_en,
                Month.of_day(row.accrual_month),
                row.basis,
                row.modality,
                row.use_class,
                row.generation_count,
                row.quantity,
                row.rate,
                row.is_tiered,
                statement.currency,
                row.royalty_minor,
                row.part_of_minor,
                row.foreign.currency if row.foreign else statement.currency,
                row.foreign.amount_foreign if row.foreign else "",
            )
            for section in statement.sections
            for row in section.usage
        ),
    )


def invoice_csv(invoice: Invoice) -> Iterator[bytes]:
    """Write what an invoice charges as CSV: its lines, then what it asks for in advance."""
    suppliers = {each.party.reference: each for each in invoice.suppliers or ()}

    def rows() -> Iterator[tuple[object, ...]]:
        for line in invoice.lines:
            yield (
                invoice.number,
                line.number,
                line.license_reference,
                line.clause_reference,
                line.subject_reference,
                line.title_ja,
                line.title_en,
                line.basis,
                line.modality,
                line.use_class,
                line.generation_count,
                line.quantity,
                line.rate,
                line.is_tiered,
                Month.of_day(line.adjusts.month) if line.adjusts else None,
                invoice.currency,
                line.amount_minor,
                line.recouped_minor,
                None,
                *_taxed(line.taxed or invoice.taxes[0].taxed, suppliers),
            )
        for each in invoice.prepayments:
            yield (
                *(invoice.number, each.number, each.license_reference, None, each.reference),
                *(None,) * 10,
                *(invoice.currency, each.amount_minor, 0, each.kind),
                *_taxed(each.taxed or invoice.taxes[0].taxed, suppliers),
            )

    return table_csv(INVOICE_COLUMNS, rows())


def _taxed(taxed: Taxed, suppliers: Mapping[str, SupplierCopy]) -> tuple[object, ...]:
    """Return how something is taxed, and whose supply it is where an agent invoices it."""
    how = (taxed.treatment, taxed.rate_bp, taxed.is_qualified)
    if taxed.supplier is None:
        return (*how, None, None, None)
    supplier = suppliers[taxed.supplier]
    numbers = [each.registration_number for each in supplier.members or (supplier.party,)]
    return (*how, taxed.supplier, supplier.party.name_ja, "|".join(filter(None, numbers)))


def table_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Write any table as CSV, in parts, the head first."""
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns)
    yield _BYTE_ORDER_MARK
    for row in rows:
        writer.writerow([cell(value) for value in row])
        if buffer.tell() >= _CHUNK_CHARACTERS:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _in_order(number: int, row: Mapping[str, object] | Sequence[object]) -> list[object]:
    if isinstance(row, Mapping):
        wrong = sorted(set(GENERATION_COLUMNS).symmetric_difference(row))
        if wrong:
            raise RowDoesNotFit(number, wrong)
        return [row[column] for column in GENERATION_COLUMNS]
    if len(row) != len(GENERATION_COLUMNS):
        raise RowDoesNotFit(number, GENERATION_COLUMNS)
    return list(row)


def cell(value: object) -> str:
    """Write a value as text: numbers plain and exact, unknown empty, other texts guarded."""
    if isinstance(value, float):
        raise NotADecimal(value)
    match value:
        case None:
            return ""
        case str():
            return f"'{value}" if value.startswith(_FORMULA_SIGNS) else value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal():
            return canonical_decimal(value)
        case datetime():
            return _instant(value)
        case date():
            return value.isoformat()
        case list() | tuple():
            return cell("|".join(map(str, value)))
        case _:
            return cell(str(value))


def _instant(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no UTC offset")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
