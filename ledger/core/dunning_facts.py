"""What a book says of reminders and suspensions, as values, beside the invoices they are about."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ReminderFact:
    """A reminder: its day of the schedule, and how many days overdue its letter was written."""

    invoice: str
    tone: str
    days: int
    late_days: int
    open_minor: int
    total_minor: int


@dataclass(frozen=True, kw_only=True)
class SuspensionFact:
    """A suspended license beside the invoice that is its cause."""

    license: str
    invoice: str
    after_days: int  # as agreed
    late_days: int  # how many days overdue the invoice was
    warned_days: int | None  # how many days before the firm was warned; None: never
    is_lifted_as_paid: bool
    received_minor: int
    total_minor: int
