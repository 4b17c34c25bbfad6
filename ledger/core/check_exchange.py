"""Checks of money in other currencies: that yen follow from rates, and gains from average cost."""

from collections.abc import Iterator
from fractions import Fraction

from ledger.core.facts import Facts, Violation, same
from ledger.core.money import Money, round_to_minor
from ledger.core.position import Position, PositionMove, moved


def translations_follow_their_rates(facts: Facts) -> Iterator[Violation]:
    """Translate every sum again, and look how far each part is from its own yen."""
    for fact in facts.translations:
        exact = [
            Fraction(Money(amount, fact.currency).to_decimal()) * fact.rate
            for amount in fact.amounts_foreign
        ]
        whole = round_to_minor(sum(exact, Fraction(0)))
        yield from same(f"{fact.place}: in yen", whole, sum(fact.amounts_yen))
        far = [
            yen for yen, part in zip(fact.amounts_yen, exact, strict=True) if abs(yen - part) > 1
        ]
        yield from same(f"{fact.place}: parts that are not theirs", [], far)


def positions_follow_their_moves(facts: Facts) -> Iterator[Violation]:
    """Move every position again, at its average cost."""
    held: dict[str, Position] = {}
    for fact in facts.positions:
        before = held.get(fact.currency, Position())
        again = moved(before, foreign_minor=fact.foreign_minor, yen=fact.yen)
        place = f"position in {fact.currency}: {fact.source}"
        yield from same(f"{place}: gain", again.gain_yen, fact.gain_yen)
        if fact.translated is not None:
            brought = (fact.foreign_minor, fact.yen)
            yield from same(f"{place}: what was translated", fact.translated, brought)
        held[fact.currency] = before.after(
            PositionMove(foreign_minor=fact.foreign_minor, yen=fact.yen, gain_yen=fact.gain_yen)
        )
