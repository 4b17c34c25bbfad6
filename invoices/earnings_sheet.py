"""Earnings as CSV: what a page shows of them; names of columns never change."""

from collections.abc import Iterable, Iterator

from invoices.spreadsheets import table_csv

#: What a row holds, in order. ``reference`` is by which the API and the page ask for it; amounts
#: are whole minor units, before fees and tax.
EARNINGS_COLUMNS = (
    "by",
    "reference",
    "name",
    "first_month",
    "last_month",
    "currency",
    "generations",
    "amount_minor",
)


def earnings_csv(rows: Iterable[tuple[object, ...]]) -> Iterator[bytes]:
    """Write earnings, one row for each of what they are added up by."""
    return table_csv(EARNINGS_COLUMNS, rows)
