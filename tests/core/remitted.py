"""The facts of what was withheld in the small sound book, and remitted whole."""

from datetime import date

from ledger.core.withholding_facts import RemittedFact, WithheldFact

WITHHELD = WithheldFact(
    month=date(2026, 10, 1), payee="hoshino", withheld_minor=1_127, posted_minor=1_127
)
REMITTED = RemittedFact(
    month=date(2026, 10, 1),
    scope="resident_individual",
    withheld_minor=1_127,
    remitted_minor=1_127,
)
