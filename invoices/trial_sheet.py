"""The trial balance as CSV; names of columns never change, amounts are whole minor units."""

from collections.abc import Iterable, Iterator

from invoices.spreadsheets import table_csv
from ledger.core.trial_balance import TrialLine
from locales.catalogues import message

TRIAL_COLUMNS = (
    "account",
    "name_ja",
    "name_en",
    "party",
    "currency",
    "opening_minor",
    "debit_minor",
    "credit_minor",
    "closing_minor",
)


def trial_csv(lines: Iterable[TrialLine]) -> Iterator[bytes]:
    """Write a trial balance, one row for each line."""
    return table_csv(
        TRIAL_COLUMNS,
        (
            (
                line.code,
                message("ja", f"account.{line.code}"),
                message("en", f"account.{line.code}"),
                line.party,
                line.currency,
                line.opening_minor,
                line.debit_minor,
                line.credit_minor,
                line.closing_minor,
            )
            for line in lines
        ),
    )
