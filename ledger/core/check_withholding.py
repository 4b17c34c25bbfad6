"""Checks of the withholding register: against the journal, and of what was remitted of it."""

from collections.abc import Iterator

from ledger.core.facts import Facts, Violation, same


def withholding_register_is_the_journal(facts: Facts) -> Iterator[Violation]:
    """Compare what payouts withheld with what was posted, payee by payee and month by month."""
    for each in facts.withheld:
        place = f"withheld from {each.payee} in {each.month:%Y-%m}"
        yield from same(place, each.withheld_minor, each.posted_minor)


def withholding_is_remitted_once(facts: Facts) -> Iterator[Violation]:
    """Look for months of which more was remitted than was withheld."""
    for each in facts.remitted:
        if each.remitted_minor > each.withheld_minor:
            yield Violation(
                place=f"remitted for {each.month:%Y-%m} of {each.scope}",
                expected=f"at most {each.withheld_minor}",
                found=str(each.remitted_minor),
            )
