"""A reminder and a suspension of a sound book, as the audit sees them."""

from ledger.core.dunning_facts import ReminderFact, SuspensionFact

REMINDER = ReminderFact(
    invoice="INV-2026-000001",
    tone="first",
    days=1,
    late_days=1,
    open_minor=13_200,
    total_minor=13_200,
)
SUSPENSION = SuspensionFact(
    license="LIC-2026-001",
    invoice="INV-2026-000001",
    after_days=30,
    late_days=30,
    warned_days=7,
    is_lifted_as_paid=True,
    received_minor=13_200,
    total_minor=13_200,
)
