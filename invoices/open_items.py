"""The open invoices of a firm as CSV; names of columns never change, amounts are minor units."""

from invoices.spreadsheets import table_csv
from ledger.core.reminder import DunningLetter

OPEN_COLUMNS = (
    *("invoice", "issued_on", "due_on", "days_overdue", "currency"),
    *("total_minor", "paid_minor", "open_minor", "is_asked"),
)


def open_items_csv(letter: DunningLetter) -> bytes:
    """Write what a firm had open when a letter was written, a row for each invoice."""
    rows = (
        (
            line.reference,
            line.issued_on,
            line.due_on,
            max(0, (letter.written_on - line.due_on).days),
            line.currency,
            line.total_minor,
            line.received_minor,
            line.open_minor,
            line.is_asked,
        )
        for line in letter.lines
    )
    return b"".join(table_csv(OPEN_COLUMNS, rows))
