"""What events cost a second time: one by one, in exact yen, each subject by its own rate line."""

from datetime import date
from fractions import Fraction
from math import ceil, floor

from tests.core import naive
from tests.scenarios.naive_judging import Event, Part
from tests.scenarios.naive_terms import Card

#: What a unit of a basis is, of what is reported.
PER = {"per_1k_chars": 1000, "per_1k_tokens": 1000}


def amounts(event: Event, terms_of: date) -> dict[str, Fraction]:
    """Return what each subject of one event earns, where its price has a floor or a cap."""
    priced: list[tuple[Part, Card, Fraction]] = []
    for part in event.parts:
        if part.is_charged and part.grant is not None:
            card = event.card(part, terms_of)
            units = event.revenue if card.basis == "pct_revenue" else event.quantity
            if card.tier_mode == "none" and card.basis != "fixed_month":
                priced.append((part, card, _lifted(card, units or Fraction(0))))
    limited = {part.subject: amount for part, card, amount in priced if card.floor or card.group}
    for group in {card.group for _, card, _ in priced if card.group}:
        members = [each for each in priced if each[1].group == group and each[2] >= 0]
        if not members:
            continue
        cap, allocation = members[0][1].group_cap, members[0][1].allocation
        assert cap is not None
        if sum(amount for *_, amount in members) > cap:
            weights = {
                "equal": [Fraction(1) for _ in members],
                "weight": [amount for *_, amount in members],
                "declared": [Fraction(part.weight or len(members) == 1) for part, *_ in members],
            }[allocation or ""]
            shares = naive.hand_out(int(cap * 1_000_000), weights)
            for (part, *_), share in zip(members, shares, strict=True):
                limited[part.subject] = Fraction(share, 1_000_000)
    return limited


def _lifted(card: Card, units: Fraction) -> Fraction:
    price = worth(card, units)
    return max(price, card.floor) if card.floor and price >= 0 else price


def worth(card: Card, units: Fraction) -> Fraction:
    """Price units from the first on."""
    per = Fraction(1, 100) if card.basis == "pct_revenue" else Fraction(1, PER.get(card.basis, 1))
    if card.basis == "fixed_month":
        return Fraction(0)
    if card.tier_mode == "none":
        return units * card.rate * per
    reached = next((price for bound, price in card.tiers if bound is None or units <= bound), None)
    assert reached is not None
    if card.tier_mode == "whole_volume":
        return units * reached * per
    if card.tier_mode == "package":
        return reached if units > 0 else Fraction(0)
    if units < 0:  # More was given back than was ever used: at the first price.
        return units * card.tiers[0][1] * per
    total = lower = Fraction(0)
    for bound, price in card.tiers:
        upper = units if bound is None else min(units, bound)
        total += max(Fraction(0), upper - lower) * price * per
        lower = max(lower, upper)
    return total


def rounded(exact: Fraction, mode: str) -> int:
    if mode == "half_up":
        size = floor(abs(exact) + Fraction(1, 2))
        return size if exact > 0 else -size
    if mode == "floor":
        return floor(exact)
    return ceil(exact) if mode == "ceiling" else int(exact)
