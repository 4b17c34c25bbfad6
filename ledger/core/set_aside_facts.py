"""
What a book says of what it set aside or paid ahead, as the audit compares it.

Parties are named by their references. Amounts are whole minor units.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class PayeeAdvanceFact:
    """An advance to a payee: what was agreed, paid, and set off."""

    reference: str
    payee: str
    amount_minor: int
    paid_minor: int
    recouped_minor: int


@dataclass(frozen=True, kw_only=True)
class ReserveFact:
    """What one settlement held back of a holder's money, and all that was taken of it."""

    holder: str
    month: date
    release_month: date
    amount_minor: int
    tax_minor: int
    used_minor: int
    used_tax_minor: int
    release_count: int
    released_in: date | None


@dataclass(frozen=True, kw_only=True)
class SuspenseFact:
    """What waits, or waited, of a holder's money: the whole, its parts, and what was released."""

    reference: str
    holder: str
    amount_minor: int  # the whole that was divided
    tax_minor: int
    suspended_minor: int
    suspended_tax_minor: int
    released_minor: int
    released_tax_minor: int
    left_bp: int  # of the whole, that still waits
    parts_minor: int  # what parties had of it at once
    released_parts_minor: int  # and what they got, or gave back, later
