"""
Dunning: when a firm is reminded of an invoice, how firmly, and what its terms say of being late.

Terms are agreed with a firm, or for one of its licenses alone, from a day on. Those of the day on
which an invoice was issued hold for it, whatever is agreed later. A license's own terms go before
its firm's, and what nobody agreed is the house's usual schedule.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from ledger.core.fields import FieldRefusal, check_text, check_whole
from ledger.core.money import NotADecimal, parse_decimal

#: The house's usual schedule, in days after the due day; below zero is before it.
USUAL_DAYS = (-3, 1, 14, 30)

#: A schedule's bounds. Whoever writes more often is not read.
DAYS_LEAST, DAYS_MOST = -60, 365
DAYS_COUNT_MAX = 12

#: How long before a license is suspended its firm is warned.
WARNED_BEFORE_DAYS = 7

#: Days after which a suspension may be agreed.
SUSPENSION_DAYS_MOST = 365

#: From how many days overdue on something is listed together.
AGES = (1, 31, 61, 91)


class ScheduleWrong(FieldRefusal):
    """A schedule of reminders has a day twice, too many, or none and no reason."""

    code = "dunning_schedule_wrong"


class ExemptionContradicts(FieldRefusal):
    """A firm is exempted and has a schedule, too."""

    code = "dunning_exemption_contradicts"


class InterestRateWrong(FieldRefusal):
    """A rate of late interest is no exact percentage above 0 and up to 100."""

    code = "late_interest_rate_wrong"


class Tone(StrEnum):
    """How a letter speaks."""

    BEFORE = "before"  # of what is going to be due
    FIRST = "first"
    SECOND = "second"
    FINAL = "final"
    WARNING = "warning"  # of a suspension


@dataclass(frozen=True, kw_only=True)
class DunningTerms:
    """What is agreed about paying late."""

    days: tuple[int, ...] = USUAL_DAYS  # in order; empty is nobody reminded
    exempt_reason: str = ""
    interest_percent: Decimal | None = None  # a year
    suspend_after_days: int | None = None  # overdue

    def __post_init__(self) -> None:
        if list(self.days) != sorted(set(self.days)) or len(self.days) > DAYS_COUNT_MAX:
            raise ScheduleWrong(field="days", value=_listed(self.days))
        for day in self.days:
            check_whole(day, field="days", least=DAYS_LEAST, most=DAYS_MOST)
        check_text(self.exempt_reason, field="exempt_reason", may_be_empty=True)
        if self.exempt_reason and self.days:
            raise ExemptionContradicts(field="exempt_reason", value=self.exempt_reason)
        if not self.days and not self.exempt_reason:
            raise ScheduleWrong(field="days", value="")
        percent = self.interest_percent
        if percent is not None and not 0 < percent <= 100:
            raise InterestRateWrong(field="interest_percent", value=percent)
        if self.suspend_after_days is not None:
            check_whole(
                self.suspend_after_days,
                field="suspend_after_days",
                least=1,
                most=SUSPENSION_DAYS_MOST,
            )

    @property
    def warn_after_days(self) -> int | None:
        """How many days overdue a firm is warned of a suspension; at least one."""
        if self.suspend_after_days is None:
            return None
        return max(1, self.suspend_after_days - WARNED_BEFORE_DAYS)

    def tone(self, days: int) -> Tone:
        """Return how the letter of a day of the schedule speaks: firmer from one to the next."""
        if days <= 0:
            return Tone.BEFORE
        place = sum(1 for each in self.days if 0 < each <= days)
        return {1: Tone.FIRST, 2: Tone.SECOND}.get(place, Tone.FINAL)


@dataclass(frozen=True, kw_only=True)
class AgreedTerms:
    """Terms in the book: whose, and from when."""

    licensee_id: int
    license_id: int | None  # None: of all licenses without terms of their own
    effective_from: date
    terms: DunningTerms


@dataclass(frozen=True, kw_only=True)
class OpenInvoice:
    """An invoice of which something is still to be paid, and what was done about it."""

    document_id: int
    reference: str  # the newest number, where it was corrected
    licensee_id: int
    licensee: str
    currency: str
    issued_on: date
    due_on: date
    total_minor: int
    received_minor: int  # what a firm had over and was used for it included
    license_ids: tuple[int, ...]  # whose charges are on it
    sent: tuple[int, ...] = ()  # days of the schedule of which a reminder was written
    warned_on: date | None = None  # of a suspension
    held_because: str | None = None  # None: nothing holds it

    @property
    def open_minor(self) -> int:
        """
        What is still to be paid, tax included.

        A refund is of what was paid before, and is transferred: it changes nothing here.
        """
        return self.total_minor - self.received_minor

    def days_overdue(self, on: date) -> int:
        """Return how many days after its due day a day lies; below zero is before it."""
        return (on - self.due_on).days


class TermsInForce:
    """All agreed terms, asked for one invoice."""

    def __init__(self, agreed: Iterable[AgreedTerms], *, usual: DunningTerms) -> None:
        self._usual = usual
        self._by_scope: dict[tuple[int, int | None], list[AgreedTerms]] = {}
        for each in sorted(agreed, key=lambda one: one.effective_from):
            self._by_scope.setdefault((each.licensee_id, each.license_id), []).append(each)

    def of_license(self, invoice: OpenInvoice, license_id: int) -> DunningTerms:
        """Return what holds for one license's part of an invoice."""
        return self._latest(invoice, license_id) or self._latest(invoice, None) or self._usual

    def of_invoice(self, invoice: OpenInvoice) -> DunningTerms:
        """Return what holds for an invoice: its only license's terms, otherwise its firm's."""
        if len(invoice.license_ids) == 1:
            return self.of_license(invoice, invoice.license_ids[0])
        return self._latest(invoice, None) or self._usual

    def suspensions(self, invoice: OpenInvoice) -> Mapping[int, DunningTerms]:
        """Return the terms of the licenses on an invoice that may be suspended for it."""
        found = {each: self.of_license(invoice, each) for each in invoice.license_ids}
        return {key: each for key, each in found.items() if each.suspend_after_days is not None}

    def _latest(self, invoice: OpenInvoice, license_id: int | None) -> DunningTerms | None:
        latest = None
        for each in self._by_scope.get((invoice.licensee_id, license_id), ()):
            if each.effective_from <= invoice.issued_on:
                latest = each.terms
        return latest


@dataclass(frozen=True, kw_only=True)
class Due:
    """A reminder that is due: of which invoice, for which day of its schedule, how it speaks."""

    invoice: OpenInvoice
    days: int
    tone: Tone
    suspended_on: date | None = None  # of a warning: when licenses would be suspended
    suspends: tuple[int, ...] = ()  # and which (``license_id``)


def reminder_due(invoice: OpenInvoice, terms: DunningTerms, *, on: date) -> Due | None:
    """
    Return the reminder that a day asks for: that of the latest day of the schedule reached.

    One that was not written in its time is not made up for when a later one is due, and what is
    said before the due day is not said after it. Nothing is due of what is paid or held.
    """
    if not invoice.open_minor or invoice.held_because is not None:
        return None
    late = invoice.days_overdue(on)
    reached = [each for each in terms.days if each <= late]
    if not reached:
        return None
    latest = reached[-1]
    if any(each >= latest for each in invoice.sent) or (latest <= 0 < late):
        return None
    return Due(invoice=invoice, days=latest, tone=terms.tone(latest))


def warning_due(invoice: OpenInvoice, terms: Mapping[int, DunningTerms], *, on: date) -> Due | None:
    """
    Return the warning of a suspension that a day asks for; each invoice is warned of once.

    ``terms`` are those of the licenses that may be suspended for it. The day named is a week
    away at least, so that a warning that comes late still leaves time to pay.
    """
    if not invoice.open_minor or invoice.held_because is not None or invoice.warned_on is not None:
        return None
    late = invoice.days_overdue(on)
    reached = {
        key: each.suspend_after_days
        for key, each in terms.items()
        if each.suspend_after_days is not None and (each.warn_after_days or 0) <= late
    }
    if not reached:
        return None
    agreed = invoice.due_on + timedelta(days=min(reached.values()))
    return Due(
        invoice=invoice,
        days=late,
        tone=Tone.WARNING,
        suspended_on=max(on + timedelta(days=WARNED_BEFORE_DAYS), agreed),
        suspends=tuple(reached),
    )


def age_of(days_overdue: int) -> int:
    """
    Return from how many days on something that is overdue is listed; 0 is what is not yet due.

    >>> [age_of(days) for days in (-3, 0, 1, 30, 31, 90, 400)]
    [0, 0, 1, 1, 31, 61, 91]
    """
    return max((each for each in AGES if each <= days_overdue), default=0)


def read_days(text: str, *, field: str = "days") -> tuple[int, ...]:
    """
    Read a schedule written as "-3,1,14,30"; an empty text has no days.

    :raises ScheduleWrong: something in it is no whole number.
    """
    parts = [each.strip() for each in text.split(",")] if text.strip() else []
    try:
        return tuple(sorted(int(each) for each in parts))
    except ValueError:
        raise ScheduleWrong(field=field, value=text) from None


def read_percent(text: str) -> Decimal:
    """
    Read a rate of interest a year.

    :raises InterestRateWrong: it is no decimal.
    """
    try:
        return parse_decimal(text)
    except NotADecimal:
        raise InterestRateWrong(field="interest_percent", value=text) from None


def _listed(days: Sequence[int]) -> str:
    return ", ".join(map(str, days))
