"""What the audit knows of the withholding register and of what was remitted."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class WithheldFact:
    """What was withheld from one payee in one month, by its payouts and by the journal."""

    month: date
    payee: str
    withheld_minor: int
    posted_minor: int


@dataclass(frozen=True, kw_only=True)
class RemittedFact:
    """What was withheld in a month on one payment slip, and what of it was remitted."""

    month: date
    scope: str
    withheld_minor: int
    remitted_minor: int
