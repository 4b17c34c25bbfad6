"""Checks of advances and guarantees: what was set off follows again, and no balance is negative."""

from collections.abc import Iterator, Sequence

from ledger.core.facts import Facts, SourceFact, Violation, same
from ledger.core.period import Month
from ledger.core.prepayment import state_after
from ledger.core.recoupment import Earned, RecoupState, SourceResult, recoup


def advances_are_not_overdrawn(facts: Facts) -> Iterator[Violation]:
    """Add up what every prepayment was used for."""
    for group in facts.recoup_groups:
        for each in group.prepayments:
            if not 0 <= each.used_minor <= each.amount_minor:
                yield Violation(
                    place=f"uses of {each.reference} of {group.name}",
                    expected=f"0 to {each.amount_minor}",
                    found=str(each.used_minor),
                )


def payee_advances_are_not_overdrawn(facts: Facts) -> Iterator[Violation]:
    """Compare what was set off against each payee's advance with what was paid of it."""
    for each in facts.payee_advances:
        if not 0 <= each.recouped_minor <= each.paid_minor <= each.amount_minor:
            yield Violation(
                place=f"advance {each.reference} to {each.payee}",
                expected=f"0 to {each.paid_minor}",
                found=str(each.recouped_minor),
            )


def recoupment_adds_up(facts: Facts) -> Iterator[Violation]:
    """Follow what each source brought to a closing to what it came to."""
    for group in facts.recoup_groups:
        for month in group.months:
            place = f"{group.name} in {month.month:%Y-%m}"
            earned = {each.source: each for each in month.earned}
            for source in month.sources:
                of_lines = earned.get(source.source, Earned(source="", royalty_minor=0))
                royalty = (of_lines.royalty_minor, of_lines.adjustment_minor)
                told = (source.royalty_minor, source.adjustment_minor)
                yield from same(f"{place}: royalty of source {source.source}", royalty, told)
                left = source.recouped_minor + source.payable_minor + source.carried_out_minor
                brought = source.carried_in_minor + sum(told)
                yield from same(f"{place}: source {source.source}", brought, left)


def recoupment_is_recomputed(facts: Facts) -> Iterator[Violation]:
    """Set every closed month off again, from the terms and the royalty lines alone."""
    for group in facts.recoup_groups:
        state = RecoupState()
        for month in group.months:
            through = Month.of_day(month.month).last_day
            terms = group.group.at(month.month).group
            again = recoup(terms, opening=state, earned=month.earned, through=through)
            is_over = group.ends_on is not None and group.ends_on <= through
            state = state_after(again, is_over=is_over)
            place = f"{group.name} in {month.month:%Y-%m}"
            yield from same(f"{place}: sources", _outcomes(again.sources), _outcomes(month.sources))
            yield from same(f"{place}: carried on", state, month.state)
            recouped = sum(each.recouped_minor for each in again.advances)
            yield from same(f"{place}: paid from advances", recouped, month.used_minor)
            yield from same(f"{place}: set off on lines", recouped, month.set_off_minor)
            yield from same(f"{place}: shortfall", again.shortfall_minor, month.shortfall_minor)


def _outcomes(
    sources: Sequence[SourceFact] | Sequence[SourceResult],
) -> list[tuple[str, int, int, int]]:
    return [
        (each.source, each.recouped_minor, each.payable_minor, each.carried_out_minor)
        for each in sources
    ]
