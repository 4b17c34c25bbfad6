"""The one invoice of the sound book, paid in full."""

from ledger.core.receipt_facts import PaidInvoiceFact, PaidLineFact

PAID = PaidInvoiceFact(
    reference="INV-2026-000001",
    total_minor=13_200,
    received_minor=13_200,
    lines=(PaidLineFact(asked_minor=13_200, paid_minor=13_200),),
)
