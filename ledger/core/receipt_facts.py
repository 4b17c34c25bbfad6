"""What a book says about money received, as frozen values: the two sides that must agree."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PaidLineFact:
    """A line of an invoice with its tax: what it asks for, and what receipts paid of it."""

    asked_minor: int
    paid_minor: int


@dataclass(frozen=True, kw_only=True)
class PaidInvoiceFact:
    """An invoice that something was received for, beside what its lines were paid."""

    reference: str
    total_minor: int
    received_minor: int
    lines: tuple[PaidLineFact, ...]
