"""What a book says of invoices that were paid or divided, as values: the sides that must agree."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PaidLineFact:
    """
    A line of an invoice with its tax: what it asks for, what receipts paid, what was divided.

    What settlements divided of it as receipts came in is apart from what one divided by the
    invoice; None when none did.
    """

    asked_minor: int
    paid_minor: int
    is_accrual: bool = False  # by its terms
    divided_minor: int = 0
    accrued_minor: int | None = None


@dataclass(frozen=True, kw_only=True)
class PaidInvoiceFact:
    """An invoice that was paid or divided, a part at least, beside what its lines were."""

    reference: str
    total_minor: int
    received_minor: int
    lines: tuple[PaidLineFact, ...]
