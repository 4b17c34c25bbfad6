"""What an AI firm reported of a month as CSV, row by row as it came in."""

from collections.abc import Iterable, Iterator, Sequence

from invoices.spreadsheets import table_csv

#: What a row holds, in order; a correction has a row of its own, and ``said`` says what a row is:
#: "report", "replace" or "void".
REPORTED_COLUMNS = (
    *("batch_number", "position", "recorded_at", "said", "source", "id", "occurred_at"),
    *("license", "subjects", "use_class", "modality", "quantity", "unit", "net_revenue"),
    *("currency", "territory", "language", "model", "title", "output_sha256", "content_hash"),
)


def reported_csv(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Write what a firm reported, in the order of :data:`REPORTED_COLUMNS`, a piece at a time."""
    return table_csv(REPORTED_COLUMNS, rows)
