"""Checks of reminders and suspensions: that they came when they might, and for what was open."""

from collections.abc import Iterator

from ledger.core.dunning import WARNED_BEFORE_DAYS, Tone
from ledger.core.facts import Facts, Violation, same


def reminders_come_in_their_time(facts: Facts) -> Iterator[Violation]:
    """Hold every reminder against the due day and the total of its invoice."""
    for each in facts.reminders:
        place = f"{each.tone} reminder of invoice {each.invoice}"
        if each.late_days < each.days:
            yield Violation(
                place=f"{place}: days overdue",
                expected=f"{each.days} or more",
                found=str(each.late_days),
            )
        yield from same(f"{place}: before the due day", each.days <= 0, each.tone == Tone.BEFORE)
        if not 0 < each.open_minor <= each.total_minor:
            yield Violation(
                place=f"{place}: what is open",
                expected=f"1 to {each.total_minor}",
                found=str(each.open_minor),
            )


def suspensions_have_their_cause(facts: Facts) -> Iterator[Violation]:
    """Hold every suspension against what was agreed, the warning before it, and the payment."""
    for each in facts.suspensions:
        place = f"suspension of license {each.license} for invoice {each.invoice}"
        if each.late_days < each.after_days:
            yield Violation(
                place=f"{place}: days overdue",
                expected=f"{each.after_days} or more",
                found=str(each.late_days),
            )
        if each.warned_days is None or each.warned_days < WARNED_BEFORE_DAYS:
            yield Violation(
                place=f"{place}: days since the warning",
                expected=f"{WARNED_BEFORE_DAYS} or more",
                found=str(each.warned_days),
            )
        if each.is_lifted_as_paid:
            yield from same(f"{place}: lifted as paid", each.total_minor, each.received_minor)
